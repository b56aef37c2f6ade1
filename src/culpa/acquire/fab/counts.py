"""How many anomalies of which mechanism a lot has."""

from math import floor

import numpy as np

from ...types import Floats
from .layout import Lot, chamber_of, order, recipe_of, rows_before
from .mechanisms import KINDS, mean_rows
from .recipes import RECIPES
from .seeds import MECHANISMS, PHASES, generator
from .settings import FabSettings


def weights(settings: FabSettings) -> Floats:
    """Anomalies per row in each chamber, as a multiple of the mean: shape (equipments, chambers)."""
    weight = np.ones(settings.equipments * settings.chambers)
    if settings.culprit:
        weight[settings.places.index(settings.culprit)] = settings.culprit_factor
    by_place = weight.reshape(settings.equipments, settings.chambers)
    return np.asarray(by_place / by_place[:, chamber_of(settings)].mean())


def mechanisms(settings: FabSettings, lot: Lot, kind: str) -> list[str]:
    """The mechanisms of a lot's events of one kind: all of them take turns, in an order drawn for each turn."""
    start, end = (_count(settings, kind, lot.cycle, lot.place + more) for more in (0, 1))
    names = KINDS[kind]
    which = list(KINDS).index(kind)
    chosen = []
    for number in range(start, end):
        turn, place = divmod(number, len(names))
        chosen.append(names[generator(settings.seed, MECHANISMS, which, turn).permutation(len(names))[place]])
    return chosen


def _count(settings: FabSettings, kind: str, cycle: int, places: int) -> int:
    """Events of a kind before a place in a cycle: spread evenly over the rows, so that short files have their share."""
    which = list(KINDS).index(kind)
    heavy = weights(settings)[:, chamber_of(settings)].sum(axis=1)
    rows = float(rows_before(settings, cycle))
    rows += recipe_of(settings, cycle).rows * float(sum(heavy[each] for each in order(settings, cycle)[:places]))
    length = float(np.mean([mean_rows(settings, recipe, kind) for recipe in RECIPES[: settings.recipes]]))
    phase = generator(settings.seed, PHASES, which).random()
    return floor(settings.fraction * settings.shares[which] * rows / length + phase)
