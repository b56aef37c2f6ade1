"""Are we right? Scoring against a truth table."""
