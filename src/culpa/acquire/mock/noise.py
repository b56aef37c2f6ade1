"""Coloured Gaussian noise that is the same whatever piece of it is asked for, and whose spectrum is known exactly.

White noise comes from a counter-based generator, one counter per channel and GPS second. It is filtered by a finite
zero-phase kernel, with margins: so there is no seam, and no state to carry from one piece to the next. What the noise
follows is not the design but the kernel's own response, and that is the spectrum handed out.
"""

from dataclasses import dataclass
from functools import cached_property
from math import pi, sqrt
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ...spectra import AmplitudeSpectrum, Asd
from ...types import Floats

Precision = type[np.float32] | type[np.float64]
MARGIN = 4
"""Reach of the kernel in s on either side."""


@dataclass(frozen=True)
class Noise:
    """The noise of one channel.

    `kernel` has shape (2 * MARGIN * rate,), zero lag first, as in a discrete Fourier transform; `key` is the
    generator's, two unsigned 64-bit integers; `dtype` is the precision of everything drawn; `pieces` the length in s of
    a `piece`.
    """

    kernel: Floats
    key: tuple[int, int]
    sample_rate: int
    dtype: Precision
    pieces: int

    @cached_property
    def asd(self) -> AmplitudeSpectrum:
        """The spectrum that the noise has, four times as fine as the kernel resolves it."""
        gain = response(self.kernel, 4 * len(self.kernel))
        return AmplitudeSpectrum(gain * sqrt(2 / self.sample_rate), 1 / (8 * MARGIN))

    @cached_property
    def _response(self) -> NDArray[Any]:
        size = (self.pieces + 2 * MARGIN) * self.sample_rate
        return np.asarray(response(self.kernel, size), self.dtype)

    def piece(self, start: int) -> NDArray[Any]:
        """The noise in `[start, start + pieces)`, GPS s; shape (pieces * rate,)."""
        size = (self.pieces + 2 * MARGIN) * self.sample_rate
        draws = self.white(start - MARGIN, self.pieces + 2 * MARGIN)
        coloured = scipy.fft.irfft(scipy.fft.rfft(draws) * self._response, size, overwrite_x=True)
        reach = MARGIN * self.sample_rate  # what wraps around at either end
        kept: NDArray[Any] = coloured[reach:-reach]
        return kept

    def white(self, start: int, seconds: int) -> NDArray[Any]:
        """What it is made of: standard normal samples of whole GPS seconds, shape (seconds * rate,)."""
        return white(self.key, start, seconds, self.sample_rate, self.dtype)


def noise_like(design: Asd, seed: int, channel: str, sample_rate: int, dtype: Precision, pieces: int) -> Noise:
    """The noise of a channel whose spectrum is a design smoothed to about 0.3 Hz."""
    return Noise(kernel_like(design, sample_rate), _key(seed, channel), sample_rate, dtype, pieces)


def kernel_like(design: Asd, sample_rate: int) -> Floats:
    """The `kernel` of noise whose spectrum is a design smoothed to about 0.3 Hz.

    The taper (Parzen) has a positive transform, so that the smoothed spectrum is positive wherever the design is.
    """
    size = 2 * MARGIN * sample_rate
    wanted = design(np.arange(size // 2 + 1) / (2 * MARGIN)) * sqrt(sample_rate / 2)
    lag = np.abs(scipy.fft.fftfreq(size))  # 0 to 0.5 of the kernel's length
    return np.asarray(scipy.fft.irfft(wanted, size) * _parzen(2 * lag))


def response(kernel: Floats, size: int) -> Floats:
    """What a zero-phase kernel does to each frequency of a transform of `size` samples; shape (size // 2 + 1,)."""
    half = len(kernel) // 2
    padded = np.concatenate([kernel[:half], np.zeros(size - len(kernel)), kernel[half:]])
    return np.asarray(scipy.fft.rfft(padded).real)


def white(key: tuple[int, int], start: int, seconds: int, sample_rate: int, dtype: Precision) -> NDArray[Any]:
    """Independent standard normal samples of whole GPS seconds; each second has a counter of its own."""
    counters = ((0, 0, 0, second) for second in range(start, start + seconds))
    streams = (np.random.Generator(np.random.Philox(key=key, counter=counter)) for counter in counters)
    if dtype is np.float32:
        return np.concatenate([stream.standard_normal(sample_rate, np.float32) for stream in streams])
    return np.concatenate([stream.standard_normal(sample_rate) for stream in streams])


def level(key: tuple[int, int], times: Floats, swing: float, period: float) -> Floats:
    """The factor on a channel's noise at GPS times, shape as given: `1 + swing * sin`, with a phase from the key."""
    return 1 + swing * np.sin(2 * pi * (times / period + key[0] / 2**64))


def _key(seed: int, channel: str) -> tuple[int, int]:
    first, second = np.random.SeedSequence([seed, *channel.encode()]).generate_state(2, np.uint64)
    return int(first), int(second)


def _parzen(x: Floats) -> Floats:
    """The Parzen window for distances 0 to 1 from its centre."""
    return np.where(x < 0.5, 1 - 6 * x**2 * (1 - x), 2 * (1 - x) ** 3)
