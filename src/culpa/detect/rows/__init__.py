"""Detectors that give every row of a table a score: high = anomalous, NaN = not known, the threshold apart."""
