"""What is measured after the etch: thickness and yield of each wafer."""

from functools import cache

import numpy as np

from ...types import Floats
from .process import INPUTS, run
from .recipes import Recipe

DRAWS = 3
"""Standard normal numbers that a wafer's outcome needs."""
_METROLOGY = 0.1  # nm
_TOLERANCE, _LOSS = 3.0, 1.5  # nm off target that cost the first % of yield times _LOSS
_BEST, _PER_PARTICLE, _LUCK = 98.0, 0.25, 0.15  # % of yield
_PARTICLES, _PER_SHAKE, _CALM = 3.0, 8.0, 1.2  # particles of a wafer, and per mm/s of vibration above mm/s


def outcome(recipe: Recipe, left: Floats, vibration: Floats, draws: Floats) -> tuple[Floats, Floats]:
    """Thickness as measured (nm) and yield (%), both of shape (wafers,).

    `left` is the true thickness, shape (wafers,); `vibration` in mm/s, shape (wafers, rows); `draws` are standard
    normal, shape (DRAWS, wafers). Yield falls with the square of the deviation from the recipe's target, and with
    particles, which vibration shakes off the walls.
    """
    measured, shed, luck = draws
    shaken = np.maximum(0.0, _PARTICLES + _PER_SHAKE * (vibration.mean(axis=1) - _CALM))
    particles = np.maximum(0.0, shaken + np.sqrt(shaken) * shed)
    off = (left - target(recipe)) / _TOLERANCE
    yields = _BEST - _LOSS * off**2 - _PER_PARTICLE * particles + _LUCK * luck
    return np.round(left + _METROLOGY * measured, 2), np.round(np.clip(yields, 0.0, 100.0), 2)


@cache
def target(recipe: Recipe) -> float:
    """The thickness (nm) that a recipe gives where nothing deviates."""
    return float(run(recipe, np.zeros((len(INPUTS), 1, recipe.rows)))[1][0])
