"""Two-pass whitening of the segments of a stretch of data.

Source: Robinet et al. 2020, arXiv 2007.11374, section 3.1. The first pass divides each segment's spectrum by the noise
spectrum of the data; the second by that of the whitened data, which removes what leaked in the first. What the first
spectrum has of statistical error is in the second too, and cancels: only the second need use all windows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import Complexes, Floats, Segments, Series
from .fourier import RealTransform
from .gaps import gate, rise
from .psd import Periodograms, median_psd

WINDOWS = 16
"""Windows that the second spectrum needs: with fewer, noise is divided by chance and false triggers abound."""
_GUARD = 4
"""Bins of the noise spectrum by which more is let through than is asked for."""
_RANGE = 1e12
"""Samples are cut to this many times the typical one: more is beyond what double precision holds beside the noise."""
_LOUD = 1e5
"""A segment with a sample this many times the noise fills its spectrum with the rounding of single precision."""
_ROUNDING = 1e-15
"""A channel whose variation is smaller than this, relative to its values, is constant."""
_LEAST = 0.05
"""Least value of the second spectrum: it falls to 0 outside the band that is let through."""


@dataclass(frozen=True)
class Whitened:
    """Whitened segments of one length.

    `spectra` has shape (segments, bins), bin k at k/duration Hz, scaled so that noise has E|bin|² = 1, but for the
    tapers at both ends, and a signal of optimal SNR ρ between them has Σ|bin|² = ρ²/2. `starts` GPS s; `asd` one-sided,
    unit/sqrt(Hz), shape (bins,), infinite where nothing was let through; `usable` are the GPS intervals that no gap
    touches.
    """

    spectra: Complexes
    starts: tuple[float, ...]
    duration: float
    asd: Floats
    usable: Segments


class Whitener:
    """Whitens segments of a fixed length and sample rate.

    `band` Hz is what is let through; `taper` s is the length of the taper at each end of a segment, whose data are not
    to be used; `resolution` Hz is that of the noise spectra.
    """

    def __init__(
        self,
        sample_rate: float,
        duration: float,
        band: tuple[float, float],
        taper: float,
        resolution: float,
    ) -> None:
        self.sample_rate, self.duration, self.taper, self.resolution = sample_rate, duration, taper, resolution
        self._size = round(sample_rate * duration)
        self._rise = rise(round(taper * sample_rate))
        # the second pass is not trusted within a few bins of where the pass band ends
        low, high = band[0] - _GUARD * resolution, band[1] + _GUARD * resolution
        self._low = max(1, int(np.floor(low * duration)))
        self.bins = min(self._size // 2, int(np.ceil(high * duration))) + 1
        reduced, factor = self._size, 1
        while reduced % 2 == 0 and reduced // 4 >= self.bins and round(sample_rate / resolution) % (2 * factor) == 0:
            reduced, factor = reduced // 2, 2 * factor
        self._forward = RealTransform("forward", self._size, single=False)
        self._inverse = RealTransform("inverse", reduced, single=True)
        self._reduced_rate = sample_rate / factor
        self._raw = Periodograms(sample_rate, resolution, lists=1, single=False)
        self._white = Periodograms(self._reduced_rate, resolution, lists=2, single=True)

    def __call__(self, series: Series, starts: tuple[float, ...], gaps: Segments) -> Whitened | None:
        """The segments that begin at `starts` (GPS s), whitened by the spectrum of the whole series.

        `gaps` (GPS s) hold what is not to be used, at least every NaN sample: they are gated, and `usable` says where
        the result may be trusted. None where no spectrum can be had: nothing but gaps or a constant, or fewer than
        `WINDOWS` windows without a gap.
        """
        values = gate(series, gaps, self.taper)
        first_psd = self._first_psd(series, values, gaps)
        if first_psd is None:
            return None
        spectra = np.empty((len(starts), self.bins), np.complex64)
        weights = self._weights(first_psd)
        for spectrum, start in zip(spectra, starts, strict=True):
            at = round((start - series.t0) * self.sample_rate)
            self._whiten(values[at : at + self._size], weights, spectrum)
        second_psd = self._second_psd(spectra, starts, gaps)
        if second_psd is None:
            return None
        second = _interpolated(second_psd, self.resolution, self.duration, self.bins)
        scale = np.repeat((1 / np.sqrt(second)).astype(np.float32), 2)
        for spectrum in spectra:
            numbers = spectrum.view(np.float32)
            numbers *= scale
        with np.errstate(divide="ignore"):
            asd = np.sqrt(second) * np.sqrt(2 / self.duration) / (self.sample_rate * weights[::2])
        usable = Segments.of([(series.t0, series.end)]) - Segments.of((a - self.taper, b + self.taper) for a, b in gaps)
        return Whitened(spectra, starts, self.duration, asd, usable)

    def whiten_by(self, values: Floats, asd: Floats) -> Complexes:
        """One segment whitened by a known one-sided ASD (shape (bins,), bin k at k/duration Hz); shape (bins,)."""
        spectrum = np.empty(self.bins, np.complex64)
        weights = np.repeat(np.sqrt(2 / self.duration) / (self.sample_rate * np.asarray(asd, float)), 2)
        weights[: 2 * self._low] = 0
        self._whiten(values, weights, spectrum)
        return spectrum

    def _first_psd(self, series: Series, values: Floats, gaps: Segments) -> Floats | None:
        unit = _unit(values)
        some = series.values[:: len(values) // 1000 + 1]
        if unit <= _ROUNDING * np.abs(some[np.isfinite(some)]).max(initial=0.0):
            return None
        if max(values.max(), -values.min()) > _RANGE * unit:
            np.clip(values, -_RANGE * unit, _RANGE * unit, out=values)
        powers = self._raw.room(self._raw.count(len(values)))
        self._raw.of(values, powers, unit)
        self._leave_out(powers, series.t0, self._raw.step / self.sample_rate, gaps)
        psd = median_psd(powers, self._raw.lists)
        used = psd[
            int(self._low / self.duration / self.resolution) : int(self.bins / self.duration / self.resolution) + 2
        ]
        if not np.any(used > 0):
            return None
        floor = np.min(used[used > 0])
        return np.asarray(np.maximum(psd, floor) * unit**2)

    def _weights(self, psd: Floats) -> Floats:
        """What turns a transform into a whitened spectrum, each twice (real and imaginary part), shape (2 bins,)."""
        weights = np.sqrt(2 / self.duration / _interpolated(psd, self.resolution, self.duration, self.bins))
        weights[: self._low] = 0
        return np.repeat(weights / self.sample_rate, 2)

    def _whiten(self, values: Floats, weights: Floats, spectrum: Complexes) -> None:
        source, taper = self._forward.source[0], len(self._rise)
        source[:] = values
        source[:taper] *= self._rise
        source[self._size - taper :] *= self._rise[::-1]
        self._forward()
        numbers = self._forward.target[0, : self.bins].view(np.float64)
        np.multiply(numbers, weights, out=spectrum.view(np.float32), casting="same_kind")

    def _second_psd(self, spectra: Complexes, starts: tuple[float, ...], gaps: Segments) -> Floats | None:
        """Power density of the whitened data, 1 where the first pass was right; taken from the middle of segments."""
        edge = round(self.taper * self._reduced_rate)
        # the inverse transform is not normalised; with this unit, white noise with E|bin|² = 1 has power density 1
        unit = np.sqrt(2 * self.duration)
        windows = self._white.count(self._inverse.target.shape[1] - 2 * edge)
        everything = self._white.room(windows * len(starts))
        loud = np.zeros(len(everything), bool)
        for i, (spectrum, start) in enumerate(zip(spectra, starts, strict=True)):
            self._inverse.source[0, : self.bins] = spectrum
            self._inverse.source[0, self.bins :] = 0
            self._inverse()
            middle = self._inverse.target[0, edge : self._inverse.target.shape[1] - edge]
            powers = everything[i * windows : (i + 1) * windows]
            self._white.of(middle, powers, unit)
            loud[i * windows : (i + 1) * windows] = np.abs(middle).max() > _LOUD * np.sqrt(2 * self.bins)
            self._leave_out(powers, start + self.taper, self._white.step / self._reduced_rate, gaps)
        usable = np.isfinite(everything[:, 0])
        if usable.sum() < WINDOWS:
            return None
        if (usable & ~loud).sum() >= WINDOWS:
            everything[loud] = np.nan
        psd = median_psd(everything, self._white.lists)
        return np.asarray(np.maximum(psd, _LEAST))

    def _leave_out(self, powers: NDArray[np.float32], t0: float, step: float, gaps: Segments) -> None:
        for start, end in gaps:
            first = int(np.floor((start - self.taper - t0) / step)) - 1
            last = int(np.ceil((end + self.taper - t0) / step))
            powers[max(0, first) : max(0, last)] = np.nan


def _unit(values: Floats) -> float:
    """The size of typical samples, which a spike does not move, or of all where most are 0; a power of two, or 0.

    Powers of two scale without rounding, so that what is computed does not depend on where the samples lie in memory.
    """
    size = float(np.median(np.abs(values[:: len(values) // 4096 + 1]))) or float(np.max(np.abs(values)))
    return 2.0 ** round(np.log2(size)) if size > 0 else 0.0


def _interpolated(psd: Floats, resolution: float, duration: float, bins: int) -> Floats:
    """A power density on the bins of a longer transform, straight lines in the logarithm."""
    logarithm = np.log(psd)
    places = np.arange(bins) / (duration * resolution)
    return np.exp(np.interp(places, np.arange(len(psd)), logarithm))
