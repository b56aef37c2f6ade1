"""Slow twin of the Q-transform: one tile at a time, as the integral is written."""

import numpy as np


def tile_energy(spectrum, duration, time, frequency, q):
    """|X|² at (time, frequency, q): the sum over bins, with the window normalised to energy 2."""
    k = np.arange(1, len(spectrum))
    x = (k / duration - frequency) / (frequency * np.sqrt(11) / q)
    w = np.where(np.abs(x) < 1, (1 - x**2) ** 2, 0.0)
    w *= np.sqrt(2 / np.sum(w**2))
    return abs(np.sum(spectrum[1:] * w * np.exp(2j * np.pi * k / duration * time))) ** 2
