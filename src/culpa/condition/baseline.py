"""How unusual each reading is: its distance from what is expected, in units of what is usual.

What is usual is learnt from a reference: rows that are known to be good, or, where nobody knows, all rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..types import Floats
from .expected import GoldenTrace, GroupLevels, Level, Part, Seasons, members
from .rows import Rows, needed
from .seasons import period

CLIP = 50.0
"""Deviations are cut to this many usual ones: how far beyond says nothing more."""
MANY = 100
"""With at least so many known-good rows the standard deviation is the measure; with fewer one odd row is too many."""
_DECILES = 2.5631031310892007
"""Distance of the first and the ninth decile of the standard normal distribution."""
_LEAST_OF_RANGE = 0.01
"""A usual deviation is at least this fraction of the reference's range: sensors that hardly ever move are quantised."""
_LEAST_OF_LEVEL = 1e-3
"""The same for sensors that never move in the reference, as a fraction of their level."""
_LARGEST, _SMALLEST = 1e100, 1e-150
"""Readings count as at most so large, and usual deviations are at least so large: quotients and squares stay finite."""
_ROUNDING = 1 / 12**0.5
"""Standard deviation of what rounding takes away, in steps of the sensor."""
_DIGITS = 6
"""Digits of a reading: what computing and narrow numbers add behind them are none."""
_LOOKED_AT = 4000
"""Readings that the step of a sensor is looked for in, before it is looked for in all."""


@dataclass(frozen=True)
class Baseline:
    """What is expected of each sensor, and its usual deviation from it, shape (sensors,), in the sensor's unit.

    `steps` has the usual deviation in single steps, where it is known. `lowest` and `highest`, shape (sensors,), are
    between which the readings of the reference lie, but for one in a thousand on each side. `trusted`: the reference is
    known to be good and long enough to be taken at its word; else measures are used that odd rows move little: with
    5 % of them on each side what is usual grows by a quarter, and from 10 % on one side on it is no longer known.
    Nothing is expected, NaN, of a sensor that the reference has no reading of.
    """

    parts: tuple[Part, ...]
    scale: Floats
    steps: Mapping[str, Floats]
    lowest: Floats
    highest: Floats
    trusted: bool

    def deviations(self, rows: Rows) -> Floats:
        """Deviation of each reading in usual ones, cut to ±50, shape (rows, sensors).

        NaN where there is no reading, or nothing is expected.
        """
        return np.clip((bounded(rows.values) - self.expected(rows)) / self.usual(rows), -CLIP, CLIP)

    def usual(self, rows: Rows) -> Floats:
        """The usual deviation of each reading, shape (rows, sensors) or (sensors,), in the sensor's unit."""
        if not self.steps:
            return self.scale
        out = np.tile(self.scale, (len(rows), 1))
        for name, which in members(needed(rows.step)):
            if name in self.steps:
                out[which] = self.steps[name]
        return out

    def expected(self, rows: Rows) -> Floats:
        """What is expected of each reading, shape (rows, sensors) or (sensors,), in the sensor's unit."""
        return sum((part.of(rows) for part in self.parts[1:]), start=self.parts[0].of(rows))


def fit(reference: Rows, known_good: bool, seasonal: bool = True, others: Rows | None = None) -> Baseline:
    """Learn from a reference, part by part: each from what the ones before it have left.

    Groups and steps are used where the rows have them; seasons of single sensors where `seasonal` and there are no
    steps. Groups and steps that the reference lacks are learnt from `others`, where given. Raises ValueError for a
    reference without rows.
    """
    if not len(reference):
        raise ValueError("expected a reference of at least one row")
    left = reference = reference.with_values(bounded(reference.values))
    rest = None if others is None else others.with_values(bounded(others.values))
    parts: list[Part] = []

    def add(part: Part) -> None:
        nonlocal left, rest
        parts.append(part)
        left = left.with_values(left.values - part.of(left))
        rest = None if rest is None else rest.with_values(rest.values - part.of(rest))

    add(Level.fit(left))
    if left.group is not None:
        add(GroupLevels.fit(left, rest))
    if left.step is not None:
        add(GoldenTrace.fit(left, rest))
        if left.group is not None:
            add(GoldenTrace.fit(left, rest, grouped=True))
    elif seasonal:
        found = {sensor: period(left.values[:, sensor]) for sensor in range(left.values.shape[1])}
        periods = {sensor: rows for sensor, rows in found.items() if rows is not None}
        if periods:
            add(Seasons.fit(left, periods))
    trusted = known_good and len(reference) >= MANY
    lowest, highest = _range(reference.values)
    scale = spread(left.values, reference.values, trusted)
    steps = {} if left.step is None else _by_step(left, reference.values, trusted, scale)
    still = _still(reference.values)
    scale, *each = (np.where(np.isnan(still), usual, still) for usual in (scale, *steps.values()))
    return Baseline(tuple(parts), scale, dict(zip(steps, each, strict=True)), lowest, highest, trusted)


