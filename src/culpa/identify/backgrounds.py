"""Noise to put glitches into: simulated with many spectra, or whitened from frames."""

from dataclasses import dataclass

import numpy as np

from ..acquire.mock.channels import Channel
from ..acquire.mock.designs import DESIGNS, design_asd
from ..types import Floats
from .rendering import SECONDS, Ground

RATES = (16384, 16384, 16384, 8192, 4096, 4096, 2048, 1024, 512)
"""Sampling rates of channels (Hz), as often as they are drawn."""
_WHITE_RATE = 8192  # Hz, the most that the whitened noise of any channel is sampled at
_LOWEST, _PASSED = 8.0, 0.45  # Hz, and fraction of the sampling rate: what is let through


@dataclass(frozen=True)
class SimulatedBackgrounds:
    """White noise that stands for any spectrum: strain, every kind of auxiliary channel, plain power laws."""

    rates: tuple[int, ...] = RATES

    def draw(self, rng: np.random.Generator) -> Ground:
        """One background; its rate, spectrum and noise are drawn anew."""
        rate = int(rng.choice(self.rates))
        white = min(rate, _WHITE_RATE)
        frequencies = np.arange(white * SECONDS // 2 + 1) / SECONDS
        asd = _spectrum(rng, frequencies, rate)
        asd[(frequencies < _LOWEST) | (frequencies > _PASSED * rate)] = np.inf
        return Ground(rate, rng.standard_normal(white * SECONDS, dtype=np.float32), asd)


def _spectrum(rng: np.random.Generator, frequencies: Floats, rate: int) -> Floats:
    kind = rng.choice(["strain", "strain", "auxiliary", "flat", "power"])
    if kind == "flat":
        return np.ones_like(frequencies)
    if kind == "power":
        low, high = np.exp(rng.uniform(np.log([15, 100]), np.log([80, 800])))
        f = np.hypot(frequencies, _LOWEST)
        return np.asarray(np.hypot(np.hypot(1, (low / f) ** rng.uniform(1, 8)), (f / high) ** rng.uniform(0, 1)))
    subsystem = "strain" if kind == "strain" else str(rng.choice(list(DESIGNS)))
    channel = Channel(f"K1:{subsystem}-{rng.integers(2**31)}", rate, subsystem)
    return np.array(design_asd(channel, lines=bool(rng.random() < 0.7))(frequencies))
