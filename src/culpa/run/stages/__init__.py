"""The stages of a day: what jobs each has, and the functions that do them."""

LISTS = ("h5py", "uproot", "awkward", "igwn-ligolw")
"""The packages that write and read trigger files."""
