"""Coherence overall and at glitches, one window, frequency and rotation at a time."""

from cmath import exp, pi
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atanh, ceil, cos, inf, isfinite, log, nan, sqrt, tanh

import numpy as np

from culpa.explain.coherence.settings import CoherenceSettings

Column = Sequence[complex]
"""One frequency: a number for each window."""

TIE = 1e-5
"""What comes so close to the observed counts as equal."""


def spectrum(samples: Sequence[float], rate: float) -> list[complex]:
    """The sums that define a transform; one-sided power density."""
    size = len(samples)
    mean = sum(samples) / size
    window = [0.5 - 0.5 * cos(2 * pi * i / size) for i in range(size)]
    norm = rate * sum(w * w for w in window)
    result = []
    for k in range(size // 2 + 1):
        total = sum(window[i] * (samples[i] - mean) * exp(-2j * pi * k * i / size) for i in range(size))
        sides = 1 if k == 0 or 2 * k == size else 2
        result.append(total * sqrt(sides / norm))
    return result


def usable(samples: Sequence[float], size: int) -> bool:
    return len(samples) == size and all(isfinite(s) for s in samples) and len(set(samples)) > 1


def welch(
    x: Sequence[float], y: Sequence[float], rates: tuple[float, float], duration: float, starts: Sequence[float]
) -> list[float]:
    """The coherence of two recordings that begin at 0, of the windows that both have."""
    windows = []
    for start in starts:
        pair = []
        for values, rate in zip((x, y), rates, strict=True):
            size, first = round(duration * rate), round(start * rate)
            samples = [float(s) for s in values[first : first + size]] if first >= 0 else []
            pair.append(spectrum(samples, rate) if usable(samples, size) else None)
        if pair[0] is not None and pair[1] is not None:
            windows.append((pair[0], pair[1]))
    bins = min(round(duration * rate) // 2 + 1 for rate in rates)
    once = [1.0] * len(windows)
    return [coherence([a[k] for a, _ in windows], [b[k] for _, b in windows], once) for k in range(bins)]


def coherence(x: Column, y: Column, weights: Sequence[float]) -> float:
    cross = sum(w * a * b.conjugate() for a, b, w in zip(x, y, weights, strict=True))
    both = power(x, weights) * power(y, weights)
    return abs(cross) ** 2 / both if both > 0 else nan


def null_mean(x: Column, y: Column, weights: Sequence[float]) -> float:
    """The mean of the coherence over all phases of all windows."""
    squares = sum((w * abs(a) * abs(b)) ** 2 for a, b, w in zip(x, y, weights, strict=True))
    both = power(x, weights) * power(y, weights)
    return squares / both if both > 0 else nan


def power(of: Column, weights: Sequence[float]) -> float:
    return sum(w * abs(a) ** 2 for a, w in zip(of, weights, strict=True))


def surprise(ratio: float, effective: float) -> float:
    return -(effective - 1) * log(max(1 - ratio / effective, TIE))


def effective(crossed: Column) -> float:
    return sum(abs(c) for c in crossed) ** 2 / sum(abs(c) ** 2 for c in crossed)


def ratio(crossed: Column) -> float:
    return abs(sum(crossed)) ** 2 / sum(abs(c) ** 2 for c in crossed)


def jackknife(x: Column, y: Column, weights: Sequence[float]) -> tuple[float, float]:
    """The ends without bias, and none of them below 0."""
    n = len(x)
    if n < 3:
        return nan, nan

    def z(keep: Sequence[int]) -> float:
        value = coherence([x[i] for i in keep], [y[i] for i in keep], [weights[i] for i in keep])
        return atanh(sqrt(min(value, 1 - 1e-12)))

    without = [z([i for i in range(n) if i != left]) for left in range(n)]
    mean = sum(without) / n
    spread = 1.959964 * sqrt((n - 1) / n * sum((one - mean) ** 2 for one in without))
    whole, null = z(range(n)), null_mean(x, y, weights)
    low, high = (
        min(max(without_bias(tanh(end) ** 2, null), 0.0), 1.0) for end in (max(whole - spread, 0.0), whole + spread)
    )
    return low, high


def without_bias(value: float, null: float) -> float:
    return (value - null) / (1 - null) if null < 1 - 1e-9 else 0.0 * value


@dataclass(frozen=True)
class Glitch:
    values: list[float]
    null: list[float]
    unbiased: list[float]
    usual: list[float]
    threshold: list[float]
    p: list[float]
    corrected: list[float]
    by_shifts: list[float]
    low: list[float]
    high: list[float]
    bands: Mapping[tuple[float, float], tuple[float, float, float]]
    """Mean of coherence / null mean, p and corrected p of each band."""
    smallest: float
    smallest_by_shifts: float


def glitch(
    x: np.ndarray, y: np.ndarray, snr: np.ndarray, frequencies: np.ndarray, settings: CoherenceSettings
) -> Glitch:
    """Rotations by the same random numbers; a frequency where a channel is silent is NaN."""
    n, bins = x.shape
    weights = [float(s) if settings.weights == "snr" else 1.0 for s in snr]
    xs, ys = ([[counted(complex(of[i, k]), settings) for i in range(n)] for k in range(bins)] for of in (x, y))
    crossed = [[w * a * b.conjugate() for a, b, w in zip(xs[k], ys[k], weights, strict=True)] for k in range(bins)]
    known = [k for k in range(bins) if any(abs(c) > 0 for c in crossed[k])]
    sizes = {k: effective(crossed[k]) for k in known}
    observed = {k: ratio(crossed[k]) for k in known}

    rotations = max(settings.rotations, ceil(2 / settings.false_alarm))  # half of the false alarms are for bands
    rotated = []
    for turn in np.random.default_rng([settings.seed, 1]).random((rotations, n), np.float32).tolist():
        turns = [exp(2j * pi * t) for t in turn]
        rotated.append({k: ratio([c * t for c, t in zip(crossed[k], turns, strict=True)]) for k in known})
    everything = rotations + 1

    values = [coherence(xs[k], ys[k], weights) for k in range(bins)]
    null = [null_mean(xs[k], ys[k], weights) for k in range(bins)]
    p, corrected = [nan] * bins, [nan] * bins
    largest = [max([surprise(one[k], sizes[k]) for k in known], default=0.0) for one in rotated]
    for k in known:
        p[k] = (1 + sum(one[k] >= observed[k] * (1 - TIE) for one in rotated)) / everything
        least = surprise(observed[k] * (1 - TIE), sizes[k])
        corrected[k] = (1 + sum(most >= least for most in largest)) / everything

    # so many of all, the observed one among them, may be as rare
    allowed = sum(2 * (rank / everything) <= settings.false_alarm for rank in range(1, everything + 1))
    level = sorted(largest, reverse=True)[allowed - 1]
    usual, threshold = [nan] * bins, [nan] * bins
    for k in known:
        usual[k] = null[k] * float(np.quantile([one[k] for one in rotated], 0.95))
        room = exp(-level / (sizes[k] - 1)).real if sizes[k] > 1 else 0.0
        threshold[k] = null[k] * sizes[k] * (1 - room) if room > TIE else inf

    # all, or every second, third … of them, so that they are no more than are asked for
    every = next((e for e in range(1, n) if len(range(1, n, e)) <= settings.shifts), 0)
    shifts = list(range(1, n, every)) if every else []
    by_shifts, most_by_shifts = [nan] * bins, nan
    if shifts:
        moved = [[[ys[k][(i - shift) % n] for i in range(n)] for k in range(bins)] for shift in shifts]
        for k in known:
            mine = surprising(xs[k], ys[k], weights)
            as_large = [surprising(xs[k], other[k], weights) >= mine * (1 - TIE) for other in moved]
            by_shifts[k] = (1 + sum(as_large)) / (len(shifts) + 1)
        most = most_surprising(xs, ys, weights)
        chance = [most_surprising(xs, other, weights) for other in moved]
        most_by_shifts = (1 + sum(one >= most * (1 - TIE) for one in chance)) / (len(shifts) + 1)

    intervals = [jackknife(xs[k], ys[k], weights) if k in known else (nan, nan) for k in range(bins)]
    return Glitch(
        values,
        null,
        [without_bias(v, m) for v, m in zip(values, null, strict=True)],
        usual,
        threshold,
        p,
        corrected,
        by_shifts,
        [low for low, _ in intervals],
        [high for _, high in intervals],
        banded(frequencies.tolist(), settings, observed, sizes, rotated),
        min((corrected[k] for k in known), default=1.0),
        most_by_shifts,
    )


def counted(value: complex, settings: CoherenceSettings) -> complex:
    if settings.weights == "phase":
        return value / abs(value) if value else 0j
    return value


def most_surprising(xs: Sequence[Column], ys: Sequence[Column], weights: Sequence[float]) -> float:
    return max((surprising(x, y, weights) for x, y in zip(xs, ys, strict=True)), default=0.0)


def surprising(x: Column, y: Column, weights: Sequence[float]) -> float:
    crossed = [w * a * b.conjugate() for a, b, w in zip(x, y, weights, strict=True)]
    return surprise(ratio(crossed), effective(crossed)) if any(abs(c) > 0 for c in crossed) else 0.0


def banded(
    frequencies: Sequence[float],
    settings: CoherenceSettings,
    observed: Mapping[int, float],
    sizes: Mapping[int, float],
    rotated: Sequence[Mapping[int, float]],
) -> dict[tuple[float, float], tuple[float, float, float]]:
    """The p-value of each band; corrected, how often chance does as well in any band (Westfall and Young)."""
    borders = zip(settings.bands[:-1], settings.bands[1:], strict=True)
    inside = {(low, high): [k for k in observed if low <= frequencies[k] < high] for low, high in borders}
    inside = {band: places for band, places in inside.items() if places}
    everything = len(rotated) + 1

    def mean(one: Mapping[int, float], places: Sequence[int], slack: float = 0.0) -> float:
        return sum(surprise(one[k] * (1 - slack), sizes[k]) for k in places) / len(places)

    chance = {band: [mean(one, places) for one in rotated] for band, places in inside.items()}
    p = {
        band: (1 + sum(one >= mean(observed, places, TIE) for one in chance[band])) / everything
        for band, places in inside.items()
    }
    ranks = {band: [sum(b >= a for b in chance[band]) / everything for a in chance[band]] for band in inside}
    smallest = [min(ranks[band][r] for band in inside) for r in range(len(rotated))] if inside else []
    return {
        band: (
            sum(observed[k] for k in places) / len(places),
            p[band],
            (1 + sum(one <= p[band] for one in smallest)) / everything,
        )
        for band, places in inside.items()
    }


def shares(x: np.ndarray, y: np.ndarray, snr: np.ndarray, settings: CoherenceSettings) -> list[float]:
    """The part of each window of the length of the sum of all, at each frequency in the direction of that sum."""
    n, bins = x.shape
    parts, whole = [0.0] * n, 0.0
    for k in range(bins):
        crossed = []
        for i in range(n):
            a, b = counted(complex(x[i, k]), settings), counted(complex(y[i, k]), settings)
            crossed.append((float(snr[i]) if settings.weights == "snr" else 1.0) * a * b.conjugate())
        total = sum(crossed)
        if abs(total) > 0:
            whole += abs(total)
            for i in range(n):
                parts[i] += (crossed[i] * (total / abs(total)).conjugate()).real
    return [part / whole if whole > 0 else nan for part in parts]
