"""The stages of a day: what jobs each has, and the functions that do them."""
