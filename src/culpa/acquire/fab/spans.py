"""Where in a lot an anomaly is."""

import numpy as np

from ...types import Mask
from .counts import weights
from .layout import Lot
from .mechanisms import KINDS, RUN_ROWS, SPIKE_ROWS, SPIKE_SHARES
from .recipes import MAIN
from .settings import FabSettings

MARGIN = 6
"""Rows between two events, at least."""
_SETTLED = 6  # rows of the main etch until the strike is forgotten
_TRIES = 50


def place(
    settings: FabSettings, lot: Lot, draws: np.random.Generator, mechanism: str, free: Mask
) -> tuple[int, int] | None:
    """First and last row of the lot for an event, where no other one is near; None where no place was found."""
    chance = weights(settings)[lot.equipment, lot.chamber]
    for _ in range(_TRIES):
        wafer = int(draws.choice(settings.wafers, p=chance / chance.sum()))
        first, last = _within(settings, lot, draws, mechanism, wafer)
        if free[first : last + 1].all():
            return first, last
    return None


def _within(settings: FabSettings, lot: Lot, draws: np.random.Generator, mechanism: str, wafer: int) -> tuple[int, int]:
    recipe, base = lot.recipe, wafer * lot.recipe.rows
    begin, end = recipe.bounds(MAIN)
    if mechanism == "spike":
        length = int(draws.choice(SPIKE_ROWS, p=SPIKE_SHARES))
        first = int(draws.integers(recipe.rows - length + 1))
    elif mechanism in KINDS["contextual"]:
        others = [step for step in range(len(recipe.steps)) if step != MAIN]
        first, end = recipe.bounds(int(draws.choice(others)))
        length = end - first
    elif mechanism == "drift":
        more = int(draws.integers(settings.drift_wafers))
        left = int((lot.chamber[wafer:] == lot.chamber[wafer]).sum()) - 1  # a drift stays in its chamber
        first, length = begin, end - begin + min(more, left) * recipe.rows
    else:
        length = int(draws.integers(RUN_ROWS[0], RUN_ROWS[1] + 1))
        first = int(draws.integers(begin + _SETTLED, end - length + 1))
    return base + first, base + first + length - 1
