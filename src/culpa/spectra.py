"""Amplitude spectra and the noise-weighted inner product: what "SNR" means everywhere in this program."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import scipy.fft

from .types import Floats

Asd = Callable[[Floats], Floats]
"""One-sided amplitude spectral density (unit/sqrt(Hz)) as a function of frequencies in Hz."""


@dataclass(frozen=True)
class AmplitudeSpectrum:
    """A one-sided amplitude spectral density on a regular grid, itself an `Asd`.

    `values` has shape (bins,), unit/sqrt(Hz), the first at 0 Hz; `resolution` is the grid step in Hz.
    """

    values: Floats
    resolution: float

    @property
    def frequencies(self) -> Floats:
        """The grid in Hz, shape (bins,)."""
        return np.arange(len(self.values), dtype=np.float64) * self.resolution

    def __call__(self, frequencies: Floats) -> Floats:
        """The density at any frequencies in Hz inside the grid, linear between its points.

        Raises ValueError for a frequency above the last point: nothing is known there.
        """
        top = (len(self.values) - 1) * self.resolution
        if np.max(frequencies, initial=0.0) > top * (1 + 1e-12):
            raise ValueError(f"the spectrum ends at {top:g} Hz, asked for {np.max(frequencies):g} Hz")
        return np.asarray(np.interp(frequencies, self.frequencies, self.values), dtype=np.float64)


def inner_product(a: Floats, b: Floats, sample_rate: float, asd: Asd, resolution: float = 1 / 32) -> float:
    """The noise-weighted inner product of two waveforms: `4 Re ∫ ã(f) b̃*(f) / S(f) df` from 0 to the Nyquist frequency.

    `a` and `b` have shape (samples,), start together and may differ in length; zero outside. The integral is a sum with
    steps of at most `resolution` Hz, finer than any feature of the spectrum. Source: Cutler & Flanagan 1994, eq. 2.1.
    """
    size = scipy.fft.next_fast_len(max(len(a), len(b), ceil(sample_rate / resolution)), real=True)
    frequencies = np.arange(size // 2 + 1) * (sample_rate / size)
    product = scipy.fft.rfft(a, size) * np.conj(scipy.fft.rfft(b, size)) / asd(frequencies) ** 2
    twice = product.real
    twice[0] /= 2  # 0 Hz and, for an even length, the Nyquist frequency have no negative twin
    if size % 2 == 0:
        twice[-1] /= 2
    return float(4 * twice.sum() / (sample_rate * size))


def optimal_snr(waveform: Floats, sample_rate: float, asd: Asd) -> float:
    """The SNR that a perfectly matched filter finds without noise: `sqrt((h, h))`, h with shape (samples,)."""
    return sqrt(inner_product(waveform, waveform, sample_rate, asd))
