"""What each sensor is expected to read: its level, that of its group, its course within a step, its season."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ..types import Floats, Indices
from .rows import Rows, Words, joined, needed
from .seasons import profile

FEWEST = 5
"""Rows that a group, or a place in a step, must have in the reference for a level of its own."""
_MEDIAN_VARIANCE = np.pi / 2
"""Variance of the median of n normal numbers, in n-ths of their own."""


class Part(Protocol):
    """A part of the expectation; the parts add up."""

    def of(self, rows: Rows) -> Floats:
        """What this part adds for each row and sensor, shape (rows, sensors) or (sensors,)."""


@dataclass(frozen=True)
class Level:
    """The median of each sensor, shape (sensors,); NaN, not known, for one without readings."""

    medians: Floats

    @classmethod
    def fit(cls, rows: Rows) -> "Level":
        """Learn from reference rows."""
        return cls(_medians_or(np.full(rows.values.shape[1], np.nan), rows.values))

    def of(self, _rows: Rows) -> Floats:
        """The same for every row."""
        return self.medians


@dataclass(frozen=True)
class GroupLevels:
    """What the median of each group adds, shape (sensors,) each; NaN, not known, for a group that is not among them."""

    levels: Mapping[str, Floats]
    _table: "_Table" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_table", _Table.of(self.levels))

    @classmethod
    def fit(cls, rows: Rows, others: Rows | None = None) -> "GroupLevels":
        """Learn from reference rows; groups of fewer than `FEWEST` rows are left out.

        A group of which the reference has too few rows takes its level from `others` too, which may be good or not.
        """
        levels = _levels(rows)
        if others is None:
            return cls(levels)
        return cls(_levels(Rows.concatenate([rows, others])) | levels)

    def of(self, rows: Rows) -> Floats:
        """The level of each row's group, NaN where it has none."""
        return self._table.look_up(needed(rows.group), rows.values.shape[1])


@dataclass(frozen=True)
class GoldenTrace:
    """The median course of each step, or of each step in each group (`grouped`): shape (places, sensors) by its name.

    The places are the first rows of the step. Where a step goes on for longer than the reference did, its last known
    place holds; nothing for a step (or a group) that is not among them.
    """

    courses: Mapping[str, Floats]
    grouped: bool = False

    @classmethod
    def fit(cls, rows: Rows, others: Rows | None = None, grouped: bool = False) -> "GoldenTrace":
        """Learn from reference rows. A place that less than `FEWEST` rows have takes the level of the whole step.

        The course of a group's step, which few rows may know, is drawn towards its level as far as it may be chance. A
        step (of a group) that the reference lacks is learnt from `others`.
        """
        courses = _courses(rows, grouped)
        return cls(courses if others is None else _courses(others, grouped) | courses, grouped)

    def of(self, rows: Rows) -> Floats:
        """The course at each row's place in its step."""
        out, place = np.zeros(rows.values.shape), needed(rows.place)
        for name, which in members(_steps(rows, self.grouped)):
            course = self.courses.get(name)
            if course is not None:
                out[which] = course[np.minimum(place[which], len(course) - 1)]
        return out


@dataclass(frozen=True)
class Seasons:
    """What the phase of a period adds: by sensor, shape (period,), for the sensors that have a period.

    The phase is the number of the row from the start of the data.
    """

    profiles: Mapping[int, Floats]

    @classmethod
    def fit(cls, rows: Rows, periods: Mapping[int, int]) -> "Seasons":
        """Learn from reference rows, given the period (rows) of each sensor that has one."""
        return cls({sensor: profile(rows.values[:, sensor], rows.number, rows_) for sensor, rows_ in periods.items()})

    def of(self, rows: Rows) -> Floats:
        """The profile at each row's phase; 0 for sensors without."""
        out = np.zeros(rows.values.shape)
        for sensor, course in self.profiles.items():
            out[:, sensor] = course[rows.number % len(course)]
        return out


def _levels(rows: Rows) -> dict[str, Floats]:
    return {name: medians(rows.values[of]) for name, of in members(needed(rows.group)) if len(of) >= FEWEST}


def medians(values: Floats) -> Floats:
    """Median of each column without its NaN, 0 for a column that has nothing else."""
    some = np.isfinite(values)
    if some.all():
        return np.median(values, axis=0) if len(values) else np.zeros(values.shape[1])
    out = np.zeros(values.shape[1])
    for column in np.flatnonzero(some.any(axis=0)):
        out[column] = np.median(values[some[:, column], column])
    return out


def _medians_or(level: Floats, values: Floats) -> Floats:
    """Median of each column, that of `level` for a column without readings."""
    out: Floats = np.where(np.isfinite(values).any(axis=0), medians(values), level)
    return out


def members(words: Words) -> list[tuple[str, Indices]]:
    """The row numbers of each word, in the order of first appearance."""
    import pandas as pd

    codes, names = pd.factorize(words)
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    return (
        [(str(name), part) for name, part in zip(names, np.split(order, ends[:-1]), strict=True)] if len(names) else []
    )


def _courses(rows: Rows, grouped: bool) -> dict[str, Floats]:
    """The course of each step of which half of the places or more are known."""
    place = needed(rows.place)
    parts = ((name, of) for name, of in members(_steps(rows, grouped)) if np.median(np.bincount(place[of])) >= FEWEST)
    return {name: _course(rows.values[of], place[of], grouped) for name, of in parts}


def _steps(rows: Rows, grouped: bool) -> Words:
    step = needed(rows.step)
    return needed(joined([needed(rows.group), step])) if grouped else step


def _course(values: Floats, place: Indices, doubted: bool) -> Floats:
    """Medians at each place, shape (places, sensors); where `doubted`, drawn towards the median of all."""
    counts = np.bincount(place)
    parts = np.split(np.argsort(place, kind="stable"), np.cumsum(counts)[:-1])
    level = medians(values)
    course = np.array([_medians_or(level, values[part]) if len(part) >= FEWEST else level for part in parts])
    if not doubted:
        return course
    away, known = course - level, counts >= FEWEST
    squares = np.square(values - course[place])[known[place]]
    scatter: Floats = np.nansum(squares, axis=0) / np.maximum(np.isfinite(squares).sum(axis=0), 1)
    chance = _MEDIAN_VARIANCE * scatter / np.maximum(counts - 1, 1)[:, None]
    real = np.maximum(np.mean(np.square(away) - chance, axis=0, where=known[:, None]), 0) if known.any() else 0.0
    return level + away * real / np.maximum(real + chance, 1e-300)


@dataclass(frozen=True)
class _Table:
    """Looks words up, all of a block at once."""

    names: object
    levels: Floats

    @classmethod
    def of(cls, levels: Mapping[str, Floats]) -> "_Table":
        import pandas as pd

        return cls(pd.Index(list(levels), dtype=object), np.array(list(levels.values())))

    def places(self, words: Words) -> Indices:
        found: Indices = self.names.get_indexer(words)  # type: ignore[attr-defined]
        return found

    def look_up(self, words: Words, sensors: int) -> Floats:
        places = self.places(words)
        out = np.full((len(words), sensors), np.nan)
        known = places >= 0
        if known.any():
            out[known] = self.levels[places[known]]
        return out
