"""Distance from what is usual, over windows of several lengths: what is brief and large, and what is small and lasts.

Two statistics for each window length: the distance of the mean (`level`: sensors have moved), and the mean of the
distances (`spread`: they scatter). Each counts in units of what the reference exceeds once in a hundred rows; the score
is the largest of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Multiscale(Windowed):
    """Hotelling's T² over windows of several lengths.

    `levels` has a covariance of the means over each window, in units of `usual`, shape (windows, sensors), their
    standard deviations; `units`, shape (windows, 2), is what counts 1 of each level and each spread.
    """

    lengths: tuple[int, ...]
    usual: Floats
    levels: tuple[Covariance, ...]
    units: Floats

    @property
    def context(self) -> int:
        """Rows before that a score depends on."""
        return self.lengths[-1] - 1

    def of(self, z: Floats, age: Indices) -> Floats:
        """The largest of all statistics."""
        largest: Floats = self.statistics(z, age).max(axis=(1, 2))
        return largest

    def statistics(self, z: Floats, age: Indices) -> Floats:
        """Every statistic in its unit, shape (rows, windows, 2): level, spread."""
        return _statistics(z, age, self.lengths, self.usual, self.levels) / self.units

    def names(self) -> list[str]:
        """What the statistics are called, in the order of the flattened last two axes."""
        return [f"{kind} over {length} rows" for length in self.lengths for kind in ("level", "spread")]


def fit(z: Floats, age: Indices, clip: float, longest: int = LONGEST) -> Multiscale:
    """Learn from reference rows; deviations count as at most ±`clip` there.

    Windows that the reference does not hold four times are left out.
    """
    lengths = windows(min(longest, max(1, len(z) // 4)))
    means = trailing_means(z, age, lengths)
    usual = np.array([np.ones(z.shape[1]), *(_deviation(np.clip(mean, -clip, clip)) for mean in means[1:])])
    levels = tuple(covariance(mean / of, SHRINK, clip) for mean, of in zip(means, usual, strict=True))
    found = _statistics(z, age, lengths, usual, levels)
    return Multiscale(lengths, usual, levels, np.maximum(np.quantile(found, RARE, axis=0), 1e-9))


def _statistics(z: Floats, age: Indices, lengths: Sequence[int], usual: Floats, levels: Sequence[Covariance]) -> Floats:
    out = np.empty((len(z), len(lengths), 2))
    for i, mean in enumerate(trailing_means(z, age, lengths)):
        out[:, i, 0] = levels[i].distances(mean / usual[i])
    for i, spread in enumerate(trailing_means(out[:, 0, 0], age, lengths)):
        out[:, i, 1] = spread
    return out


def _deviation(means: Floats) -> Floats:
    deviation = means.std(axis=0)
    return np.where(deviation > 1e-6, deviation, 1.0)
