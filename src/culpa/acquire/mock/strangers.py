"""Transients that belong to no family: what a classifier must not be sure about.

Each kind is a broad region of what can happen rather than a shape: sweeps, crossings, bursts of noise, trains, combs,
ring-downs, beats. A tone's frequency, Q and phase set the scale as for the families; its `variant` draws everything
else.
"""

from math import pi

import numpy as np

from ...types import Floats
from .waveforms import Shape, Tone, burst

REACH = 2.0
"""Seconds on either side of 0 beyond which no stranger says anything."""
_LOWEST, _HIGHEST = 12.0, 4000.0  # Hz that sweeps stay within


def sweep(t: Floats, tone: Tone) -> Floats:
    """A frequency that rises or falls by 2.5 to 8 times, once, under an envelope of its own."""
    rng = np.random.default_rng(tone.variant)
    length = _length(rng, tone, 2, 8)
    ratio = _log(rng, 2.5, 8) ** rng.choice([-1.0, 1.0])
    frequency = tone.frequency * ratio ** (np.clip(t / length, -3, 3) / 2)
    return _swept(t, frequency, tone.phase) * _envelope(t, rng, length)


def crossing(t: Floats, tone: Tone) -> Floats:
    """Two sweeps that cross, or one that turns at its highest frequency: an X or the top of an arch."""
    rng = np.random.default_rng(tone.variant)
    length, ratio = _log(rng, 0.1, 1.0), _log(rng, 2, 6)
    x = np.clip(t / length, -2, 2)
    if rng.random() < 0.5:
        wave = sum(_swept(t, tone.frequency * ratio**exponent, tone.phase) for exponent in (x, -x))
    else:
        wave = _swept(t, tone.frequency * ratio ** -(x**2), tone.phase)
    return np.asarray(wave * _flat(t, length))


def wandering(t: Floats, tone: Tone) -> Floats:
    """A line that does not keep its frequency."""
    rng = np.random.default_rng(tone.variant)
    length, parts = _log(rng, 0.2, 1.5), int(rng.integers(2, 6))
    turns = rng.normal(size=parts) / np.arange(1, parts + 1)
    phases = rng.uniform(0, 2 * pi, parts)
    orders = np.arange(1, parts + 1)
    walk = np.sin(np.outer(t, orders) * (pi / length) + phases) @ turns
    return _swept(t, tone.frequency * np.exp(rng.uniform(0.2, 0.6) * walk), tone.phase) * _flat(t, length)


def noise_burst(t: Floats, tone: Tone) -> Floats:
    """Noise of a limited band, switched on and off."""
    rng = np.random.default_rng(tone.variant)
    length, width = _log(rng, 0.02, 0.6), tone.frequency * rng.uniform(0.3, 1.0)
    count = 64
    offsets = rng.normal(size=count) * width / 2
    weights, phases = rng.normal(size=count), rng.uniform(0, 2 * pi, count)
    inside = np.abs(t) < 1.5 * length  # the envelope is 0.1 there at most, and usually nothing
    wave, x = np.zeros_like(t), t[inside]
    for offset, weight, phase in zip(offsets, weights, phases, strict=True):
        frequency = np.clip(tone.frequency + offset, _LOWEST, _HIGHEST)
        wave[inside] += weight * np.sin(2 * pi * frequency * x + phase)
    return wave * _envelope(t, rng, length)


def train(t: Floats, tone: Tone) -> Floats:
    """Two to twelve equal bursts of one frequency, evenly spaced."""
    rng = np.random.default_rng(tone.variant)
    count = int(rng.integers(2, 13))
    tau = min(tone.tau, 0.3)
    gap = min(tau * rng.uniform(3, 8), 3 / count)
    wave = np.zeros_like(t)
    for n in range(count):
        at = (n - (count - 1) / 2) * gap * rng.uniform(0.97, 1.03)
        wave += rng.uniform(0.6, 1) * burst(t - at, tone.frequency, tau, tone.phase)
    return wave


def constellation(t: Floats, tone: Tone) -> Floats:
    """Two to five bursts that have nothing in common."""
    rng = np.random.default_rng(tone.variant)
    spread = _log(rng, 0.1, 1.0)
    wave = np.zeros_like(t)
    for _ in range(int(rng.integers(2, 6))):
        frequency = _log(rng, 20, 1200)
        tau = min(_log(rng, 3, 40) / (2 * pi * frequency), 0.5)
        at = rng.uniform(-0.8, 0.8) * spread
        wave += rng.uniform(0.5, 1) / np.sqrt(tau) * burst(t - at, frequency, tau, rng.uniform(0, 2 * pi))
    return wave


def comb(t: Floats, tone: Tone) -> Floats:
    """Three to seven harmonics that start and stop together."""
    rng = np.random.default_rng(tone.variant)
    length, base = _log(rng, 0.03, 0.8), _log(rng, 20, 300)
    wave = np.zeros_like(t)
    for n in range(1, int(rng.integers(4, 9))):
        wave += rng.uniform(0.3, 1) * np.sin(2 * pi * base * n * t + rng.uniform(0, 2 * pi))
    return wave * _envelope(t, rng, length)


def ringdown(t: Floats, tone: Tone) -> Floats:
    """A sudden onset that dies away, or the reverse."""
    rng = np.random.default_rng(tone.variant)
    length = min(max(tone.tau * _log(rng, 1, 6), 0.004), 0.4)
    x = np.asarray(rng.choice([-1.0, 1.0]) * t / length)
    envelope = np.where(x > 0, np.exp(-np.maximum(x, 0)), np.exp(-((12 * x) ** 2)))
    return np.asarray(np.sin(2 * pi * tone.frequency * t + tone.phase) * envelope)


def beats(t: Floats, tone: Tone) -> Floats:
    """A line whose strength swings to and fro."""
    rng = np.random.default_rng(tone.variant)
    length, swings = _log(rng, 0.2, 1.2), rng.uniform(2, 8)
    swing = np.sin(pi * swings * t / length + rng.uniform(0, 2 * pi))
    return np.sin(2 * pi * tone.frequency * t + tone.phase) * swing * _flat(t, length)


def _swept(t: Floats, frequency: Floats, phase: float) -> Floats:
    """A wave of a changing frequency (Hz); the times are equally spaced."""
    step = t[1] - t[0] if len(t) > 1 else 0.0
    return np.sin(2 * pi * np.cumsum(np.clip(frequency, _LOWEST, _HIGHEST)) * step + phase)


def _envelope(t: Floats, rng: np.random.Generator, length: float) -> Floats:
    """Rises and falls within about `length` s, each at a pace of its own, soft or sharp."""
    rise, fall = rng.uniform(0.3, 1.0, 2) * length
    power = rng.choice([2.0, 4.0, 8.0])
    return np.asarray(np.exp(-(np.abs(t / np.where(t < 0, rise, fall)) ** power)))


def _flat(t: Floats, length: float) -> Floats:
    return np.asarray(np.exp(-((t / length) ** 8)))


def _length(rng: np.random.Generator, tone: Tone, low: float, high: float) -> float:
    return min(tone.tau, 0.2) * _log(rng, low, high)


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _reach(_: Tone) -> float:
    return REACH


STRANGERS = {
    wave.__name__: Shape(wave, _reach)
    for wave in (sweep, crossing, wandering, noise_burst, train, constellation, comb, ringdown, beats)
}
"""The shape of each kind."""
