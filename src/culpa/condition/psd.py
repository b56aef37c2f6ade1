"""Power spectral densities from medians, which a glitch does not move."""

import numpy as np

from ..types import Floats, Singles
from .fourier import RealTransform

_BLOCK = 1 << 18
"""Numbers whose median is taken at once: a block of this many single-precision numbers stays in cache."""


def median_bias(count: int) -> float:
    """Mean of the median of `count` exponentially distributed values of mean 1: Σ (-1)^(l+1)/l, l = 1 … n.

    n is the count, or one less where the count is even (median = mean of the middle two). Tends to ln 2.
    Source: LIGO-T0900184 (FINDCHIRP, Allen et al. 2012, PRD 85 122006, appendix B). Raises ValueError for count < 1.
    """
    if count < 1:
        raise ValueError(f"median of {count} values")
    terms = np.arange(1, count + count % 2)
    return float(np.sum((-1.0) ** (terms + 1) / terms))


class Periodograms:
    """Modified periodograms of half-overlapping Hann windows of a fixed size."""

    def __init__(self, sample_rate: float, resolution: float, single: bool) -> None:
        self.size = max(4, round(sample_rate / resolution))
        self.step = self.size // 2
        self._transform = RealTransform("forward", self.size, single)
        self._window = np.hanning(self.size + 1)[:-1].astype(self._transform.source.dtype)
        self._scale = 2.0 / (sample_rate * float(np.sum(self._window.astype(float) ** 2)))

    def count(self, samples: int) -> int:
        """How many windows fit."""
        return max(0, (samples - self.size) // self.step + 1)

    def of(self, values: Floats | Singles, unit: float = 1.0) -> Singles:
        """One-sided power densities in units of unit²/Hz, shape (windows, size // 2 + 1).

        `values` without mean and without NaN, shape (samples,). `unit` keeps small numbers such as strain inside
        single precision.
        """
        powers = np.empty((self.count(len(values)), self.size // 2 + 1), np.float32)
        source, target = self._transform.source[0], self._transform.target[0]
        window = self._window * np.sqrt(self._scale).astype(self._window.dtype) / self._window.dtype.type(unit)
        for i, power in enumerate(powers):
            np.multiply(values[i * self.step : i * self.step + self.size], window, out=source)
            self._transform()
            np.add(np.square(target.real), np.square(target.imag), out=power, casting="same_kind")
        return powers


def median_psd(powers: Singles) -> Floats:
    """Power density from periodograms of half-overlapping windows, shape (bins,); NaN with fewer than 3 usable rows.

    `powers` has shape (windows, bins); rows with NaN are left out. The windows are taken as two interleaved lists,
    in which neighbours do not overlap, each gives its median over its finite-sample bias, and the result is the mean
    of the two (Robinet et al. 2020, section 3.1).
    """
    usable = np.isfinite(powers[:, 0])
    lists = [powers[start::2][usable[start::2]] for start in (0, 1)]
    if min(len(rows) for rows in lists) < 1 or sum(len(rows) for rows in lists) < 3:
        return np.full(powers.shape[1], np.nan)
    return np.mean([_median(rows[: len(rows) - 1 + len(rows) % 2]) for rows in lists], axis=0)


def _median(rows: Singles) -> Floats:
    """Median over an odd number of rows divided by its bias, shape (bins,)."""
    middle, bins = len(rows) // 2, rows.shape[1]
    result: Floats = np.empty(bins)
    width = max(1, _BLOCK // len(rows))
    for start in range(0, bins, width):
        block = np.ascontiguousarray(rows[:, start : start + width].T)
        block.partition(middle, axis=1)
        result[start : start + width] = block[:, middle]
    result /= median_bias(len(rows))
    return result
