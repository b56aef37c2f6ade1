"""The shapes of glitches: analytic functions of continuous time, peak of the envelope at 0 s, finite reach.

The building block is the sine-Gaussian `sin(2π f t + phase) exp(−t²/τ²)` with `τ = q / (2π f)`, the convention of the
Q-transform. Every shape takes times in s, shape (samples,), and a `Tone`, and gives as many values, about 1 at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from ...types import Floats


@dataclass(frozen=True)
class Tone:
    """What a shape is made from: frequency in Hz, quality factor, phase in rad.

    `variant` is an integer that fixes whatever is irregular about a shape.
    """

    frequency: float
    q: float
    phase: float = 0.0
    variant: int = 0

    @property
    def tau(self) -> float:
        """The time scale `q / (2π f)` in s."""
        return self.q / (2 * pi * self.frequency)


@dataclass(frozen=True)
class Shape:
    """A waveform; `reach` gives the time in s on either side of 0 beyond which it is negligible.

    `in_witness` gives frequency and Q of what the witness sees while the main channel sees some frequency and Q.
    """

    wave: Callable[[Floats, Tone], Floats]
    reach: Callable[[Tone], float]
    in_witness: Callable[[float, float], tuple[float, float]] = lambda frequency, q: (frequency, q)


def burst(t: Floats, frequency: float, tau: float, phase: float) -> Floats:
    """A sine-Gaussian of a width `tau` in s."""
    return np.sin(2 * pi * frequency * t + phase) * np.exp(-((t / tau) ** 2))


def sine_gaussian(t: Floats, tone: Tone) -> Floats:
    """A burst of one frequency: a round spot in a Q-scan; narrow and high, it is the "dot"."""
    return burst(t, tone.frequency, tone.tau, tone.phase)


def blip(t: Floats, tone: Tone) -> Floats:
    """A short tear drop: the higher the frequency, the shorter the burst, all peaking together."""
    drop = np.zeros_like(t)
    for ratio, weight in ((1.0, 1.0), (1.8, 0.8), (3.2, 0.6)):
        drop += weight * burst(t, tone.frequency * ratio, tone.tau / ratio**1.5, tone.phase)
    return drop


def helix(t: Floats, tone: Tone) -> Floats:
    """Seven short pulses in a row whose frequency winds around that of the tone; the middle one is the strongest."""
    train = np.zeros_like(t)
    for n in range(-3, 4):
        frequency = tone.frequency * (1 + 0.3 * np.sin(n * pi / 2))
        train += (1 - abs(n) / 5) * burst(t - n * 4 * tone.tau, frequency, tone.tau, tone.phase)
    return train


def scratchy(t: Floats, tone: Tone) -> Floats:
    """An irregular cluster of 24 weaker bursts around a strongest one."""
    rng = np.random.default_rng(tone.variant)
    cluster = sine_gaussian(t, tone)
    for time, pitch, weight, phase in rng.uniform((-20, 0.7, 0.2, 0), (20, 1.4, 0.8, 2 * pi), (24, 4)):
        cluster += weight * burst(t - time * tone.tau, tone.frequency * pitch, tone.tau / pitch, phase)
    return cluster


def scattered_light(t: Floats, tone: Tone) -> Floats:
    """Three arches: the frequency follows `f |cos|` of a slowly swinging mirror, brightest in the middle arch.

    Source: Accadia et al. 2010, CQG 27 194011: the fringe frequency is proportional to the speed of the scatterer.
    """
    period = _arch(tone)
    arch = np.round(t / period)
    angle = pi * (t / period - arch)
    height = np.select([arch == 0, abs(arch) == 1], [1.0, 0.5], 0.0)
    fringes = 2 * tone.frequency * period * (np.sin(angle) + 2 * arch)  # the integral of 2π f |cos(π t / period)|
    return np.asarray(height * np.cos(angle) * np.sin(fringes + tone.phase))


def line(t: Floats, tone: Tone) -> Floats:
    """One frequency switched softly on and off: long, narrow, flat."""
    return np.sin(2 * pi * tone.frequency * t + tone.phase) * np.exp(-((t / (6 * tone.tau)) ** 8))


def whistle(t: Floats, tone: Tone) -> Floats:
    """A V: the frequency comes down to that of the tone, turns, and goes up again to about three times as much."""
    x = t / _turn(tone)
    angle = pi * tone.frequency * _turn(tone) * (x * np.sqrt(1 + x**2) + np.arcsinh(x))  # of 2π f sqrt(1 + x²)
    return np.sin(angle + tone.phase) * np.exp(-((x / 3) ** 4))


def tomte(t: Floats, tone: Tone) -> Floats:
    """A fast rise and a slow decay: the width of the envelope grows smoothly from τ to 3τ."""
    x = t / tone.tau
    envelope = np.exp(-((x / (2 + np.tanh(x))) ** 2))
    return np.asarray(np.sin(2 * pi * tone.frequency * t + tone.phase) * envelope)


def low_frequency_burst(t: Floats, tone: Tone) -> Floats:
    """A broad burst whose frequency creeps up."""
    x = t / tone.tau
    return np.sin(2 * pi * tone.frequency * t * (1 + x / 20) + tone.phase) * np.exp(-((x / 2) ** 4))


def koi_fish(t: Floats, tone: Tone) -> Floats:
    """A broad-band body, long at low and short at high frequency, between two fins of half the frequency."""
    fish = np.zeros_like(t)
    for ratio, weight in ((0.5, 0.6), (1.0, 1.0), (2.0, 0.8), (4.0, 0.6)):
        fish += weight * burst(t, tone.frequency * ratio, tone.tau / ratio**1.3, tone.phase)
    for side in (-4, 4):
        fish += 0.6 * burst(t - side * tone.tau, tone.frequency / 2, tone.tau, tone.phase)
    return fish


def _arch(tone: Tone) -> float:
    """Time in s from foot to foot of an arch; it stays within `f/q` of its top for about 6τ."""
    return float(tone.q**1.5 / tone.frequency)


def _turn(tone: Tone) -> float:
    """Time in s that a whistle takes to leave its lowest frequency, which it dwells within `f/q` of for about τ."""
    return tone.tau * sqrt(tone.q / 2)


def _taus(factor: float) -> Callable[[Tone], float]:
    return lambda tone: factor * tone.tau


_CUT = 4.5  # exp(−4.5²) = 2e-9: a Gaussian beyond this many widths is below any rounding that matters
SHAPES = {
    "blip": Shape(blip, _taus(_CUT)),
    "helix": Shape(helix, _taus(12 + _CUT)),
    "scratchy": Shape(scratchy, _taus(20 + _CUT / 0.7)),
    # The scatterer moves at half the fringe frequency; the arches stay simultaneous, so that q shrinks by 2^(2/3).
    "scattered_light": Shape(
        scattered_light, lambda tone: 1.5 * _arch(tone), lambda frequency, q: (frequency / 2, q / 2 ** (2 / 3))
    ),
    "dot": Shape(sine_gaussian, _taus(_CUT)),
    "line": Shape(line, _taus(6 * _CUT**0.25)),
    "whistle": Shape(whistle, lambda tone: 3 * _CUT**0.5 * _turn(tone)),
    "tomte": Shape(tomte, _taus(3 * _CUT)),
    "low_frequency_burst": Shape(low_frequency_burst, _taus(2 * _CUT**0.5)),
    "koi_fish": Shape(koi_fish, _taus(_CUT * 2**1.3)),
    "sine_gaussian": Shape(sine_gaussian, _taus(_CUT)),
}
"""The shape of each family, by its name in the ledger."""
