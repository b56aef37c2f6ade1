"""Whether groups (equipment, lots, steps) differ: how often something is wrong, how odd rows are, and what drifts.

Rows depend on their neighbours, so stretches of rows are compared, not rows. Probabilities of each question are
corrected for the number of groups asked about (S. Holm 1979, Scand. J. Stat. 6, 65).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan, sqrt

import numpy as np

from ..condition.expected import members
from ..condition.rows import Words
from ..types import Floats, Indices

STRETCH = 100
"""Rows of a stretch."""
FEWEST = 5
"""Stretches that a group needs for its score and drift to be judged."""


@dataclass(frozen=True)
class Group:
    """What is known of one group of one column.

    `rows` and `events` are counts; `rate` events a row with its 95 % interval; `score` the mean over stretches of their
    median scores with its interval. `drifts` names the sensor that drifts most: by `drift` usual deviations from the
    first to the last row of the group, with its interval. `p_rate`, `p_score` and `p_drift` are the probabilities of
    such a difference from the other groups, or of such a drift, by chance, corrected for all groups asked about (the
    drift's for all sensors too). NaN, and "", where there are too few rows.
    """

    column: str
    name: str
    rows: int
    events: int
    rate: float
    rate_interval: tuple[float, float]
    score: float
    score_interval: tuple[float, float]
    drifts: str
    drift: float
    drift_interval: tuple[float, float]
    p_rate: float
    p_score: float
    p_drift: float


@dataclass
class Tally:
    """Collects what groups need from blocks of rows, in order: sums of stretches, not rows."""

    columns: Sequence[str]
    stretch: int = STRETCH
    _groups: dict[tuple[str, str], "_Stretches"] = field(default_factory=dict, repr=False)

    def add(self, words: Mapping[str, Words], number: Indices, scores: Floats, z: Floats) -> None:
        """The next rows: what each column says of them, their number, score, and deviations (rows, sensors)."""
        for column in self.columns:
            for name, rows in members(words[column]):
                group = self._groups.setdefault((column, name), _Stretches(self.stretch))
                group.add(number[rows], scores[rows], z[rows])

    def groups(self, events: Sequence[Mapping[str, str]], sensors: Sequence[str]) -> list[Group]:
        """All groups, given for each event the group of each column that it lies in."""
        found = [self._judged(column, name, events, sensors) for column, name in self._groups]
        rates, scores, drifts = (
            holm([getattr(group, name) for group in found]) for name in ("p_rate", "p_score", "p_drift")
        )
        return [
            Group(**{**vars(group), "p_rate": rate, "p_score": score, "p_drift": drift})
            for group, rate, score, drift in zip(found, rates, scores, drifts, strict=True)
        ]

    def _judged(self, column: str, name: str, events: Sequence[Mapping[str, str]], sensors: Sequence[str]) -> Group:
        group = self._groups[column, name]
        others = [one for (of, other), one in self._groups.items() if of == column and other != name]
        rows, count = group.rows, sum(event[column] == name for event in events)
        everything = rows + sum(one.rows for one in others)
        levels, rest = group.levels(), [level for one in others for level in one.levels()]
        score, score_interval = _mean(levels)
        sensor, drift, drift_interval, p_drift = _drift(group, sensors)
        return Group(
            column, name, rows, count, count / rows, _poisson(count, rows), score, score_interval,
            sensor, drift, drift_interval,
            _binomial(count, len(events), rows / everything) if others else nan, _different(levels, rest), p_drift,
        )  # fmt: skip


@dataclass
class _Stretches:
    """The finished stretches of a group, and the rows of the one that is not."""

    length: int
    rows: int = 0
    means: list[tuple[float, float, Floats]] = field(default_factory=list)
    """Of each stretch: mean number of its rows, median score, mean deviations."""
    _open: list[tuple[Indices, Floats, Floats]] = field(default_factory=list)

    def add(self, number: Indices, scores: Floats, z: Floats) -> None:
        self.rows += len(number)
        self._open.append((number, scores, z))
        if sum(len(part[0]) for part in self._open) < self.length:
            return
        numbers, all_scores, deviations = (np.concatenate(parts) for parts in zip(*self._open, strict=True))
        whole = len(numbers) // self.length * self.length
        for first in range(0, whole, self.length):
            part = slice(first, first + self.length)
            known = all_scores[part][np.isfinite(all_scores[part])]
            level = float(np.median(known)) if len(known) else nan
            self.means.append((float(numbers[part].mean()), level, deviations[part].mean(axis=0)))
        self._open = [(numbers[whole:], all_scores[whole:], deviations[whole:])]

    def levels(self) -> list[float]:
        """The median scores of the stretches, without those that are not known."""
        return [level for _, level, _ in self.means if np.isfinite(level)]


def holm(probabilities: Sequence[float]) -> list[float]:
    """Probabilities corrected for their number, in the order given; NaN stays NaN and does not count."""
    values = np.array(probabilities, dtype=float)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known])]
    stepped = np.maximum.accumulate(values[order] * np.arange(len(order), 0, -1)) if len(order) else values[order]
    values[order] = np.minimum(stepped, 1)
    return [float(value) for value in values]


def _poisson(count: int, rows: int) -> tuple[float, float]:
    """95 % interval of a rate a row. Source: F. Garwood 1936, Biometrika 28, 437."""
    from scipy.stats import chi2

    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return float(low) / rows, float(chi2.ppf(0.975, 2 * count + 2)) / 2 / rows


def _binomial(count: int, total: int, share: float) -> float:
    """Probability that a share of `total` events is as far from `share` as `count` is; NaN without events."""
    from scipy.stats import binomtest

    return float(binomtest(count, total, share).pvalue) if total else nan


def _mean(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    from scipy.stats import t

    if len(values) < FEWEST:
        return (float(np.mean(values)) if values else nan), (nan, nan)
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / sqrt(len(values))
    half = float(t.ppf(0.975, len(values) - 1)) * error
    return mean, (mean - half, mean + half)


def _different(values: Sequence[float], others: Sequence[float]) -> float:
    """Probability of such a difference of means by chance. Source: B. L. Welch 1947, Biometrika 34, 28."""
    from scipy.stats import ttest_ind

    if min(len(values), len(others)) < FEWEST or np.ptp([*values, *others]) == 0:
        return nan
    return float(ttest_ind(values, others, equal_var=False).pvalue)


def _drift(group: _Stretches, sensors: Sequence[str]) -> tuple[str, float, tuple[float, float], float]:
    """The sensor that drifts most, by how much, the 95 % interval, and the probability corrected for all sensors."""
    from scipy.stats import t

    count = len(group.means)
    if count < FEWEST:
        return "", nan, (nan, nan), nan
    at = np.array([number for number, _, _ in group.means])
    means = np.array([mean for _, _, mean in group.means])
    away, span = at - at.mean(), float(at[-1] - at[0])
    slopes = away @ means / (away @ away)
    left = means - means.mean(axis=0) - away[:, None] * slopes
    errors = np.sqrt(np.maximum((left * left).sum(axis=0) / (count - 2) / (away @ away), 1e-300))
    most = int(np.argmax(np.abs(slopes) / errors))
    slope, error = float(slopes[most]) * span, float(errors[most]) * span
    half = float(t.ppf(0.975, count - 2)) * error
    chance = 2 * float(t.sf(abs(slope) / error, count - 2))
    return sensors[most], slope, (slope - half, slope + half), min(1.0, chance * len(sensors))
