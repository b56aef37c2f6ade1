"""Q-scans as people look at them: PNG pictures of one channel, or of two beside each other."""
