"""The plan of a lot's anomalies: which sensor, how large, a fault of the process or of the reading."""

from dataclasses import dataclass, replace

import numpy as np

from ...types import Indices
from .counts import mechanisms
from .groups import Groups
from .layout import Lot
from .mechanisms import KINDS, ORIGINS, PARTNERED, READINGS_ONLY
from .process import SENSORS
from .seeds import EVENTS, generator
from .settings import FabSettings
from .spans import MARGIN, place

_STEADY = 0.5  # residual sigma that a sensor may move where it is to be stuck


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
    wanted = [(kind, name) for kind in reversed(KINDS) for name in mechanisms(settings, lot, kind)]  # long ones first
    for kind, mechanism in wanted:
        span = place(settings, lot, draws, mechanism, free)
        if span is None:
            continue
        first, last = span
        free[max(0, first - MARGIN) : last + 1 + MARGIN] = False
        found.append(_event(settings, groups, lot, draws, kind, mechanism, first, last))
    found.sort(key=lambda event: event.first)
    return tuple(replace(event, number=number) for number, event in enumerate(found, 1))


def _event(
    settings: FabSettings, groups: Groups, lot: Lot, draws: np.random.Generator, kind: str, mechanism: str,
    first: int, last: int,
) -> Event:  # fmt: skip
    low, high = settings.collective_sizes if kind == "collective" else settings.sizes
    size = float(draws.uniform(low, high))
    process = mechanism not in READINGS_ONLY and draws.random() < settings.process_share
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
