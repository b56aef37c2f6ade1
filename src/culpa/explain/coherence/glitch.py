"""Coherence at the times of glitches: one short window each, weighted, beside what chance makes of the same powers.

`C = |Σ w X Y*|² / (Σ w |X|² Σ w |Y|²)`. Of few windows, or of windows whose power varies, C is far from 0 for channels
that have nothing to do with each other: if only the phases between them are chance, its mean is
`Σ w² |X|²|Y|² / (Σ w |X|² Σ w |Y|²)`. So the p-values come from rotating the phase of each window at random, the same
at all frequencies: powers stay, and so does what neighbouring frequencies have in common. What is most surprising
anywhere in each rotation corrects for the number of frequencies (Westfall and Young 1993).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...types import Floats, Indices, Mask
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
    """A band: the mean over its frequencies of coherence / null mean; how likely so much is.

    `p` is for the mean surprise of the band, whose frequencies count alike, and `corrected` for all bands together.
    """

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
    false_alarm: float

    @property
    def significant(self) -> Mask:
        """Which frequencies stand out, with all of them taken into account."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.corrected <= self.false_alarm)

    @property
    def probability(self) -> float:
        """How likely so much is by chance: twice the smaller p-value of frequencies and bands, as two are looked at."""
        return min(1.0, 2 * min([self.smallest, *(band.corrected for band in self.bands)]))


