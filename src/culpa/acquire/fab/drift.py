"""What changes between two maintenances: walls that coat, and the first wafers after a clean."""

import numpy as np

from ...types import Floats, Indices
from .process import INPUTS
from .settings import FabSettings

_COATING = {"window": -0.009, "impedance": 0.06, "phase": 0.06, "vibration": 0.01}
"""Deviation of inputs just before the next clean; it grows with the number of wafers."""
_SEASONING = {"temperature": -0.12, "window": 0.006, "rate": -0.002}
"""Deviation of inputs at the first wafer after a clean."""
_SEASONED = 2.0
"""Wafers in which the latter falls to 1/e."""


def ageing(settings: FabSettings, age: Indices, wafers: Indices) -> Floats:
    """Deviations of wafers, shape (inputs, wafers).

    `age` is the number of wafers that the chamber has run since the last clean, `wafers` the number of them in a lot;
    both of shape (wafers,).
    """
    coating, seasoning = (np.array([put.get(name, 0.0) for name in INPUTS]) for put in (_COATING, _SEASONING))
    grown = age / (settings.maintenance * wafers)
    deviation: Floats = coating[:, None] * grown + seasoning[:, None] * np.exp(-age / _SEASONED)
    return settings.drift * deviation


def midway(settings: FabSettings) -> Floats:
    """Deviations in the middle between two maintenances, shape (inputs,)."""
    return settings.drift * 0.5 * np.array([_COATING.get(name, 0.0) for name in INPUTS])
