"""Traces of units (wafers, lots, runs) as numbers: mean, spread, slope, extremes of each sensor in each recipe step."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..condition.baseline import bounded
from ..condition.expected import members
from ..condition.rows import joined, needed
from ..types import Floats, Indices, Mask, Table

STATISTICS = ("mean", "spread", "slope", "lowest", "highest")
"""Of each sensor in each step; slope per row. Each step has its number of rows, `duration`, besides."""
SETTLE = 4
"""First rows of each step that are left out: the machine is still on its way there."""
FEWEST = 5
"""Rows that a step must have after that for its statistics to be known."""
DURATION = "duration"


@dataclass(frozen=True)
class Feature:
    """What a column of a table of traces is; `sensor` is "" for the duration of a step, `step` "" without steps."""

    sensor: str
    step: str
    statistic: str

    def __str__(self) -> str:
        what = f"{self.statistic} of {self.sensor}" if self.sensor else self.statistic
        return f"{what} in step {self.step}" if self.step else what


@dataclass(frozen=True)
class Traces:
    """A row for each unit, in order of first appearance.

    `values` has shape (units, features), NaN where a step has too few readings; `first` and `last` are the rows of the
    file that a unit begins and ends with; `start` and `end` their times; `words` what the columns of words say in its
    first row, object arrays of shape (units,); `good` whether all of its rows are good.
    """

    units: NDArray[np.object_]
    features: tuple[Feature, ...]
    values: Floats
    first: Indices
    last: Indices
    start: Floats
    end: Floats
    words: dict[str, NDArray[np.object_]]
    good: Mask


@dataclass
class Collector:
    """Takes blocks of a table in order, and keeps sums of each unit and step, not rows.

    `unit` names the column of units (several joined: a wafer number is only one within its lot), `step` that of steps,
    None without any.
    """

    unit: tuple[str, ...]
    step: str | None = None
    settle: int = SETTLE
    _sums: dict[tuple[str, str], "_Sums"] = field(default_factory=dict, repr=False)
    _units: dict[str, "_Unit"] = field(default_factory=dict, repr=False)
    _sensors: tuple[str, ...] = ()
    _steps: dict[str, None] = field(default_factory=dict, repr=False)

    def add(self, table: Table, good: Mask) -> None:
        """The next block, and which of its rows are good. Blocks of one table have the same columns."""
        if not len(table):
            return
        self._sensors = table.sensors
        names, values = needed(joined([table.words[name] for name in self.unit])), bounded(table.values)
        steps = np.full(len(table), "", dtype=object) if self.step is None else table.words[self.step]
        self._steps.update(dict.fromkeys(step for step, _ in members(steps)))
        for unit, which in members(names):
            self._see(unit, which, table, bool(good[which].all()))
            for step, inner in members(steps[which]):
                rows = which[inner]
                sums = self._sums.setdefault((unit, step), _Sums.empty(len(table.sensors)))
                sums.add(values[rows], self.settle)

    def _see(self, unit: str, rows: Indices, table: Table, good: bool) -> None:
        first, last = int(rows[0]), int(rows[-1])
        if unit not in self._units:
            words = {name: column[first] for name, column in table.words.items()}
            self._units[unit] = _Unit(table.first + first, float(table.times[first]), words)
        self._units[unit].good &= good
        self._units[unit].last, self._units[unit].end = table.first + last, float(table.times[last])

    def traces(self) -> Traces:
        """The statistics of all units so far."""
        steps = list(self._steps)
        features = [
            *(Feature(sensor, step, one) for step in steps for one in STATISTICS for sensor in self._sensors),
            *(Feature("", step, DURATION) for step in steps),
        ]
        per_step = len(STATISTICS) * len(self._sensors)
        values = np.full((len(self._units), len(features)), np.nan)
        for row, unit in enumerate(self._units):
            for i, step in enumerate(steps):
                sums = self._sums.get((unit, step))
                values[row, len(steps) * per_step + i] = 0 if sums is None else sums.rows
                if sums is not None:
                    values[row, i * per_step : (i + 1) * per_step] = sums.statistics().ravel()
        seen = list(self._units.values())
        words = {
            name: np.array([unit.words[name] for unit in seen], dtype=object)
            for name in (seen[0].words if seen else ())
        }
        return Traces(
            np.array(list(self._units), dtype=object),
            tuple(features),
            values,
            np.array([unit.first for unit in seen], dtype=np.int64),
            np.array([unit.last for unit in seen], dtype=np.int64),
            np.array([unit.start for unit in seen], dtype=float),
            np.array([unit.end for unit in seen], dtype=float),
            words,
            np.array([unit.good for unit in seen], dtype=bool),
        )


@dataclass
class _Unit:
    first: int
    start: float
    words: dict[str, str]
    last: int = 0
    end: float = 0.0
    good: bool = True


@dataclass
class _Sums:
    """Sums over the rows of one step of one unit: of readings less the first one of them, and of readings by place."""

    origin: Floats
    rows: int
    count: Floats
    total: Floats
    squares: Floats
    places: Floats
    place_squares: Floats
    products: Floats
    lowest: Floats
    highest: Floats

    @classmethod
    def empty(cls, sensors: int) -> "_Sums":
        zeros = np.zeros((6, sensors))
        count, total, squares, places, place_squares, products = zeros
        lowest, highest = np.full(sensors, np.inf), np.full(sensors, -np.inf)
        origin = np.full(sensors, np.nan)
        return cls(origin, 0, count, total, squares, places, place_squares, products, lowest, highest)

    def add(self, values: Floats, settle: int) -> None:
        place = self.rows + np.arange(len(values))
        self.rows += len(values)
        settled = place >= settle
        values, place = values[settled], place[settled].astype(float)[:, None]
        if not len(values):
            return
        some = np.isfinite(values)
        first = np.where(some.any(axis=0), values[some.argmax(axis=0), np.arange(values.shape[1])], np.nan)
        self.origin = np.where(np.isnan(self.origin), first, self.origin)
        values = values - self.origin
        filled = np.where(some, values, 0.0)
        self.count += some.sum(axis=0)
        self.total += filled.sum(axis=0)
        self.squares += (filled * filled).sum(axis=0)
        self.places += (some * place).sum(axis=0)
        self.place_squares += (some * place * place).sum(axis=0)
        self.products += (filled * place).sum(axis=0)
        self.lowest = np.minimum(self.lowest, np.where(some, values, np.inf).min(axis=0))
        self.highest = np.maximum(self.highest, np.where(some, values, -np.inf).max(axis=0))

    def statistics(self) -> Floats:
        """Shape (statistics, sensors), NaN where too few readings are."""
        known = self.count >= FEWEST
        count = np.where(known, self.count, np.nan)
        mean, place = self.total / count, self.places / count
        variance = np.maximum(self.squares / count - mean * mean, 0)
        along = self.products / count - mean * place
        slope = along / (self.place_squares / count - place * place)
        lowest, highest = (np.where(known, of, np.nan) for of in (self.lowest, self.highest))
        return np.array([self.origin + mean, np.sqrt(variance), slope, self.origin + lowest, self.origin + highest])
