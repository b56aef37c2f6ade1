"""How some families look in real detectors, where that differs from the mock detector's idea of them.

Sources of the shapes: Zevin et al. 2017, CQG 34 064003, and Glanzer et al. 2023, CQG 40 065004 (what the classes of
Gravity Spy look like); Cabero et al. 2019, CQG 36 155010 (blips); Soni et al. 2021, CQG 38 025016 (scattered light).
"""

from dataclasses import dataclass
from math import pi

import numpy as np

from ...types import Floats
from .families import Range
from .waveforms import Shape, Tone, burst

_HIGHEST = 4000.0  # Hz that sweeps stay below


@dataclass(frozen=True)
class Variant:
    """A shape with the frequencies (Hz) and Qs that it occurs with."""

    shape: Shape
    frequency: Range
    q: Range


def pulse(t: Floats, tone: Tone) -> Floats:
    """One swing or two: a burst of so low a Q that it has hardly a frequency."""
    return burst(t, tone.frequency, tone.tau, tone.phase)


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
    """A V or W: the frequency falls to that of the tone and rises again, up to twelve times as high, once or twice.

    Its sides need not be equally steep, and it fades towards high frequencies by an amount of its own.
    """
    rng = np.random.default_rng(tone.variant)
    turn = tone.tau * np.sqrt(tone.q / 2)
    reach, fade = rng.uniform(3, 12), rng.uniform(0.5, 2)
    apart = rng.uniform(2, 8) * turn if rng.random() < 0.4 else 0.0
    wave = np.zeros_like(t)
    for at, weight in ((-apart / 2, 1.0), (apart / 2, rng.uniform(0.4, 1))) if apart else ((0.0, 1.0),):
        steep = rng.uniform(0.6, 1.6, 2)
        x = (t - at) / turn * np.where(t < at, steep[0], steep[1])
        frequency = np.minimum(tone.frequency * np.hypot(1, x), _HIGHEST)
        step = t[1] - t[0] if len(t) > 1 else 0.0
        sweep = np.sin(2 * pi * np.cumsum(frequency) * step + tone.phase)
        wave += weight * sweep * np.hypot(1, x) ** -fade * np.exp(-((np.abs(x) / reach) ** 4))
    return wave


def _widths(count: float) -> Shape:
    return Shape(pulse, lambda tone: count * tone.tau)


VARIANTS = {
    "blip": (Variant(_widths(4.5), (80.0, 500.0), (1.0, 2.5)),),
    "tomte": (Variant(_widths(4.5), (22.0, 75.0), (1.2, 3.5)),),
    "scattered_light": (
        Variant(Shape(arches, lambda tone: 2.5 * pi * tone.q / tone.frequency), (14.0, 90.0), (8.0, 40.0)),
    ),
    "whistle": (
        Variant(Shape(beat_note, lambda tone: 16 * tone.tau * np.sqrt(tone.q / 2)), (80.0, 1600.0), (4.0, 80.0)),
    ),
}
"""Other looks of a family, by its name."""
