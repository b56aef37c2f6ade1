"""What arrives in the main channel of the auxiliary channels' noise: filtered, delayed, at the main channel's rate.

It is made of the very white noise that the auxiliary channel is made of, by a finite kernel of another shape. So the
transfer function between the channels is the ratio of two kernels' responses: it is known exactly, and so is the
coherence. As with noise itself there is no seam, and no state to carry from one piece to the next.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import pi

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ...errors import UsageError, nearest
from ...spectra import AmplitudeSpectrum, Asd
from ...types import Floats
from .channels import Channel
from .designs import design_asd
from .inject import PASSED
from .linear import NARROWEST, LinearCoupling
from .noise import MARGIN, Noise, kernel_like, response
from .settings import MockSettings

_REACH = MARGIN + 1  # s on either side: of a kernel, and of the longest delay


@dataclass(frozen=True)
class Arrival:
    """What arrives in the main channel of one auxiliary channel's noise, by all its couplings together.

    `passed` is what each coupling lets through, as it would be in the auxiliary channel, `delays` are as many, in s;
    `sample_rate` is the main channel's, in Hz.
    """

    channel: str
    passed: tuple[Noise, ...]
    delays: tuple[float, ...]
    sample_rate: int

    @property
    def key(self) -> tuple[int, int]:
        """The auxiliary channel's: whose white noise it is, and whose level."""
        return self.passed[0].key

    @cached_property
    def asd(self) -> AmplitudeSpectrum:
        """Its spectrum in the main channel, from 0 Hz to that channel's Nyquist frequency."""
        spectra = [noise.asd for noise in self.passed]
        waves = self._together([spectrum.values for spectrum in spectra], spectra[0].frequencies)
        size = round(self.sample_rate / 2 / spectra[0].resolution) + 1
        kept = np.abs(waves[:size])
        return AmplitudeSpectrum(np.pad(kept, (0, size - len(kept))), spectra[0].resolution)

    @property
    def _seconds(self) -> int:
        return self.passed[0].pieces + 2 * _REACH

    @cached_property
    def _response(self) -> NDArray[np.complex128]:
        """The factor on a transform of white noise that makes one of what arrives, up to the lower Nyquist frequency.

        With it the gain of an inverse transform of another size.
        """
        rate = self.passed[0].sample_rate
        common = self._seconds * min(rate, self.sample_rate) // 2 + 1
        responses = [response(noise.kernel, self._seconds * rate)[:common] for noise in self.passed]
        return self._together(responses, np.arange(common) / self._seconds) * (self.sample_rate / rate)

    def _together(self, amplitudes: list[Floats], frequencies: Floats) -> NDArray[np.complex128]:
        """The sum of amplitudes at some frequencies in Hz, each with the phase of its delay."""
        waves = np.zeros(len(frequencies), np.complex128)
        for amplitude, delay in zip(amplitudes, self.delays, strict=True):
            waves += amplitude * np.exp(-2j * pi * delay * frequencies)
        return waves

    def piece(self, start: int) -> Floats:
        """What arrives in `[start, start + pieces)`, GPS s; shape (pieces * rate,), double precision."""
        draws = self.passed[0].white(start - _REACH, self._seconds).astype(np.float64)
        arriving = scipy.fft.rfft(draws)[: len(self._response)] * self._response
        values = scipy.fft.irfft(arriving, self._seconds * self.sample_rate, overwrite_x=True)
        reach = _REACH * self.sample_rate  # what wraps around at either end
        kept: Floats = values[reach:-reach]
        return kept


def arrivals(settings: MockSettings, main: Channel, auxiliary: Mapping[Channel, Noise]) -> tuple[Arrival, ...]:
    """What arrives in the main channel of each auxiliary channel that is coupled linearly.

    Raises UsageError for a coupling of a name that is no auxiliary channel, or of a band above what a channel holds.
    """
    return tuple(_arrivals(settings, main, {channel.name: noise for channel, noise in auxiliary.items()}))


def _arrivals(settings: MockSettings, main: Channel, auxiliary: Mapping[str, Noise]) -> Iterator[Arrival]:
    own = design_asd(main, settings.lines)
    for name in dict.fromkeys(coupling.channel for coupling in settings.linear):
        if name not in auxiliary:
            raise UsageError(f"mock.linear: no auxiliary channel {name!r}", nearest(name, auxiliary))
        source = auxiliary[name]
        mine = [coupling for coupling in settings.linear if coupling.channel == name]
        designs = [_design(coupling, own, min(source.sample_rate, main.sample_rate)) for coupling in mine]
        passed = tuple(replace(source, kernel=kernel_like(design, source.sample_rate)) for design in designs)
        yield Arrival(name, passed, tuple(coupling.delay for coupling in mine), main.sample_rate)


def _design(coupling: LinearCoupling, own: Asd, sample_rate: int) -> Asd:
    """What a coupling lets through of noise sampled at a rate in Hz: a share of the spectrum `own` in its band."""
    low, high = coupling.frequency
    most = PASSED * sample_rate / 2
    if low > most - NARROWEST:
        raise UsageError(
            f"mock.linear: {coupling.channel} reaches the main channel below {most:g} Hz only, not {low:g} to {high:g}",
            "take lower frequencies, or channels of higher rates",
        )
    return lambda f: np.where((f >= low) & (f <= min(high, most)), coupling.level * own(f), 0.0)