def glitch_coherence(
    x: Windows, y: Windows, snr: Floats, frequencies: Floats, settings: CoherenceSettings
) -> GlitchCoherence:
    """The coherence of windows `x` of one channel with windows `y` of another; `snr` (glitches,) is positive.

    Raises ValueError without a window or a frequency.
    """
    if not (len(x) and len(frequencies)):
        raise ValueError(f"{len(x)} windows and {len(frequencies)} frequencies: expected at least one of each")
    x, y, weights = _counted(x, y, snr, settings)
    weighted = weights[:, None] * x
    crossed = weighted * y.conj()
    power_x, power_y = np.abs(x) ** 2 * weights[:, None], np.abs(y) ** 2 * weights[:, None]
    powers = power_x.sum(axis=0) * power_y.sum(axis=0)
    total = np.sum(np.abs(crossed) ** 2, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.minimum(np.abs(crossed.sum(axis=0)) ** 2 / powers, 1.0)
        null = np.minimum(total / powers, 1.0)
        unbiased = np.where(null < 1, (values - null) / (1 - null), 0.0) + 0 * values
    chance = _rotated(crossed, frequencies, settings)
    shifted = [*_shifted(weighted, y, power_x.sum(axis=0), weights, settings)]
    low, high = _jackknife(crossed, power_x, power_y)
    return GlitchCoherence(
        frequencies, values, null, unbiased, chance.usual * null, chance.threshold * null, chance.p, chance.corrected,
        _rank([one for one, _ in shifted], values),
        low, high, chance.bands, chance.smallest,
        float(_rank([np.array([most]) for _, most in shifted], np.array([Surprise(crossed).largest]))[0]),
        len(x), settings.false_alarm,
    )  # fmt: skip


def shares(x: Windows, y: Windows, snr: Floats, settings: CoherenceSettings) -> Floats:
    """What part of the coherent sum each glitch carries over the given frequencies, shape (glitches,), sum 1.

    Negative: it pulls the other way. At each frequency that is the part of w X Y* in phase with the sum of all; NaN
    where there is no sum.
    """
    x, y, weights = _counted(x, y, snr, settings)
    crossed = weights[:, None] * x * y.conj()
    total = crossed.sum(axis=0)
    size = np.abs(total)
    with np.errstate(divide="ignore", invalid="ignore"):
        along = np.where(size > 0, (crossed * total.conj()).real / size, 0.0)
    whole = size.sum()
    return np.asarray(along.sum(axis=1) / whole) if whole > 0 else np.full(len(x), np.nan)


def _counted(x: Windows, y: Windows, snr: Floats, settings: CoherenceSettings) -> tuple[Windows, Windows, Floats]:
    """The windows as they count, and their weights."""
    if settings.weights == "phase":
        x, y = _phases(x), _phases(y)
    return x, y, snr if settings.weights == "snr" else np.ones(len(x))


def _phases(of: Windows) -> Windows:
    size = np.abs(of)
    return np.where(size > 0, of / np.where(size > 0, size, 1), 0)


class Surprise:
    """How surprising the sum of `crossed`, shape (windows, bins), is at each frequency if phases are chance.

    -log of about the probability of so large a sum: that of n windows of equal size, (1 - T/n)^(n - 1) with
    T = |Σ|²/Σ|.|² (Greenwood and Durand 1955, Ann. Math. Stat. 26 233), n being their effective number
    (Σ|.|)²/Σ|.|². So a frequency at which few windows count can stand out as well as one at which many do. It orders
    what rotations give; their ranks are the probabilities.
    """

    def __init__(self, crossed: Windows) -> None:
        sizes = np.abs(crossed)
        total = np.sum(sizes**2, axis=0)
        self.known = total > 0
        scale = np.sqrt(np.where(self.known, total, 1.0))
        self.units = crossed / scale
        self.effective = np.where(self.known, np.sum(sizes / scale, axis=0) ** 2, 1.0)
        self.excess = np.where(self.known, np.abs(self.units.sum(axis=0)) ** 2, np.nan)
        self.observed = self.of(self.excess)

    @property
    def largest(self) -> float:
        """The largest surprise; 0 where nothing is known."""
        return float(np.max(self.observed[self.known], initial=0.0))

    def of(self, excess: NDArray[np.floating]) -> NDArray[np.floating]:
        """The surprise of some T, shape (..., bins)."""
        room = np.maximum(1 - excess / self.effective.astype(excess.dtype), _TIE)
        return (1 - self.effective).astype(excess.dtype) * np.log(room)

    def excess_of(self, surprise: float) -> Floats:
        """The T of each frequency that is so surprising; infinite where none is."""
        with np.errstate(divide="ignore", over="ignore"):
            least = np.exp(-surprise / (self.effective - 1))
        return np.where(least > _TIE, self.effective * (1 - least), np.inf)


@dataclass(frozen=True)
class _Chance:
    usual: Floats
    threshold: Floats
    p: Floats
    corrected: Floats
    bands: tuple[BandChance, ...]
    smallest: float


def _rotated(crossed: Windows, frequencies: Floats, settings: CoherenceSettings) -> _Chance:
    """What chance makes of windows whose phases are rotated."""
    rng = np.random.default_rng([settings.seed, 1])
    of = Surprise(crossed)
    bound = np.where(of.known, of.excess * (1 - _TIE), np.inf)
    bands = banded(frequencies, settings.bands)
    counts, largest = np.zeros(len(frequencies)), np.empty(settings.rotations)
    of_bands, drawn = np.empty((settings.rotations, len(bands))), []
    single = of.units.astype(np.complex64)
    for first in range(0, settings.rotations, _BLOCK):
        rotations = min(_BLOCK, settings.rotations - first)
        turns = np.exp(2j * np.pi * rng.random((rotations, len(single)), np.float32)).astype(np.complex64)
        turned = turns @ single
        excess = turned.real**2 + turned.imag**2
        counts += (excess >= bound).sum(axis=0)
        surprise = of.of(excess)
        inside = slice(first, first + rotations)
        largest[inside] = surprise[:, of.known].max(axis=1, initial=0.0)
        of_bands[inside] = _means(surprise, of.known, bands)
        if first < _DRAWN:
            drawn.append(excess)
    everything = settings.rotations + 1
    # P(largest of chance >= threshold) <= false_alarm, the observed one counted among them
    place = int(np.floor(settings.false_alarm * everything)) - 1
    level = float(np.sort(largest)[::-1][place]) if place >= 0 else np.inf
    rarer = np.searchsorted(np.sort(largest), of.of(of.excess * (1 - _TIE)), side="left")
    corrected = np.where(of.known, (everything - rarer) / everything, np.nan)
    means = _means(of.of(of.excess[None] * (1 - _TIE)), of.known, bands)[0]
    excesses = [
        float(of.excess[where][of.known[where]].mean()) if of.known[where].any() else np.nan for _, where in bands
    ]
    return _Chance(
        np.quantile(np.concatenate(drawn), 0.95, axis=0),
        of.excess_of(level),
        np.where(of.known, (1 + counts) / everything, np.nan),
        corrected,
        tuple(_band_chances([band for band, _ in bands], excesses, means, of_bands)),
        float(np.min(corrected[of.known], initial=1.0)),
    )


def _means(surprise: NDArray[np.floating], known: NDArray[np.bool_], bands: Sequence[tuple[Band, slice]]) -> Floats:
    """The mean over each band of what is known there, shape (..., bands); NaN where nothing is."""
    columns = [surprise[:, where][:, known[where]] for _, where in bands]
    none = np.full(len(surprise), np.nan)
    return (
        np.stack([part.mean(axis=1) if part.shape[1] else none for part in columns], axis=1)
        if columns
        else none[:, None][:, :0]
    )


def _band_chances(
    bands: Sequence[Band], excesses: Sequence[float], means: Floats, chance: Floats
) -> Iterator[BandChance]:
    """The p-value of each band, and corrected for the number of bands by the smallest one of each rotation."""
    known = np.isfinite(means)
    if not known.any():
        return
    everything = len(chance) + 1
    p = (1 + np.sum(chance >= means, axis=0)) / everything
    # a rotation's own rank among all rotations, itself included, is its p-value
    ranks = np.stack([_ranks(column) for column in chance[:, known].T], axis=1)
    smallest = ranks.min(axis=1) / everything
    for place in np.flatnonzero(known).tolist():
        corrected = (1 + np.sum(smallest <= p[place])) / everything
        yield BandChance(bands[place], excesses[place], float(p[place]), float(corrected))


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
            values = np.abs(crossed.sum(axis=0)) ** 2 / (power_x * (weights[:, None] * np.abs(other) ** 2).sum(axis=0))
        yield values, Surprise(crossed).largest


def _rank(chance: Sequence[Floats], values: Floats) -> Floats:
    """The share of chance that is at least as large, the value itself included; NaN without any."""
    if not chance:
        return np.full(len(values), np.nan)
    counts = 1 + np.sum([one >= values * (1 - _TIE) for one in chance], axis=0)
    return np.where(np.isfinite(values), counts / (len(chance) + 1), np.nan)


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
