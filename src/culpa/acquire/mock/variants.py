"""How some families look in real detectors, where that differs from the mock detector's idea of them.

Sources of the shapes: Zevin et al. 2017, CQG 34 064003, and Glanzer et al. 2023, CQG 40 065004 (what the classes of
Gravity Spy look like); Bondarescu et al. 2023, PRD 108 122004 (spectra of blips and tomtes, and the frequencies and
widths that fits to several hundred of each gave); Soni et al. 2021, CQG 38 025016 (scattered light).
"""

from dataclasses import dataclass
from math import pi

import numpy as np

from ...types import Floats
from .families import Range
from .waveforms import Shape, Tone

_HIGHEST = 4000.0  # Hz that sweeps stay below


@dataclass(frozen=True)
class Variant:
    """A shape with the frequencies (Hz) and Qs that it occurs with."""

    shape: Shape
    frequency: Range
    q: Range


def pulse(t: Floats, tone: Tone) -> Floats:
    """A pulse whose amplitude spectrum is a Gaussian of the logarithm of frequency, all frequencies peaking together.

    Its width there is `√2 / q`, which near the tone's frequency is that of a burst of the same Q.
    """
    step = t[1] - t[0] if len(t) > 1 else 1.0
    frequency = np.fft.rfftfreq(len(t), step)
    spectrum = np.zeros(len(frequency), complex)
    away = np.log(frequency[1:] / tone.frequency)
    spectrum[1:] = np.exp(-((tone.q * away / 2) ** 2) + 1j * tone.phase + 2j * pi * frequency[1:] * t[:1])
    wave = np.fft.irfft(spectrum, len(t))
    return np.asarray(wave / np.abs(wave).max(initial=1e-300) * np.exp(-((t / (0.8 * _pulse_reach(tone))) ** 8)))


def _pulse_reach(tone: Tone) -> float:
    """Three swings of the lowest frequency that matters, √2 widths below the tone's."""
    return float(3 * np.exp(2 / tone.q) / tone.frequency)


def arches(t: Floats, tone: Tone) -> Floats:
    """One to five arches of a scatterer that swings less and less, with up to two echoes at multiples of its frequency.

    An arch lasts `π q / f` s, in which the scatterer makes `2 q` fringes.
    """
    rng = np.random.default_rng(tone.variant)
    period = pi * tone.q / tone.frequency
    first, last = -int(rng.integers(0, 3)), int(rng.integers(0, 3))
    heights = {n: rng.uniform(0.3, 1.0) if n else 1.0 for n in range(first, last + 1)}
    echoes = rng.uniform(0.2, 0.8, int(rng.integers(0, 3)))
    wave = np.zeros_like(t)
    for n, height in heights.items():
        x = t / period - n
        inside = np.abs(x) < 0.5
        angle = pi * x[inside]
        fringes = 2 * tone.frequency * period * np.sin(angle)
        for order, weight in enumerate((1.0, *echoes), start=1):
            wave[inside] += height * weight * np.cos(angle) * np.sin(order * fringes + tone.phase)
    return wave


def beat_note(t: Floats, tone: Tone) -> Floats:
    """One to five Vs: the frequency falls to that of the tone or below, and rises again, up to 13 times as high.

    Their sides need not be equally steep, and each fades towards high frequencies by an amount of its own; half of them
    turn softly at the tone's frequency, the others sharply at a quarter of it.
    """
    rng = np.random.default_rng(tone.variant)
    turn, step = tone.tau * np.sqrt(tone.q / 2), t[1] - t[0] if len(t) > 1 else 0.0
    count = int(rng.integers(2, 6)) if rng.random() < 0.5 else 1
    gap = rng.uniform(2, 7) * turn * np.exp(0.2 * rng.normal(size=count))
    times = np.cumsum(gap) - gap[0]
    times -= times[int(rng.integers(count))]
    sharp, reach = rng.random() < 0.5, rng.uniform(2, 8)
    wave = np.zeros_like(t)
    for at in np.clip(times, -14 * turn, 14 * turn):
        weight = 1.0 if at == 0 else rng.uniform(0.3, 1)
        steep, fade = rng.uniform(0.6, 1.6, 2), rng.uniform(0.3, 2, 2)
        x = (t - at) / turn * np.where(t < at, steep[0], steep[1])
        above = np.maximum(np.abs(x), 0.25) if sharp else np.hypot(1, x)
        sweep = np.sin(2 * pi * np.cumsum(np.minimum(tone.frequency * above, _HIGHEST)) * step + tone.phase)
        fading = np.hypot(1, x) ** -np.where(t < at, fade[0], fade[1])
        wave += weight * sweep * fading * np.exp(-(((t - at) / (reach * turn)) ** 4))
    return wave


_PULSE = Shape(pulse, _pulse_reach)
VARIANTS = {
    "blip": (Variant(_PULSE, (12.0, 60.0), (0.7, 1.3)), Variant(_PULSE, (50.0, 400.0), (0.7, 3.5))),
    "tomte": (Variant(_PULSE, (12.0, 35.0), (1.3, 3.9)),),
    "scattered_light": (
        Variant(Shape(arches, lambda tone: 2.5 * pi * tone.q / tone.frequency), (14.0, 90.0), (8.0, 40.0)),
    ),
    "whistle": (
        Variant(Shape(beat_note, lambda tone: 30 * tone.tau * np.sqrt(tone.q / 2)), (80.0, 1600.0), (4.0, 80.0)),
    ),
}
"""Other looks of a family, by its name."""
