"""Distance from what is usual, over windows of several lengths: what is brief and large, and what is small and lasts.

Three statistics for each window: the distance of the mean (`level`: sensors have moved), the largest deviation of the
mean of one sensor from what the others say of it (`sensor`), and the mean of the distances (`spread`: they scatter).
Each counts in units of what the reference exceeds once in a hundred rows; the score is the largest of them.
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
FOLDS = 4
"""Parts of the reference: what counts 1 is learnt from each with what the others have taught."""
KINDS = ("level", "sensor", "spread")
"""The statistics of each window."""
ENOUGH = 10_000
"""Rows that a covariance is learnt from: of more, one in so many."""
RARE = 0.99
"""The quantile of the reference that counts 1."""


@dataclass(frozen=True)
class Multiscale(Windowed):
    """Hotelling's T² over windows of several lengths.

    `levels` has a covariance of the means over each window, in units of `usual`, shape (windows, sensors), their
    standard deviations; `units`, shape (windows, statistics), is what counts 1 of each statistic.
    `distance` is the reference's mean T² of single rows.
    """

    lengths: tuple[int, ...]
    usual: Floats
    levels: tuple[Covariance, ...]
    units: Floats
    distance: float

    @property
    def context(self) -> int:
        """Rows before that a score depends on."""
        return self.lengths[-1] - 1

    def of(self, z: Floats, age: Indices) -> Floats:
        """The largest of all statistics."""
        largest: Floats = self.statistics(z, age).max(axis=(1, 2))
        return largest

    def statistics(self, z: Floats, age: Indices) -> Floats:
        """Every statistic in its unit, shape (rows, windows, statistics)."""
        return _statistics(z, age, self.lengths, self.usual, self.levels) / self.units

    def extent(self, z: Floats, age: Indices, peak: int) -> tuple[int, int]:
        """First and last row, both inclusive, of what makes the score of row `peak` high.

        The stretch of the rows given that is likeliest to have been moved (or scattered) by as much as the window was
        that the score of `peak` is from: the maximum of the sum that E. S. Page 1954, Biometrika 41, 100, has for the
        start of a change, here for its start and end.
        """
        statistics = self.statistics(z, age)[peak]
        window, which = np.unravel_index(int(statistics.argmax()), statistics.shape)
        within = slice(max(0, peak - self.lengths[window] + 1), peak + 1)
        single = self.levels[0]
        if KINDS[which] == "spread":
            distances = single.distances(z)
            ratio = max(float(distances[within].mean()) / self.distance, 1 + 1e-9)
            evidence = (distances * (1 - 1 / ratio) - self.distance * np.log(ratio)) / 2
        else:
            moved = z[within].mean(axis=0) - single.mean
            weights = single.weighed(moved[None])[0]
            evidence = (z - single.mean - moved / 2) @ weights
        return _largest_sum(evidence)


def fit(z: Floats, age: Indices, clip: float, longest: int = LONGEST) -> Multiscale:
    """Learn from reference rows; deviations count as at most ±`clip` there.

    Windows that the reference does not hold four times are left out.
    """
    lengths = [
        length for length in windows(longest) if length == 1 or np.count_nonzero(age >= length - 1) >= 4 * length
    ]
    means = trailing_means(z, age, lengths)
    usual, levels = _learn(means, age, lengths, clip, slice(0, 0))
    parts, ages = [], []
    for fold in _folds(len(z), FOLDS):
        since = np.minimum(age[fold], np.arange(fold.stop - fold.start))
        parts.append(_statistics(z[fold], since, lengths, *_learn(means, age, lengths, clip, fold)))
        ages.append(since)
    held_out, since = np.concatenate(parts), np.concatenate(ages)
    full = [held_out[since >= length - 1, i] for i, length in enumerate(lengths)]
    units = np.array([np.quantile(of, RARE, axis=0) if len(of) else np.full(len(KINDS), np.inf) for of in full])
    single = float(levels[0].distances(z).mean())
    return Multiscale(tuple(lengths), usual, levels, np.maximum(units, 1e-9), single or 1.0)


def _learn(
    means: Sequence[Floats], age: Indices, lengths: Sequence[int], clip: float, leave_out: slice
) -> tuple[Floats, tuple[Covariance, ...]]:
    """The standard deviations and covariances of means over windows that are full, of all rows but some."""
    usual, levels = [], []
    for length, mean in zip(lengths, means, strict=True):
        full = age >= length - 1
        full[leave_out] = False
        rows = np.flatnonzero(full)
        some = np.clip(mean[rows[:: max(1, len(rows) // ENOUGH)]], -clip, clip)
        usual.append(_deviation(some) if length > 1 else np.ones(some.shape[1]))
        levels.append(covariance(some / usual[-1], SHRINK, clip))
    return np.array(usual), tuple(levels)


def _folds(rows: int, count: int) -> list[slice]:
    """Slices of about equal length, none of them empty."""
    edges = np.unique(np.arange(count + 1) * rows // count).tolist()
    return [slice(first, last) for first, last in pairwise(edges)]


def _statistics(z: Floats, age: Indices, lengths: Sequence[int], usual: Floats, levels: Sequence[Covariance]) -> Floats:
    """Of windows that are full; 0 of others, which say less than the shorter ones do."""
    out = np.zeros((len(z), len(lengths), len(KINDS)))
    for i, (length, mean) in enumerate(zip(lengths, trailing_means(z, age, lengths), strict=True)):
        full = age >= length - 1
        out[full, i, 0], out[full, i, 1] = levels[i].both(mean[full] / usual[i])
    for i, (length, spread) in enumerate(zip(lengths, trailing_means(out[:, 0, 0], age, lengths), strict=True)):
        full = age >= length - 1
        out[full, i, 2] = spread[full]
    return out


def _largest_sum(values: Floats) -> tuple[int, int]:
    """First and last index of the stretch with the largest sum. Source: J. Bentley 1984, Commun. ACM 27, 865."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    lowest = np.minimum.accumulate(sums)
    last = int(np.argmax(sums[1:] - lowest[:-1]))
    return int(np.argmin(sums[: last + 1])), last


def _deviation(means: Floats) -> Floats:
    deviation = means.std(axis=0)
    return np.where(deviation > 1e-6, deviation, 1.0)
