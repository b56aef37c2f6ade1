"""Coherence at the times of glitches: one short window each, weighted, beside what chance makes of the same powers.

`C = |Σ w X Y*|² / (Σ w |X|² Σ w |Y|²)`. Of few windows, or of windows whose power varies, C is far from 0 for channels
that have nothing to do with each other: if only the phases between them are chance, its mean is
`Σ w² |X|²|Y|² / (Σ w |X|² Σ w |Y|²)`. So the p-values come from rotating the phase of each window at random, the same
at all frequencies: powers stay, and so does what neighbouring frequencies have in common. The largest excess over the
mean, anywhere, in each rotation, corrects for the number of frequencies (Westfall and Young 1993).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...types import Floats, Indices
from .bands import Band, banded
from .settings import CoherenceSettings

Windows = NDArray[np.complexfloating]
"""Spectra of windows, one for each glitch, shape (glitches, bins)."""

_BLOCK = 500
"""Rotations at once."""
_DRAWN = 2000
"""Rotations that the quantiles of each frequency are taken from."""
_TIE = 1e-5
"""Rotations that come so close count as equal: a single window has the same coherence whatever its phase."""
_TWO_SIGMA = 1.959964


@dataclass(frozen=True)
class BandChance:
    """A band: the mean over its frequencies of coherence / null mean, `p` of so much, and `corrected` for all bands."""

    band: Band
    excess: float
    p: float
    corrected: float


@dataclass(frozen=True)
class GlitchCoherence:
    """Coherence of two channels at glitches; arrays of shape (bins,), NaN where a channel is silent.

    `values` is the weighted coherence, `null` its mean if only the phases were chance, `unbiased` what is left of it
    (0 on average by chance, 1 at most), `usual` the 95 % quantile of chance at each frequency and `threshold` what it
    exceeds anywhere with the probability asked for. `p` is of one frequency, `corrected` of all of them together,
    `by_shifts` the second opinion on `p` from pairing windows that do not belong together (NaN without any).
    `low` and `high` are the jackknife's 95 % interval of `values`, NaN for fewer than three windows.
    `smallest` is the p-value of the whole, `smallest_by_shifts` that of the second opinion.
    """

    frequencies: Floats
    values: Floats
    null: Floats
    unbiased: Floats
    usual: Floats
    threshold: Floats
    p: Floats
    corrected: Floats
    by_shifts: Floats
    low: Floats
    high: Floats
    bands: tuple[BandChance, ...]
    smallest: float
    smallest_by_shifts: float
    windows: int


def glitch_coherence(
    x: Windows, y: Windows, weights: Floats, frequencies: Floats, settings: CoherenceSettings
) -> GlitchCoherence:
    """The coherence of windows `x` of one channel with windows `y` of another; `weights` (glitches,) are positive.

    Raises ValueError without a window or a frequency.
    """
    if not (len(x) and len(frequencies)):
        raise ValueError(f"{len(x)} windows and {len(frequencies)} frequencies: expected at least one of each")
    weighted = weights[:, None] * x
    crossed = weighted * y.conj()
    power_x, power_y = np.abs(x) ** 2 * weights[:, None], np.abs(y) ** 2 * weights[:, None]
    powers = power_x.sum(axis=0) * power_y.sum(axis=0)
    total = np.sum(np.abs(crossed) ** 2, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.minimum(np.abs(crossed.sum(axis=0)) ** 2 / powers, 1.0)
        null = np.minimum(total / powers, 1.0)
        units = np.where(total > 0, crossed / np.sqrt(total), 0.0)
        excess = values / null
        unbiased = np.where(null < 1, (values - null) / (1 - null), 0.0) + 0 * values
    chance = _rotated(units, excess, frequencies, settings)
    shifted = [*_shifted(weighted, y, power_x.sum(axis=0), weights, settings)]
    low, high = _jackknife(crossed, power_x, power_y)
    return GlitchCoherence(
        frequencies, values, null, unbiased, chance.usual * null, chance.threshold * null, chance.p, chance.corrected,
        _rank([one for one, _ in shifted], values),
        low, high, chance.bands, chance.smallest,
        float(_rank([np.array([most]) for _, most in shifted], np.array([_largest(excess)]))[0]),
        len(x),
    )  # fmt: skip


@dataclass(frozen=True)
class _Chance:
    usual: Floats
    threshold: float
    p: Floats
    corrected: Floats
    bands: tuple[BandChance, ...]
    smallest: float


def _rotated(units: Windows, excess: Floats, frequencies: Floats, settings: CoherenceSettings) -> _Chance:
    """What chance makes of windows whose phases are rotated; `units` have a sum of squares of 1 at each frequency."""
    rng = np.random.default_rng([settings.seed, 1])
    known = np.isfinite(excess)
    bound = np.where(known, excess * (1 - _TIE), np.inf)
    bands = banded(frequencies, settings.bands)
    means = np.array([_mean(excess[where]) for _, where in bands])
    counts, largest = np.zeros(len(excess)), np.empty(settings.rotations)
    of_bands, drawn = np.empty((settings.rotations, len(bands))), []
    single = units.astype(np.complex64)
    for first in range(0, settings.rotations, _BLOCK):
        rotations = min(_BLOCK, settings.rotations - first)
        turns = np.exp(2j * np.pi * rng.random((rotations, len(units)), np.float32)).astype(np.complex64)
        turned = turns @ single
        chance = turned.real**2 + turned.imag**2
        counts += (chance >= bound).sum(axis=0)
        inside = slice(first, first + rotations)
        largest[inside] = chance[:, known].max(axis=1, initial=0.0)
        for place, (_, where) in enumerate(bands):
            part = chance[:, where][:, known[where]]
            of_bands[inside, place] = part.mean(axis=1) if part.shape[1] else np.nan
        if first < _DRAWN:
            drawn.append(chance)
    everything = settings.rotations + 1
    usual = np.quantile(np.concatenate(drawn), 0.95, axis=0)
    # P(largest of chance >= threshold) <= false_alarm, the observed one counted among them
    place = max(0, int(np.floor(settings.false_alarm * everything)) - 1)
    ordered = np.sort(largest)[::-1]
    threshold = float(ordered[place]) if settings.false_alarm * everything >= 1 else np.inf
    with np.errstate(invalid="ignore"):
        corrected = (1 + np.searchsorted(-ordered, -bound, side="right")) / everything
    return _Chance(
        usual,
        threshold,
        np.where(known, (1 + counts) / everything, np.nan),
        np.where(known, corrected, np.nan),
        tuple(_band_chances([band for band, _ in bands], means, of_bands)),
        float(np.min(corrected[known], initial=1.0)),
    )


def _band_chances(bands: Sequence[Band], means: Floats, chance: Floats) -> Iterator[BandChance]:
    """The p-value of each band, and corrected for the number of bands by the smallest one of each rotation."""
    everything = len(chance) + 1
    if not bands:
        return
    p = (1 + np.sum(chance >= means * (1 - _TIE), axis=0)) / everything
    # a rotation's own rank among all rotations, itself included, is its p-value
    ranks = np.stack([_ranks(column) for column in chance.T], axis=1)
    smallest = np.min(ranks / everything, axis=1)
    for band, mean, one in zip(bands, means.tolist(), p.tolist(), strict=True):
        if np.isfinite(mean):
            yield BandChance(band, mean, one, float((1 + np.sum(smallest <= one)) / everything))


def _ranks(values: Floats) -> Indices:
    """How many values are at least as large as each, itself included."""
    return np.asarray(len(values) - np.searchsorted(np.sort(values), values, side="left"))


def _shifted(
    weighted: Windows, y: Windows, power_x: Floats, weights: Floats, settings: CoherenceSettings
) -> Iterator[tuple[Floats, float]]:
    """Coherence, and its largest excess, of each circular shift of the pairing, at most so many as are asked for."""
    n = len(y)
    every = max(1, -(-(n - 1) // settings.shifts)) if settings.shifts else n
    for shift in range(1, n, every):
        other = np.roll(y, shift, axis=0)
        crossed = weighted * other.conj()
        with np.errstate(divide="ignore", invalid="ignore"):
            powers = power_x * (weights[:, None] * np.abs(other) ** 2).sum(axis=0)
            values = np.abs(crossed.sum(axis=0)) ** 2 / powers
            excess = values / (np.sum(np.abs(crossed) ** 2, axis=0) / powers)
        yield values, _largest(excess)


def _rank(chance: Sequence[Floats], values: Floats) -> Floats:
    """The share of chance that is at least as large, the value itself included; NaN without any."""
    if not chance:
        return np.full(len(values), np.nan)
    counts = 1 + np.sum([one >= values * (1 - _TIE) for one in chance], axis=0)
    return np.where(np.isfinite(values), counts / (len(chance) + 1), np.nan)


def _largest(values: Floats) -> float:
    return float(np.max(values[np.isfinite(values)], initial=0.0))


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def _jackknife(crossed: Windows, power_x: Floats, power_y: Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of the coherence from leaving out each window in turn, in Fisher's z = artanh(sqrt(C)).

    Source: Thomson and Chave 1991, in Advances in Spectrum Analysis and Array Processing, vol. 1, chapter 2.
    """
    n, bins = crossed.shape
    if n < 3:
        return np.full(bins, np.nan), np.full(bins, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = (power_x.sum(axis=0) - power_x) * (power_y.sum(axis=0) - power_y)
        without = _z(np.abs(crossed.sum(axis=0) - crossed) ** 2 / powers)
        z = _z(np.abs(crossed.sum(axis=0)) ** 2 / (power_x.sum(axis=0) * power_y.sum(axis=0)))
    spread = _TWO_SIGMA * np.sqrt((n - 1) / n * np.sum((without - without.mean(axis=0)) ** 2, axis=0))
    return np.tanh(np.maximum(z - spread, 0)) ** 2, np.tanh(z + spread) ** 2


def _z(values: Floats) -> Floats:
    return np.asarray(np.arctanh(np.sqrt(np.clip(values, 0.0, 1 - 1e-12))))


def shares(x: Windows, y: Windows, weights: Floats) -> Floats:
    """What part of the coherent sum each glitch carries over the given frequencies, shape (glitches,), sum 1.

    Negative: it pulls the other way. At each frequency that is the part of w X Y* in phase with the sum of all.
    """
    crossed = weights[:, None] * x * y.conj()
    total = crossed.sum(axis=0)
    size = np.abs(total)
    with np.errstate(divide="ignore", invalid="ignore"):
        along = np.where(size > 0, (crossed * total.conj()).real / size, 0.0)
    whole = size.sum()
    return np.asarray(along.sum(axis=1) / whole) if whole > 0 else np.full(len(x), np.nan)
