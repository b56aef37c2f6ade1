"""Arrays to events: the trigger search."""
