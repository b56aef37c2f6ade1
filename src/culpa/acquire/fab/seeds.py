"""Random numbers that depend on what they are for, not on what was drawn before."""

import numpy as np

WAFER, ORDER, GROUPS, EVENTS, MECHANISMS, PHASES = range(6)
"""What random numbers are for: the first number of a key."""


def generator(seed: int, *key: int) -> np.random.Generator:
    """The generator of one purpose, the same wherever and whenever it is asked for."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
