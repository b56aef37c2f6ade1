"""The plan of a lot's anomalies: how many, which, where and how large."""

from dataclasses import dataclass, replace
from math import floor

import numpy as np

from ...types import Floats, Indices, Mask
from .groups import Groups
from .layout import Lot, chamber_of, order, recipe_of, rows_before
from .process import SENSORS
from .recipes import MAIN, RECIPES, Recipe
from .seeds import EVENTS, MECHANISMS, PHASES, generator
from .settings import FabSettings

KINDS = {
    "point": ("spike",),
    "contextual": ("step_level", "chamber_level"),
    "collective": ("drift", "stuck", "oscillation", "decoupled"),
}
"""The mechanisms of each kind."""
ORIGINS = {
    "temperature": "temperature", "flow": "flow", "rf_power": "power", "gas_concentration": "gas",
    "vibration": "vibration",
}  # fmt: skip
"""Sensors that show a fault of the process one to one, and the input that is at fault."""
PARTNERED = ("pressure", "rf_power", "voltage", "current", "gas_concentration")
"""Sensors that other ones follow closely enough for a broken correlation to be seen."""
_READINGS_ONLY = ("stuck", "decoupled")
_SPIKE_ROWS, _SPIKE_SHARES = (1, 2, 3), (0.6, 0.25, 0.15)
_RUN_ROWS = (12, 24)  # of a stuck sensor, an oscillation, a broken correlation
_SETTLED = 6  # rows of the main etch until the strike is forgotten
_STEADY = 0.5  # residual sigma that a sensor may move where it is to be stuck
_MARGIN = 6  # rows between two events
_TRIES = 50


@dataclass(frozen=True)
class Event:
    """One anomaly of a lot.

    `number` counts the lot's events in order of rows, from 1; `size` in residual sigma; `sign` is 1, -1, or 0 where a
    direction means nothing; `first` and `last` are rows of the lot, both included, from 0; `fault` is "sensor" or
    "process".
    """

    number: int
    kind: str
    mechanism: str
    sensor: str
    fault: str
    size: float
    sign: int
    first: int
    last: int

    @property
    def rows(self) -> slice:
        """Its rows in the lot."""
        return slice(self.first, self.last + 1)


def events(settings: FabSettings, groups: Groups, lot: Lot) -> tuple[Event, ...]:
    """The anomalies of a lot in order of rows; they do not overlap."""
    draws = generator(settings.seed, EVENTS, lot.number)
    free = np.ones(settings.wafers * lot.recipe.rows, dtype=bool)
    found = []
    wanted = [(kind, name) for kind in reversed(KINDS) for name in _mechanisms(settings, lot, kind)]  # long ones first
    for kind, mechanism in wanted:
        span = _place(settings, lot, draws, mechanism, free)
        if span is None:
            continue
        first, last = span
        free[max(0, first - _MARGIN) : last + 1 + _MARGIN] = False
        found.append(_event(settings, groups, lot, draws, kind, mechanism, first, last))
    found.sort(key=lambda event: event.first)
    return tuple(replace(event, number=number) for number, event in enumerate(found, 1))


def weights(settings: FabSettings) -> Floats:
    """Anomalies per row in each chamber, as a multiple of the mean: shape (equipments, chambers)."""
    weight = np.ones(settings.equipments * settings.chambers)
    if settings.culprit:
        weight[settings.places.index(settings.culprit)] = settings.culprit_factor
    by_place = weight.reshape(settings.equipments, settings.chambers)
    return np.asarray(by_place / by_place[:, chamber_of(settings)].mean())


def _mechanisms(settings: FabSettings, lot: Lot, kind: str) -> list[str]:
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
    length = float(np.mean([_mean_rows(settings, recipe, kind) for recipe in RECIPES[: settings.recipes]]))
    phase = generator(settings.seed, PHASES, which).random()
    return floor(settings.fraction * settings.shares[which] * rows / length + phase)


def _mean_rows(settings: FabSettings, recipe: Recipe, kind: str) -> float:
    main = recipe.steps[MAIN].seconds
    if kind == "point":
        return float(np.dot(_SPIKE_ROWS, _SPIKE_SHARES))
    if kind == "contextual":
        return (recipe.rows - main) / (len(recipe.steps) - 1)
    drift = main + (settings.drift_wafers - 1) / 2 * recipe.rows
    return (drift + 3 * sum(_RUN_ROWS) / 2) / 4


def _place(
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
        length = int(draws.choice(_SPIKE_ROWS, p=_SPIKE_SHARES))
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
        length = int(draws.integers(_RUN_ROWS[0], _RUN_ROWS[1] + 1))
        first = int(draws.integers(begin + _SETTLED, end - length + 1))
    return base + first, base + first + length - 1


def _event(
    settings: FabSettings, groups: Groups, lot: Lot, draws: np.random.Generator, kind: str, mechanism: str,
    first: int, last: int,
) -> Event:  # fmt: skip
    low, high = settings.collective_sizes if kind == "collective" else settings.sizes
    size = float(draws.uniform(low, high))
    process = mechanism not in _READINGS_ONLY and draws.random() < settings.process_share
    wafer, row = divmod(first, lot.recipe.rows)
    rows = np.arange(row, row + last - first + 1) % lot.recipe.rows
    names = _able(groups, lot, wafer, rows, mechanism, process)
    sign = int(draws.choice((-1, 1)))
    sensor = names[int(draws.integers(len(names)))]
    if mechanism in KINDS["contextual"]:
        towards = {name: _hidden(groups, lot, wafer, name, rows, mechanism) for name in names}
        able = [name for name, shift in towards.items() if abs(shift) >= size]
        sensor = able[int(draws.integers(len(able)))] if able else max(towards, key=lambda name: abs(towards[name]))
        sign = 1 if towards[sensor] > 0 else -1
    if mechanism in ("oscillation", "decoupled"):
        sign = 0
    return Event(0, kind, mechanism, sensor, "process" if process else "sensor", size, sign, first, last)


def _able(groups: Groups, lot: Lot, wafer: int, rows: Indices, mechanism: str, process: bool) -> list[str]:
    """The sensors in which a mechanism can be seen in some rows of a wafer."""
    if process:
        lit = bool(lot.recipe.lit[rows].all())
        return [name for name in ORIGINS if lit or name != "rf_power"]  # without plasma no power could be off
    if mechanism == "decoupled":
        return list(PARTNERED)
    if mechanism == "stuck":  # what moves by itself would be off by more than the size
        own = groups.reference(lot.recipe, lot.equipment, int(lot.chamber[wafer]))
        moving = own.level[:, rows].std(axis=1) / own.sigma[:, rows].mean(axis=1)
        return [name for name, by in zip(SENSORS, moving, strict=True) if by < _STEADY]
    return list(SENSORS)


def _hidden(groups: Groups, lot: Lot, wafer: int, sensor: str, rows: Indices, mechanism: str) -> float:
    """How far, in residual sigma, a sensor can move and still be where other steps, or other chambers, have it."""
    number = SENSORS.index(sensor)
    own = groups.reference(lot.recipe, lot.equipment, int(lot.chamber[wafer]))
    sigma = own.sigma[number, rows].mean()
    here = own.level[number, rows]
    if mechanism == "step_level":
        return _further(own.level[number].min() - here.min(), own.level[number].max() - here.max(), sigma)
    others = [groups.reference(lot.recipe, *place).level[number, rows].mean() for place in groups.places]
    return _further(min(others) - here.mean(), max(others) - here.mean(), sigma)


def _further(down: float, up: float, sigma: float) -> float:
    return float((up if up >= -down else down) / sigma)
