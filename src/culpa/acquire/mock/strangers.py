"""Transients that belong to no family: what a classifier must not be sure about.

Each kind is a broad region of what can happen rather than a shape: ridges with any slope and envelope, stacks, trains
and clusters of bursts, ripples, crossings, noise, combs, ring-downs, beats, wandering lines. A tone's
frequency, Q and phase set the scale as for the families; its `variant` draws everything else.
"""

from math import pi

import numpy as np

from ...types import Floats
from .waveforms import Shape, Tone, burst

REACH = 2.0
"""Seconds on either side of 0 beyond which no stranger says anything."""
_LOWEST, _HIGHEST = 12.0, 4000.0  # Hz that sweeps stay within


def ridge(t: Floats, tone: Tone) -> Floats:
    """One frequency that may rise, fall or bend, under an envelope with two sides of its own."""
    rng = np.random.default_rng(tone.variant)
    length = _length(rng, tone, 1, 8)
    x = np.clip(t / length, -3, 3)
    slope, bend = (rng.normal() * (rng.random() < 0.7) for _ in range(2))
    return _swept(t, tone.frequency * np.exp(0.5 * slope * x + 0.25 * bend * x**2), tone.phase) * _envelope(
        t, rng, length
    )


def ripple(t: Floats, tone: Tone) -> Floats:
    """A frequency that swings to and fro, softly, one to five times; valleys and arches with cusps are families."""
    rng = np.random.default_rng(tone.variant)
    period, count = _log(rng, 0.02, 1.5), int(rng.integers(1, 6))
    length = min(count * period / 2, 0.8 * REACH)
    x, depth = pi * t / period, _log(rng, 1.3, 8)
    return _swept(t, tone.frequency * depth ** np.sin(2 * x + rng.uniform(0, 2 * pi)), tone.phase) * _flat(t, length)


def crossing(t: Floats, tone: Tone) -> Floats:
    """Two ridges that cross."""
    rng = np.random.default_rng(tone.variant)
    length, ratio = _log(rng, 0.02, 1.0), _log(rng, 1.5, 6)
    x = np.clip(t / length, -2, 2)
    first, second = (_swept(t, tone.frequency * ratio**exponent, tone.phase) for exponent in (x, -x))
    return (first + rng.uniform(0.4, 1) * second) * _flat(t, length)


def wandering(t: Floats, tone: Tone) -> Floats:
    """A line that does not keep its frequency."""
    rng = np.random.default_rng(tone.variant)
    length, parts = _log(rng, 0.1, 1.5), int(rng.integers(2, 6))
    turns = rng.normal(size=parts) / np.arange(1, parts + 1)
    phases = rng.uniform(0, 2 * pi, parts)
    orders = np.arange(1, parts + 1)
    walk = np.sin(np.outer(t, orders) * (pi / length) + phases) @ turns
    return _swept(t, tone.frequency * np.exp(rng.uniform(0.1, 0.6) * walk), tone.phase) * _flat(t, length)


def noise_burst(t: Floats, tone: Tone) -> Floats:
    """Noise of a limited band, switched on and off."""
    rng = np.random.default_rng(tone.variant)
    length, width = _log(rng, 0.01, 0.6), tone.frequency * rng.uniform(0.3, 1.0)
    count = 64
    offsets = rng.normal(size=count) * width / 2
    weights, phases = rng.normal(size=count), rng.uniform(0, 2 * pi, count)
    inside = np.abs(t) < 1.5 * length  # the envelope is 0.16 there at most, and usually nothing
    wave, x = np.zeros_like(t), t[inside]
    for offset, weight, phase in zip(offsets, weights, phases, strict=True):
        frequency = np.clip(tone.frequency + offset, _LOWEST, _HIGHEST)
        wave[inside] += weight * np.sin(2 * pi * frequency * x + phase)
    return wave * _envelope(t, rng, length)


