"""Power spectral densities from medians, which a glitch does not move."""

import numpy as np

from ..types import Floats, Singles
from .fourier import RealTransform

_BLOCK = 1 << 15
"""Numbers whose median is taken at once: a block of this many single-precision numbers stays in cache."""
_PADDING = 48
"""Numbers between rows of power densities."""


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
    """Modified periodograms of Hann windows of a fixed size.

    `lists` = 2: the windows overlap by half, so that every other one is independent; 1: they do not overlap.
    """

    def __init__(self, sample_rate: float, resolution: float, lists: int, single: bool) -> None:
        self.size = max(4, round(sample_rate / resolution))
        self.step, self.lists = self.size // lists, lists
        self._transform = RealTransform("forward", self.size, single)
        self._window = np.hanning(self.size + 1)[:-1].astype(self._transform.source.dtype)
        self._scale = 2.0 / (sample_rate * float(np.sum(self._window.astype(float) ** 2)))

    def count(self, samples: int) -> int:
        """How many windows fit."""
        return max(0, (samples - self.size) // self.step + 1)

    def room(self, windows: int) -> Singles:
        """An array for the power densities of so many windows, shape (windows, size // 2 + 1), values undefined."""
        bins = self.size // 2 + 1
        # rows a power of two apart would all fall into the same lines of a cache when medians are taken
        return np.empty((windows, bins + _PADDING), np.float32)[:, :bins]

    def of(self, values: Floats | Singles, powers: Singles, unit: float = 1.0) -> None:
        """One-sided power densities in units of unit²/Hz, into the rows of `powers`, one per window.

        `values` without mean and without NaN, shape (samples,). `unit` keeps small numbers such as strain inside
        single precision.
        """
        source, target = self._transform.source[0], self._transform.target[0]
        window = self._window * np.sqrt(self._scale).astype(self._window.dtype) / self._window.dtype.type(unit)
        for i, power in enumerate(powers):
            np.multiply(values[i * self.step : i * self.step + self.size], window, out=source)
            self._transform()
            with np.errstate(over="ignore"):  # infinity will do: the median does not ask how loud the loudest is
                np.add(np.square(target.real), np.square(target.imag), out=power, casting="same_kind")


def median_psd(powers: Singles, lists: int) -> Floats:
    """Power density from periodograms, shape (bins,); NaN with too few usable rows.

    `powers` has shape (windows, bins); rows with NaN are left out. The windows are taken as `lists` interleaved lists
    of independent ones; each gives its median over its finite-sample bias, and the result is the mean of these
    (Robinet et al. 2020, section 3.1). Each list needs a usable row, and two lists need three.
    """
    usable = np.isfinite(powers[:, 0])
    parts = [powers[start::lists] for start in range(lists)]
    if not usable.all():
        parts = [rows[usable[start::lists]] for start, rows in enumerate(parts)]
    if min(len(rows) for rows in parts) < 1 or sum(len(rows) for rows in parts) < 2 * lists - 1:
        return np.full(powers.shape[1], np.nan)
    return np.asarray(np.mean([_median(rows[: len(rows) - 1 + len(rows) % 2]) for rows in parts], axis=0))


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
