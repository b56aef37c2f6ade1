"""Control charts: Shewhart's with the rules of Western Electric or Nelson, EWMA and CUSUM.

Each score is in units of its chart's limit, for the worst sensor: from 1 on the chart signals.
Sources: Western Electric, Statistical Quality Control Handbook, 1956; L. S. Nelson 1984, J. Qual. Technol. 16, 237;
S. W. Roberts 1959, Technometrics 1, 239 (EWMA); E. S. Page 1954, Biometrika 41, 100 (CUSUM); limits as in
D. C. Montgomery, Introduction to Statistical Quality Control.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...types import Floats, Indices
from .contract import State, Windowed

Windows = Callable[[int], Floats]
"""Gives the last n rows of each row, shape (rows, sensors, n), NaN where there were none."""


def _beyond(last: Windows, wanted: int, of: int, limit: float) -> Floats:
    """How far, in units of `limit`, `wanted` of the last `of` rows are out on one side: the least far of them."""
    part = np.nan_to_num(last(of), nan=0.0)
    above = np.sort(part, axis=2)[..., of - wanted]
    below = -np.sort(part, axis=2)[..., wanted - 1]
    return np.maximum(np.maximum(above, below), 0) / limit


def _one_side(last: Windows, rows: int) -> Floats:
    part = last(rows)
    return ((part > 0).all(axis=2) | (part < 0).all(axis=2)).astype(float)


def _trend(last: Windows, rows: int) -> Floats:
    steps = np.diff(last(rows), axis=2)
    return ((steps > 0).all(axis=2) | (steps < 0).all(axis=2)).astype(float)


def _alternating(last: Windows, rows: int) -> Floats:
    steps = np.diff(last(rows), axis=2)
    return (steps[..., 1:] * steps[..., :-1] < 0).all(axis=2).astype(float)


def _within(last: Windows, rows: int) -> Floats:
    part = np.abs(last(rows))
    return ((part < 1).all(axis=2) & (part > 0).any(axis=2)).astype(float)  # a sensor without readings is not calm


def _outside(last: Windows, rows: int) -> Floats:
    return (np.abs(last(rows)) > 1).all(axis=2).astype(float)


RULES: dict[str, Callable[[Windows], Floats]] = {
    "1 beyond 3σ": lambda last: _beyond(last, 1, 1, 3),
    "2 of 3 beyond 2σ": lambda last: _beyond(last, 2, 3, 2),
    "4 of 5 beyond 1σ": lambda last: _beyond(last, 4, 5, 1),
    "8 on one side": lambda last: _one_side(last, 8),
    "9 on one side": lambda last: _one_side(last, 9),
    "6 rising or falling": lambda last: _trend(last, 6),
    "14 alternating": lambda last: _alternating(last, 14),
    "15 within 1σ": lambda last: _within(last, 15),
    "8 outside 1σ": lambda last: _outside(last, 8),
}
WESTERN_ELECTRIC = ("1 beyond 3σ", "2 of 3 beyond 2σ", "4 of 5 beyond 1σ", "8 on one side")
NELSON = (
    "1 beyond 3σ", "9 on one side", "6 rising or falling", "14 alternating", "2 of 3 beyond 2σ", "4 of 5 beyond 1σ",
    "15 within 1σ", "8 outside 1σ",
)  # fmt: skip
_LONGEST = 15


@dataclass(frozen=True)
class Shewhart(Windowed):
    """A chart of single readings with some of `RULES`."""

    rules: tuple[str, ...]

    @property
    def context(self) -> int:
        """Rows before that a score depends on."""
        return _LONGEST - 1

    def of(self, z: Floats, age: Indices) -> Floats:
        """How far the worst sensor is beyond the worst rule: 1 where a rule is just met."""
        worst: Floats = np.max([self.rule(name, z, age).max(axis=1) for name in self.rules], axis=0)
        return worst

    def rule(self, name: str, z: Floats, age: Indices) -> Floats:
        """How far each sensor is beyond one rule, shape (rows, sensors)."""
        padded = np.concatenate([np.full((_LONGEST - 1, z.shape[1]), np.nan), z])

        def last(rows: int) -> Floats:
            part = np.lib.stride_tricks.sliding_window_view(padded[_LONGEST - rows :], rows, axis=0)
            reached = np.arange(rows - 1, -1, -1) <= age[:, None]
            return np.where(reached[:, None, :], part, np.nan)

        return RULES[name](last)


@dataclass(frozen=True)
class Ewma:
    """Exponentially weighted mean of each sensor: small shifts that last."""

    weight: float = 0.2
    limit: float = 3.0

    def start(self) -> State:
        """No row."""
        return None

    def score(self, z: Floats, age: Indices, state: State) -> tuple[Floats, State]:
        """|mean| of the worst sensor in its limits, which widen from the first row of a unit on."""
        mean = np.zeros(z.shape[1]) if state is None else state
        means = np.empty_like(z)
        for i, row in enumerate(z):
            mean = self.weight * row + (1 - self.weight) * (mean if age[i] else 0.0)
            means[i] = mean
        share = self.weight / (2 - self.weight) * (1 - (1 - self.weight) ** (2.0 * (age + 1)))
        largest: Floats = np.abs(means).max(axis=1) if len(z) else np.empty(0)
        return largest / (self.limit * np.sqrt(share)), mean


@dataclass(frozen=True)
class Cusum:
    """Cumulated sums of what exceeds half a deviation, upward and downward: small shifts, and since when.

    A sum ends at four times its limit, so that it comes down again in time.
    """

    slack: float = 0.5
    limit: float = 5.0

    def start(self) -> State:
        """No row."""
        return None

    def score(self, z: Floats, age: Indices, state: State) -> tuple[Floats, State]:
        """The larger sum of the worst sensor in its limit; sums begin anew with each unit."""
        sums = np.zeros((2, z.shape[1])) if state is None else state
        scores = np.empty(len(z))
        most = 4 * self.limit
        for i, row in enumerate(z):
            before = sums if age[i] else 0.0
            sums = np.clip(before + np.stack([row, -row]) - self.slack, 0, most)
            scores[i] = sums.max()
        return scores / self.limit, sums
