"""All the noise of a channel: its own, and what arrives of other channels', each at a level that swings for itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...spectra import AmplitudeSpectrum
from .arrivals import Arrival
from .noise import Noise, level


@dataclass(frozen=True)
class TotalNoise:
    """The noise of a channel as it is written.

    Every level swings by the fraction `swing`, 0 to 0.9, with a `period` in s: that of an arrival as its own channel's.
    """

    own: Noise
    arrivals: tuple[Arrival, ...]
    swing: float
    period: float

    @property
    def key(self) -> tuple[int, int]:
        """The key of the channel's own noise."""
        return self.own.key

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        return self.own.sample_rate

    @cached_property
    def asd(self) -> AmplitudeSpectrum:
        """The spectrum of all of it, at mean levels."""
        return self._asd(1.0 for _ in self.arrivals)

    def level(self, gps: float) -> float:
        """The factor on the channel's own noise at a GPS time."""
        return self._level(self.key, gps)

    def asd_at(self, gps: float) -> AmplitudeSpectrum:
        """The spectrum of all of it at a GPS time, divided by `level` there."""
        if not (self.arrivals and self.swing):
            return self.asd
        return self._asd(self._level(arrival.key, gps) / self.level(gps) for arrival in self.arrivals)

    def piece(self, start: int) -> NDArray[Any]:
        """The noise in `[start, start + pieces)`, GPS s; shape (pieces * rate,)."""
        values = self._swinging(self.own, start)
        for arrival in self.arrivals:
            values += self._swinging(arrival, start)
        return values

    def _asd(self, levels: Iterable[float]) -> AmplitudeSpectrum:
        """The root of the sum of squares, where each arrival has a level and the channel's own noise that of 1."""
        if not self.arrivals:
            return self.own.asd
        power = self.own.asd.values**2
        for arrival, factor in zip(self.arrivals, levels, strict=True):
            power += (factor * arrival.asd.values) ** 2
        return AmplitudeSpectrum(np.sqrt(power), self.own.asd.resolution)

    def _swinging(self, source: Noise | Arrival, start: int) -> NDArray[Any]:
        values = source.piece(start)
        if self.swing:
            times = start + np.arange(len(values)) / self.sample_rate
            values *= level(source.key, times, self.swing, self.period)
        return values

    def _level(self, key: tuple[int, int], gps: float) -> float:
        return float(level(key, np.array(gps), self.swing, self.period))
