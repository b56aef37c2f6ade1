"""Rows of tiles for pictures: what to multiply a spectrum with, and the energies of all rows over some time.

Two tilings: that of the trigger search, and that of gwpy's q_transform, so that pictures can be compared. The second
has its rows at multiples of 1/T, the window one bin above its row, and one highest frequency for all planes.
"""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from ..condition.fourier import RowTransform
from ..types import Complexes, Floats, Indices, Singles
from . import window
from .tiling import allowed_band, build_tiling, half_width, mismatch_step, q_planes

_BLOCK = 1 << 15
"""Points per batch of rows: source and target together stay in a 1 MB second-level cache."""


@dataclass(frozen=True)
class Rows:
    """Rows of tiles over `duration` s of data; arrays have shape (rows,), rows of one plane together, upwards.

    `tiles` is each row's number of tiles; `first` is the bin of the spectrum that the first of its `weights` belongs
    to. The weights' squares sum to 2.
    """

    duration: float
    q: Floats
    frequency: Floats
    tiles: Indices
    first: Indices
    weights: tuple[Singles, ...]

    def __len__(self) -> int:
        return len(self.q)

    @property
    def band(self) -> tuple[float, float]:
        """Lowest and highest frequency (Hz) that any window touches."""
        last = self.first + [len(weights) - 1 for weights in self.weights]
        return float(self.first.min() / self.duration), float(last.max() / self.duration)


def mismatch_rows(
    duration: float, sample_rate: float, q: tuple[float, float], frequency: tuple[float, float], mismatch: float
) -> Rows:
    """The tiling of the trigger search for data sampled at `sample_rate` Hz; no rows where nothing fits."""
    tiling = build_tiling(duration, sample_rate, *q, mismatch, *frequency)
    bins = round(duration * sample_rate / 2) + 1
    windows = [window.bins(f, q, duration, bins) for f, q in zip(tiling.frequency, tiling.q, strict=True)]
    return _rows(duration, tiling.q, tiling.frequency, windows, mismatch)


def gwpy_rows(
    duration: float, sample_rate: float, q: tuple[float, float], frequency: tuple[float, float], mismatch: float
) -> Rows:
    """The tiling of gwpy's q_transform for `duration` s of data sampled at `sample_rate` Hz; may have no rows."""
    step, planes, bins = mismatch_step(mismatch), q_planes(*q, mismatch), round(duration * sample_rate / 2) + 1
    low = frequency[0] or 50 * float(planes[-1]) / (2 * np.pi * duration)
    high = min(frequency[1], allowed_band(float(planes[0]), duration, sample_rate)[1])
    places: list[tuple[float, float]] = []
    for plane in planes.tolist() if low < high else []:
        span = np.log(high / low)
        count = max(1, int(np.ceil(span * np.sqrt(2 + plane**2) / 2 / step)))
        exact = low * np.exp((np.arange(count) + 0.5) * span / count)
        places += [(plane, each) for each in np.unique(np.floor(exact * duration)).tolist()]
    q_all, bin_all = np.array(places).reshape(-1, 2).T
    windows = [_gwpy_window(round(at), half_width(at, plane), bins) for plane, at in places]
    return _rows(duration, q_all, bin_all / duration, windows, mismatch)


def over(rows: Rows, duration: float, sample_rate: float, mismatch: float) -> Rows:
    """The same rows of the trigger search's tiling over another length of data (s)."""
    bins = round(duration * sample_rate / 2) + 1
    windows = [window.bins(f, q, duration, bins) for f, q in zip(rows.frequency, rows.q, strict=True)]
    return _rows(duration, rows.q, rows.frequency, windows, mismatch)


def _gwpy_window(centre: int, half: float, bins: int) -> tuple[int, Floats]:
    """First bin and weights; `centre` and `half` in bins."""
    offsets = np.arange(-int(half), int(half) + 1)
    offsets = offsets[(centre + 1 + offsets >= 0) & (centre + 1 + offsets < bins)]
    weights = (1 - (offsets / half) ** 2) ** 2
    return centre + 1 + int(offsets[0]), weights * np.sqrt(window.ENERGY / np.sum(weights**2))


def _rows(duration: float, q: Floats, frequency: Floats, windows: list[tuple[int, Floats]], mismatch: float) -> Rows:
    tiles = 2 ** np.ceil(np.log2(2 * np.pi * frequency * duration / q / mismatch_step(mismatch))).astype(np.int64)
    first = np.array([first for first, _ in windows], np.int64)
    return Rows(duration, q, frequency, tiles, first, tuple(weights.astype(np.float32) for _, weights in windows))


@dataclass(frozen=True)
class Batch:
    """Values at the tiles of rows that have the same number of them.

    `rows` are indices, shape (r,); `values` has shape (r, tiles), the first tile `start` s after the data's start and
    `rate` tiles per s.
    """

    rows: Indices
    start: float
    rate: float
    values: Singles

    @property
    def times(self) -> Floats:
        """Centres of the tiles, s after the data's start."""
        return self.start + np.arange(self.values.shape[1]) / self.rate


class Bank:
    """Transforms of rows, those with the same number of tiles together; owns the arrays it works in."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        unit = np.float32(1 / np.sqrt(window.ENERGY))
        self._weights = [np.repeat(unit * weights, 2) for weights in rows.weights]  # real and imaginary part: faster
        self._batches: list[tuple[Indices, RowTransform]] = []
        for count in np.unique(rows.tiles).tolist():
            members, most = np.flatnonzero(rows.tiles == count), max(1, _BLOCK // count)
            transform = RowTransform(min(most, len(members)), count)
            self._batches += [(members[i : i + most], transform) for i in range(0, len(members), most)]

    def energies(self, spectrum: Complexes, start: float, end: float, margin: int = 0) -> list[Batch]:
        """Energies (noise mean 1) of the tiles from `start` to `end` s after the data's start, and `margin` tiles more.

        `spectrum` has shape (bins,), bin k at k/duration Hz, scaled so that noise has E|bin|² = 1.
        """
        numbers, result = spectrum.view(np.float32), []
        for members, transform in self._batches:
            self._fill(transform.source, members, numbers)
            transform()
            count = transform.target.shape[1]
            rate = count / self.rows.duration
            first, last = max(0, ceil(start * rate) - margin), min(count - 1, floor(end * rate) + margin)
            values = transform.target[: len(members), transform.stored(np.arange(first, last + 1))]
            result.append(Batch(members, first / rate, rate, np.square(values.real) + np.square(values.imag)))
        return result

    def _fill(self, source: Complexes, members: Indices, numbers: Singles) -> None:
        lines = source.view(np.float32)
        for line, row in zip(lines, members.tolist(), strict=False):  # the last batch has fewer rows than lines
            first, weights = 2 * int(self.rows.first[row]), self._weights[row]
            np.multiply(numbers[first : first + len(weights)], weights, out=line[: len(weights)])
            line[len(weights) :] = 0
