"""Distance from what is usual, over windows of several lengths: what is brief and large, and what is small and lasts.

For each window the distance of the mean (`level`: sensors have moved) and the mean of the distances (`spread`: they
scatter); for single rows also the largest deviation of any sensor (`spike`), which is lost in the distance of many
sensors. Each counts in units of what the reference exceeds once in a hundred rows; the score is the largest of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...decompose.covariance import Covariance
from ...decompose.covariance import fit as covariance
from ...decompose.trailing import trailing_means, windows
from ...types import Floats, Indices
from .contract import Windowed

LONGEST = 64
"""Rows of the longest window."""
SHRINK = 0.03
"""How far the covariance is shrunk, as a fraction of the mean variance."""
RARE = 0.99
"""The quantile of the reference that counts 1."""
ENOUGH = 10_000
"""Rows that a covariance is learnt from: of more, one in so many."""
FOLDS = 4
"""Parts of the reference: what counts 1 is learnt from each with what the others have taught."""
ACROSS = float(np.log(1000))
"""How much likelier, as a logarithm, an event must become by going on in another unit."""
SPIKE, LEVEL, SPREAD = "spike", "level", "spread"


@dataclass(frozen=True)
class Learnt:
    """What is usual of the means over each window: their deviations, shape (windows, sensors), and covariances."""

    lengths: tuple[int, ...]
    usual: Floats
    levels: tuple[Covariance, ...]


@dataclass(frozen=True)
class Multiscale(Windowed):
    """Hotelling's T² over windows of several lengths.

    `units`, shape (statistics,), is what counts 1; `distance` is the reference's mean T² of single rows.
    """

    learnt: Learnt
    units: Floats
    distance: float

    @property
    def context(self) -> int:
        """Rows before that a score depends on."""
        return self.learnt.lengths[-1] - 1

    @property
    def names(self) -> list[tuple[str, int]]:
        """What each statistic is, and the rows of its window."""
        return _names(self.learnt.lengths)

    def of(self, z: Floats, age: Indices) -> Floats:
        """The largest of all statistics."""
        largest: Floats = self.statistics(z, age).max(axis=1)
        return largest

    def statistics(self, z: Floats, age: Indices) -> Floats:
        """Every statistic in its unit, shape (rows, statistics)."""
        found: Floats = _statistics(z, age, self.learnt) / self.units
        return found

    def alone(self, z: Floats) -> Floats:
        """How far each row is out by itself, shape (rows,): 1 is what the reference exceeds once in a hundred rows."""
        farthest: Floats = (_single(z, self.learnt) / self.units[:2]).max(axis=1)
        return farthest

    def extent(self, z: Floats, age: Indices, peak: int) -> tuple[int, int]:
        """First and last row, both inclusive, of what makes the score of row `peak` high.

        The stretch of the rows given that is likeliest to have been moved (or scattered) by as much as the window was
        that the score of `peak` is from: the maximum of the sum that E. S. Page 1954, Biometrika 41, 100, has for the
        start of a change, here for its start and end. Rows of another unit belong to it where that is a thousand times
        likelier than not: by chance a stretch does not reach over the start of a unit.
        """
        kind, length = self.names[int(self.statistics(z, age)[peak].argmax())]
        within = slice(max(0, peak - length + 1), peak + 1)
        single, usual = self.learnt.levels[0], self.learnt.usual[0]
        if kind == SPREAD:
            distances = single.distances(z / usual)
            ratio = max(float(distances[within].mean()) / self.distance, 1 + 1e-9)
            return _stretch((distances * (1 - 1 / ratio) - self.distance * np.log(ratio)) / 2, age)
        moved = z[within].mean(axis=0) / usual - single.mean
        weights = single.weighed(moved[None])[0]
        return _stretch((z / usual - single.mean - moved / 2) @ weights, age)


def fit(z: Floats, age: Indices, clip: float, longest: int = LONGEST) -> Multiscale:
    """Learn from reference rows; deviations count as at most ±`clip` there.

    Windows that the reference does not hold four times are left out.
    """
    lengths = tuple(n for n in windows(longest) if n == 1 or np.count_nonzero(age >= n - 1) >= 4 * n)
    means = trailing_means(z, age, lengths)
    learnt = _learn(means, age, lengths, clip, slice(0, 0))
    parts, ages = [], []
    for fold in _folds(len(z), FOLDS):
        since = np.minimum(age[fold], np.arange(fold.stop - fold.start))
        parts.append(_statistics(z[fold], since, _learn(means, age, lengths, clip, fold)))
        ages.append(since)
    held_out, since = np.concatenate(parts), np.concatenate(ages)
    units = np.array([
        np.quantile(held_out[since >= min(length, since.max() + 1) - 1, i], RARE)
        for i, (_, length) in enumerate(_names(lengths))
    ])  # fmt: skip
    single = float(learnt.levels[0].distances(z / learnt.usual[0]).mean())
    return Multiscale(learnt, np.maximum(units, 1e-9), single or 1.0)


def _learn(means: Sequence[Floats], age: Indices, lengths: tuple[int, ...], clip: float, leave_out: slice) -> Learnt:
    """The standard deviations and covariances of means over windows that are full, of all rows but some."""
    usual, levels = [], []
    for length, mean in zip(lengths, means, strict=True):
        full = age >= length - 1
        full[leave_out] = False
        rows = np.flatnonzero(full) if full.any() else np.flatnonzero(age >= length - 1)
        some = np.clip(mean[rows[:: max(1, len(rows) // ENOUGH)]], -clip, clip)
        usual.append(_deviation(some))
        levels.append(covariance(some / usual[-1], SHRINK, clip))
    return Learnt(lengths, np.array(usual), tuple(levels))


def _names(lengths: Sequence[int]) -> list[tuple[str, int]]:
    return [(SPIKE, 1), *((LEVEL, length) for length in lengths), *((SPREAD, length) for length in lengths[1:])]


def _statistics(z: Floats, age: Indices, learnt: Learnt) -> Floats:
    """Of windows that are full; 0 of others, which say less than the shorter ones do."""
    lengths = learnt.lengths
    out = np.zeros((len(z), 2 * len(lengths)))
    out[:, :2] = _single(z, learnt)
    means, spreads = (trailing_means(of, age, lengths) for of in (z, out[:, 1]))
    for i, length in enumerate(lengths[1:], start=1):
        full = age >= length - 1
        out[full, 1 + i] = learnt.levels[i].distances(means[i][full] / learnt.usual[i])
        out[full, len(lengths) + i] = spreads[i][full]
    return out


def _single(z: Floats, learnt: Learnt) -> Floats:
    """Spike and level of single rows, shape (rows, 2)."""
    scaled, level = z / learnt.usual[0], learnt.levels[0]
    return np.column_stack([np.square(scaled - level.mean).max(axis=1), level.distances(scaled)])


def _folds(rows: int, count: int) -> list[slice]:
    """Slices of about equal length, none of them empty."""
    edges = np.unique(np.arange(count + 1) * rows // count).tolist()
    return [slice(first, last) for first, last in pairwise(edges)]


def _stretch(gains: Floats, age: Indices) -> tuple[int, int]:
    """First and last row of the stretch with the largest sum of gains, where each start of a unit in it costs some."""
    starts = np.flatnonzero(np.diff(age) <= 0) + 1
    rows = np.insert(np.arange(len(gains)), starts, starts)
    first, last = _largest_sum(np.insert(gains, starts, -ACROSS))
    return int(rows[first]), int(rows[last])


def _largest_sum(values: Floats) -> tuple[int, int]:
    """First and last index of the stretch with the largest sum. Source: J. Bentley 1984, Commun. ACM 27, 865."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    lowest = np.minimum.accumulate(sums)
    last = int(np.argmax(sums[1:] - lowest[:-1]))
    return int(np.argmin(sums[: last + 1])), last


def _deviation(means: Floats) -> Floats:
    deviation = means.std(axis=0)
    return np.where(deviation > 1e-6, deviation, 1.0)
