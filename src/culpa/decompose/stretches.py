"""Whitened stretches: a segment of data, whitened once for all the moments in it that are looked at."""

from dataclasses import dataclass, field
from math import ceil, log2

import numpy as np

from ..condition.gaps import flat, missing
from ..condition.whiten import WINDOWS, Whitener
from ..types import Complexes, Floats, Segments, Series, Singles

TAPER = 1.0
"""Length (s) of the taper at each end of a stretch, as long as that of gwpy's whitening filter."""
SMALLEST, LARGEST = 1e-100, 1e100
"""The largest value of a channel lies between these: squares of others are no numbers any more."""


@dataclass(frozen=True)
class Stretch:
    """Whitened samples, scaled so that white noise of the full band has variance 1; shape (samples,).

    `t0` GPS s; `usable` are the GPS intervals that neither a gap nor the tapers at the ends touch; `asd` is the noise
    that they were divided by, unit/sqrt(Hz), bin k at k/duration Hz, infinite where nothing was let through (empty: not
    known).
    """

    values: Singles
    t0: float
    sample_rate: float
    usable: Segments
    asd: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def duration(self) -> float:
        """Length in s."""
        return len(self.values) / self.sample_rate

    def spectrum(self, first: int, size: int) -> Complexes:
        """Transform of `size` samples from index `first` on, noise with E|bin|² = 1; shape (size // 2 + 1,)."""
        from scipy import fft

        return np.asarray(fft.rfft(self.values[first : first + size], norm="ortho"), dtype=np.complex64)


class StretchWhitener:
    """Whitens segments of `duration` s of a channel sampled at `sample_rate` Hz; `band` Hz is what is let through.

    `resolution` Hz is that of the noise spectrum; coarser in steps of two where the data are too short for it.
    """

    def __init__(self, sample_rate: float, duration: float, band: tuple[float, float], resolution: float = 0.5) -> None:
        while 2 * resolution * (duration - 2 * TAPER) - 1 < WINDOWS:
            resolution *= 2
        self._whitener = Whitener(sample_rate, duration, band, TAPER, resolution)
        self._size = round(duration * 2.0 ** ceil(log2(2 * (self._whitener.bins - 1) / duration)))
        self._resolution = resolution

    def __call__(self, series: Series, starts: tuple[float, ...]) -> list[Stretch]:
        """The segments that begin at `starts` (GPS s), whitened by the spectrum of the whole series.

        NaN samples and samples that do not change are left out. Empty where no spectrum can be had.
        """
        from scipy import fft

        if not SMALLEST < np.fmax.reduce(np.abs(series.values), initial=0.0) < LARGEST:
            return []
        gaps = missing(series) | flat(series, 1 / self._resolution)
        whitened = self._whitener(series, starts, gaps)
        if whitened is None:
            return []
        rate, stretches = self._size / whitened.duration, []
        for start, spectrum in zip(starts, whitened.spectra, strict=True):
            inside = Segments.of([(start + TAPER, start + whitened.duration - TAPER)])
            values = fft.irfft(spectrum, self._size, norm="ortho")
            stretches.append(Stretch(values, start, rate, whitened.usable & inside, whitened.asd))
        return stretches
