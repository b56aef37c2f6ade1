"""Spectra of overlapping windows, one main channel beside many: the sums over time that coherence is made of.

Source: Welch 1967, IEEE Trans. Audio Electroacoust. 15 70 (spectra); Carter, Knapp and Nuttall 1973, ibid. 21 337
(coherence).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from math import floor, isclose
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Indices, Mask, Segments, Series

Spectra = NDArray[np.complex128]

LAGS = 4
"""Windows are compared with so many after them: noise whose memory is longer than a window repeats itself there."""
_BATCH = 1 << 16
"""Samples that are transformed at once, as these stay in cache; but `_ROWS` windows or more, as these are turned."""
_ROWS = 16
_SLICE = 128
"""Bins that are summed at once, over all windows: these stay in cache."""
_ROUNDED = 1e-6
"""Seconds by which a segment may be too short for its last window: GPS times are rounded to a tenth of it."""
_ROUNDING = 1e-14
"""A window whose samples vary by less than this, relative to their size, is constant."""


@dataclass(frozen=True)
class Windows:
    """Hann windows of `duration` s that begin every `stride` s."""

    duration: float
    stride: float

    def starts(self, segments: Segments) -> Floats:
        """Where the windows begin that lie wholly in a segment (GPS s); the first with its segment."""
        found: list[Floats] = [np.empty(0)]
        for start, end in segments:
            count = floor((end - start - self.duration + _ROUNDED) / self.stride) + 1
            found.append(np.asarray(start + self.stride * np.arange(max(0, count)), float))
        return np.concatenate(found)

    def size(self, sample_rate: float) -> int | None:
        """Samples of a window; None where it would not be a whole number, or fewer than eight."""
        exact = self.duration * sample_rate
        size = round(exact)
        return size if size >= 8 and isclose(exact, size, rel_tol=1e-9) else None


def spectra(series: Series, starts: Floats, size: int) -> tuple[Spectra, Mask]:
    """The spectrum of each window of `size` samples from `starts` (GPS s) on, its mean removed.

    Shape (windows, size // 2 + 1), scaled so that the mean of |X|² is the one-sided power density (unit²/Hz). The mask
    says which are known: windows that are not wholly in the series, hold NaN or a constant are 0. Phases are those at
    the time that was asked for, also where that lies between two samples. In memory the windows of a bin follow each
    other, as sums run over them.
    """
    rate, bins = series.sample_rate, size // 2 + 1
    at = np.round((starts - series.t0) * rate).astype(np.int64)
    known = (at >= 0) & (at + size <= len(series))
    if not known.any():
        return np.zeros((bins, len(at)), np.complex128).T, known
    result = np.empty((bins, len(at)), np.complex128)
    rows = max(_ROWS, _BATCH // size)
    for some in (slice(first, first + rows) for first in range(0, len(at), rows)):
        found, known[some] = _transformed(series.values, at[some], known[some], _hann(size, rate))
        for part in _slices(bins):
            result[part, some] = found[:, part].T
    result[0] *= np.sqrt(0.5)  # 0 Hz and, for an even size, the Nyquist frequency have no negative twin
    if size % 2 == 0:
        result[-1] *= np.sqrt(0.5)
    late = at / rate + series.t0 - starts
    if np.abs(late).max(initial=0.0) > 1e-6 / rate:
        result *= np.exp(-2j * np.pi * np.outer(np.arange(bins) * (rate / size), late))
    return result.T, known


@lru_cache(maxsize=8)
def _hann(size: int, rate: float) -> Floats:
    """The window, scaled for one-sided power densities."""
    window = np.hanning(size + 1)[:-1]
    return np.asarray(window * np.sqrt(2.0 / (rate * np.sum(window * window))))


def _transformed(values: NDArray[Any], at: NDArray[np.int64], inside: Mask, window: Floats) -> tuple[Spectra, Mask]:
    """The spectra of the windows at some samples, and which are known of those `inside`; the others are 0."""
    from scipy import fft

    samples = np.zeros((len(at), len(window)))
    for row in np.flatnonzero(inside).tolist():
        samples[row] = values[at[row] : at[row] + len(window)]
    with np.errstate(invalid="ignore", over="ignore"):
        means = samples.mean(axis=1, keepdims=True)
        samples -= means
        spread = np.sqrt(np.vecdot(samples, samples) / len(window))
    known = inside & np.isfinite(spread) & (spread > _ROUNDING * np.abs(means[:, 0]))
    samples *= window
    samples[~known] = 0.0
    return np.asarray(fft.rfft(samples, axis=1, overwrite_x=True)), known


class _Sums:
    """Numbers and arrays that are added up."""

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class ChannelSums(_Sums):
    """Sums over the windows of one channel.

    `power` Σ|X|², shape (bins,); `lagged` Σ X(t + l) X*(t) for l = 1 … `LAGS` strides, shape (LAGS, bins), over `pairs`
    pairs of windows each, shape (LAGS,).
    """

    count: int
    power: Floats
    lagged: Spectra
    pairs: Floats

    @property
    def memory(self) -> Spectra:
        """The correlation of windows with later ones, shape (LAGS, bins): 0 where nothing is known."""
        mean = self.power / max(1, self.count)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.lagged / self.pairs[:, None] / mean
        return np.where(np.isfinite(found), found, 0.0)


@dataclass(frozen=True)
class PairSums(_Sums):
    """Sums over the windows that are known of the main channel (X) and of another one (Y); arrays of shape (bins,).

    `main` Σ|X|², `cross` Σ X Y*, `joint` Σ|X|²|Y|²; `other` has Σ|Y|² and what else is of that channel alone.
    """

    main: Floats
    cross: Spectra
    joint: Floats
    other: ChannelSums

    @property
    def count(self) -> int:
        """Windows that are known of both."""
        return self.other.count


@dataclass(frozen=True)
class Sums:
    """Sums of a main channel and of its pairs with others, by channel; bins are `resolution` Hz apart, from 0 Hz on.

    A pair ends at the lower one of the two Nyquist frequencies.
    """

    main: ChannelSums
    pairs: Mapping[str, PairSums]
    resolution: float

    def __add__(self, other: "Sums") -> "Sums":
        """The sums over the windows of both. Raises KeyError where they are not of the same channels."""
        pairs = {name: pair + other.pairs[name] for name, pair in self.pairs.items()}
        return Sums(self.main + other.main, pairs, self.resolution)


def channel_sums(of: Spectra, known: Mask, runs: Indices | None = None) -> ChannelSums:
    """The sums over windows; what is not known is 0.

    Windows of one of the `runs` (numbers, shape (windows,); None: all) follow each other at the stride.
    """
    windows, bins = of.shape
    runs = np.zeros(windows, np.int64) if runs is None else runs
    same = {lag: runs[lag:] == runs[:-lag] for lag in range(1, min(LAGS, windows - 1) + 1)}
    power, lagged = np.empty(bins), np.zeros((LAGS, bins), np.complex128)
    for part in _slices(bins):
        here = of.T[part]
        power[part] = np.vecdot(here, here).real
        for lag, one in same.items():
            earlier = here[:, :-lag] if one.all() else here[:, :-lag] * one
            lagged[lag - 1, part] = np.vecdot(earlier, here[:, lag:])
    pairs = np.zeros(LAGS)
    for lag, one in same.items():
        pairs[lag - 1] = np.sum(known[lag:] & known[:-lag] & one)
    return ChannelSums(int(known.sum()), power, lagged, pairs)


def pair_sums(main: Spectra, of: Spectra, known: Mask, runs: Indices | None = None) -> PairSums:
    """The sums of a pair over windows; `known` says which ones are of both, others do not count; `runs` as above."""
    bins = min(main.shape[1], of.shape[1])
    main, of = main[:, :bins], of[:, :bins]
    if not known.all():
        main, of = _only(main, known), _only(of, known)
    power, cross, joint = np.empty(bins), np.empty(bins, np.complex128), np.empty(bins)
    for part in _slices(bins):
        x, y = main.T[part], of.T[part]
        cross[part] = np.vecdot(y, x)
        of_x, of_y = x.real**2 + x.imag**2, y.real**2 + y.imag**2
        power[part] = of_x.sum(axis=1)
        joint[part] = np.vecdot(of_x, of_y)
    return PairSums(power, cross, joint, channel_sums(of, known, runs))


def _only(of: Spectra, known: Mask) -> Spectra:
    """A copy with 0 for windows that are not known, in the same order in memory."""
    return np.where(known, of.T, 0).T


def _slices(bins: int) -> Iterator[slice]:
    """Slices of bins that stay in cache over all windows."""
    for first in range(0, bins, _SLICE):
        yield slice(first, min(first + _SLICE, bins))
