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
    """One to five arches of a scatterer that swings less and less, with up to five echoes at multiples of its own.

    An arch lasts `π q / f` s, in which the scatterer makes `2 q` fringes.
    """
    rng = np.random.default_rng(tone.variant)
    period = pi * tone.q / tone.frequency
    first, last = -int(rng.integers(0, 3)), int(rng.integers(0, 3))
    heights = {n: rng.uniform(0.3, 1.0) if n else 1.0 for n in range(first, last + 1)}
    echoes = rng.uniform(0.2, 1.0, int(rng.integers(0, 6)))
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
    """The difference of two oscillators, one of which drifts: Vs where they cross, arcs between them.

    It crosses once, or again and again as one of them swings to and fro; half of single Vs turn softly at the tone's
    frequency instead. It fades towards high frequencies, on either side by an amount of its own.
    """
    rng = np.random.default_rng(tone.variant)
    turn, step = tone.tau * np.sqrt(tone.q / 2), t[1] - t[0] if len(t) > 1 else 0.0
    x, steep, fade = t / turn, rng.uniform(0.6, 1.6, 2), rng.uniform(0.2, 3, 2)
    kind, reach = rng.random(), rng.uniform(2, 8)
    if kind < 0.5:
        swing, middle = 2 * 7.5 ** rng.random(), rng.uniform(-0.9, 0.9)
        above = np.abs(swing * (np.sin(x / swing + np.arcsin(middle)) - middle))
        reach = rng.uniform(4, 20)
    else:
        x = x * np.where(x < 0, steep[0], steep[1])
        above = np.hypot(1, x) if kind < 0.75 else np.abs(x)
    sweep = np.sin(2 * pi * np.cumsum(np.minimum(tone.frequency * above, _HIGHEST)) * step + tone.phase)
    fading = np.hypot(1, above) ** -np.where(t < 0, fade[0], fade[1])
    return np.asarray(sweep * fading * np.exp(-((t / (reach * turn)) ** 4)))


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
