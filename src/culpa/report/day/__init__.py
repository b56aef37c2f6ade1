"""The page of a day: what was found, in which channels, and what explains it."""