def stack(t: Floats, tone: Tone) -> Floats:
    """Two to five bursts above each other, higher ones shorter, as long, or longer, hardly apart in time."""
    rng = np.random.default_rng(tone.variant)
    power, apart = rng.uniform(-0.5, 2.5), rng.choice([0.0, 0.5, 2.0])
    wave, frequency, tau = np.zeros_like(t), tone.frequency, min(tone.tau, 0.3)
    for _ in range(int(rng.integers(2, 6))):
        at = apart * rng.normal() * tau
        wave += rng.uniform(0.3, 1) * _near(t, at, frequency, min(tau, 0.4), tone.phase)
        ratio = _log(rng, 1.25, 4)
        frequency, tau = min(frequency * ratio, _HIGHEST), tau / ratio**power
    return wave


def train(t: Floats, tone: Tone) -> Floats:
    """Two to twelve bursts in a row, evenly spaced or nearly so, in step or swinging in frequency and strength."""
    rng = np.random.default_rng(tone.variant)
    count, tau = int(rng.integers(2, 13)), min(tone.tau, 0.3)
    gap = min(tau * rng.uniform(2, 8), 3 / count)
    swing, turn, jitter = rng.uniform(0, 0.5), rng.uniform(0, pi), rng.choice([0.0, 0.05, 0.3])
    fade = rng.uniform(-1, 1)
    wave = np.zeros_like(t)
    for n in range(count):
        at = (n - (count - 1) / 2 + jitter * rng.normal()) * gap
        frequency = tone.frequency * (1 + swing * np.sin(n * turn))
        weight = np.exp(fade * abs(2 * n / max(1, count - 1) - 1)) * rng.uniform(0.6, 1)
        wave += weight * _near(t, at, frequency, tau, tone.phase)
    return wave


def cluster(t: Floats, tone: Tone) -> Floats:
    """Two to forty bursts at random, alike or not."""
    rng = np.random.default_rng(tone.variant)
    count, spread = round(_log(rng, 2, 40)), _log(rng, 0.02, 1.0)
    alike = rng.uniform(0, 1.5)
    wave = np.zeros_like(t)
    for _ in range(count):
        frequency = float(np.clip(tone.frequency * np.exp(alike * rng.normal()), 15, 2000))
        tau = min(tone.q / (2 * pi * frequency) * np.exp(alike * rng.normal() / 2), 0.4)
        at = float(np.clip(rng.normal(), -1.8, 1.8)) * spread
        wave += rng.uniform(0.2, 1) / np.sqrt(tau) * _near(t, at, frequency, tau, rng.uniform(0, 2 * pi))
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
    length, swings = _log(rng, 0.05, 1.2), rng.uniform(1.5, 8)
    swing = np.sin(pi * swings * t / length + rng.uniform(0, 2 * pi))
    return np.sin(2 * pi * tone.frequency * t + tone.phase) * swing * _flat(t, length)


def _near(t: Floats, at: float, frequency: float, tau: float, phase: float) -> Floats:
    """A burst, computed only where it is."""
    wave = np.zeros_like(t)
    inside = np.abs(t - at) < 4.5 * tau
    wave[inside] = burst(t[inside] - at, frequency, tau, phase)
    return wave


def _swept(t: Floats, frequency: Floats, phase: float) -> Floats:
    """A wave of a changing frequency (Hz); the times are equally spaced."""
    step = t[1] - t[0] if len(t) > 1 else 0.0
    return np.sin(2 * pi * np.cumsum(np.clip(frequency, _LOWEST, _HIGHEST)) * step + phase)


def _envelope(t: Floats, rng: np.random.Generator, length: float) -> Floats:
    """Rises and falls within about `length` s, each at a pace of its own or alike, soft or sharp."""
    rise, fall = rng.uniform(0.25, 1.0, 2) * length
    if rng.random() < 0.4:
        fall = rise
    power = rng.choice([1.5, 2.0, 4.0, 8.0])
    return np.asarray(np.exp(-(np.abs(t / np.where(t < 0, rise, fall)) ** power)))


def _flat(t: Floats, length: float) -> Floats:
    return np.asarray(np.exp(-((t / length) ** 8)))


def _length(rng: np.random.Generator, tone: Tone, low: float, high: float) -> float:
    return min(tone.tau, 0.25) * _log(rng, low, high)


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _reach(_: Tone) -> float:
    return REACH


STRANGERS = {
    wave.__name__: Shape(wave, _reach)
    for wave in (ridge, ripple, crossing, wandering, noise_burst, stack, train, cluster, comb, ringdown, beats)
}
"""The shape of each kind."""
