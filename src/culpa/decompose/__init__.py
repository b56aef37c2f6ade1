"""Series to arrays: Q-transform tilings."""
