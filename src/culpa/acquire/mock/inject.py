"""From an injection to samples: drawn finely, brought to the channel's rate without aliasing, scaled to its SNR."""

from math import ceil

import numpy as np
import scipy.fft

from ...spectra import Asd, optimal_snr
from ...types import Floats
from .events import Injection
from .shapes import ALL

FINE_RATE = 32768  # Hz at least; no shape has anything to say above half of it
PASSED = 0.9  # fraction of the Nyquist frequency up to which a channel passes everything


def rendered(injection: Injection, sample_rate: int, asd: Asd) -> tuple[int, Floats]:
    """The samples of an injection: GPS second of the first, and values, shape (whole seconds * rate,).

    Their optimal SNR against `asd` is that of the injection, whatever the band limit took away.
    """
    start, wave = _unit(injection, sample_rate)
    return start, wave * (injection.snr / optimal_snr(wave, sample_rate, asd))


def _unit(injection: Injection, sample_rate: int) -> tuple[int, Floats]:
    start, end = injection.span
    factor = ceil(FINE_RATE / sample_rate)
    fine_rate = sample_rate * factor
    times = np.arange((end - start) * fine_rate) / fine_rate - (injection.gps - start)
    inside = slice(*np.searchsorted(times, (-injection.reach, injection.reach)))
    fine = np.zeros_like(times)
    fine[inside] = ALL[injection.family].wave(times[inside], injection.tone)
    return start, _decimated(fine, factor)


def _decimated(fine: Floats, factor: int) -> Floats:
    """Every `factor`-th sample of a band-limited copy.

    Everything passes up to `PASSED` of the new Nyquist frequency, nothing at it, with a cosine between.
    """
    size = len(fine) // factor
    spectrum = scipy.fft.rfft(fine)[: size // 2 + 1]
    position = np.arange(size // 2 + 1) / (size / 2)
    fall = np.clip((position - PASSED) / (1 - PASSED), 0, 1)
    return np.asarray(scipy.fft.irfft(spectrum * np.cos(np.pi / 2 * fall) ** 2, size) / factor)