def _by_step(left: Rows, values: Floats, trusted: bool, overall: Floats) -> Mapping[str, Floats]:
    """The usual deviation in each step that the reference has many rows of: a heater that is off is quiet.

    That of all steps, `overall`, for a sensor that reads nothing, or nothing but 0, in a step.
    """
    parts = members(needed(left.step))
    return {name: spread(left.values[of], values[of], trusted, overall) for name, of in parts if len(of) >= MANY}


def spread(residuals: Floats, values: Floats, trusted: bool, otherwise: Floats | float = 1.0) -> Floats:
    """The usual deviation of each sensor, shape (sensors,), never 0.

    `residuals` are what expectation leaves of the reference's `values`, both shape (rows, sensors). The standard
    deviation where the rows are `trusted`; else the distance of the first and the ninth decile, as the normal
    distribution has it, or the standard deviation where that is 0, and at least what rounding to the sensor's steps
    makes: steps that are rare in it would count as if they were large. `otherwise` where nothing can be said.
    """
    columns = residuals.shape[1]
    scale, floor = np.zeros(columns), np.zeros(columns)
    for column in range(columns):
        some = np.isfinite(residuals[:, column])
        if not some.any():
            continue
        of, raw = residuals[some, column], values[some, column]
        floor[column] = _LEAST_OF_LEVEL * np.abs(raw).max()
        scale[column] = max(of.std(), _LEAST_OF_RANGE * np.ptp(of)) if trusted else _untrusted(of, raw)
    still = scale <= np.maximum(1e-9 * floor, _SMALLEST)
    return np.where(still, np.where(floor > _SMALLEST, floor, otherwise), scale)


def _untrusted(residuals: Floats, values: Floats) -> float:
    scale = _deciles(residuals)
    if _ROUNDING * _step(values[:: -(-len(values) // _LOOKED_AT)]) > scale:  # that of all may be smaller
        scale = max(scale, _ROUNDING * _step(values))
    return scale


def _step(values: Floats) -> float:
    """The smallest difference of two readings: of a quantised sensor its step, of others next to nothing."""
    different = np.unique(values)
    return float(np.diff(different).min()) if len(different) > 1 else 0.0


def _still(values: Floats) -> Floats:
    """The usual deviation of sensors that always read the same, shape (sensors,); NaN for others.

    How they would move is not known: they are taken to be rounded to the last digit of what they read, 1 at most. So
    the first 1 of a flag that was always 0, or the first 0 of another, is √12 usual deviations away, as is 21 from 20.
    """
    usual = np.full(values.shape[1], np.nan)
    for column in np.flatnonzero(np.isfinite(values).any(axis=0)):
        of = values[np.isfinite(values[:, column]), column]
        level = float(np.abs(of).max())
        if np.ptp(of) <= 1e-12 * level:  # what computing adds is no movement
            usual[column] = max(_ROUNDING * _last_digit(level), _LEAST_OF_LEVEL * level, _SMALLEST)
    return usual


def _last_digit(value: float) -> float:
    """The place of the last digit of a number, 1 at most: 0.01 for 21.37."""
    return 10.0 ** -len(np.format_float_positional(value, _DIGITS, fractional=False, trim="-").partition(".")[2])


def bounded(values: Floats) -> Floats:
    """Readings as they count: at most ±1e100, so that squares stay finite."""
    return np.clip(values, -_LARGEST, _LARGEST)


def _range(values: Floats) -> tuple[Floats, Floats]:
    """Between which values of each sensor lie, but for one in a thousand on each side; ±∞ for one without values."""
    ends = np.full((2, values.shape[1]), [[-np.inf], [np.inf]])
    for column in np.flatnonzero(np.isfinite(values).any(axis=0)):
        of = values[:, column]
        ends[:, column] = np.quantile(of[np.isfinite(of)], [0.001, 0.999])
    return ends[0], ends[1]


def _deciles(values: Floats) -> float:
    low, high = np.quantile(values, [0.1, 0.9])
    return float((high - low) / _DECILES) or float(values.std())
