"""What chance makes of the coherence of windows: their phases rotated at random, their powers kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...types import Complexes, Floats, Indices, Singles
from .bands import Band, banded
from .settings import CoherenceSettings

WindowSpectra = NDArray[np.complexfloating]
"""Spectra of windows, one for each glitch, shape (glitches, bins)."""

TIE = 1e-5
"""What comes so close counts as equal: a single window has the same coherence whatever its phase."""
_BLOCK = 500
"""Rotations at once."""
_TILE = 100, 250
"""Rotations and frequencies that are summed at once: these stay in cache."""
_DRAWN = 2000
"""Rotations that the quantiles of each frequency are taken from."""


@dataclass(frozen=True)
class BandChance:
    """A band: the mean over its frequencies of coherence / null mean; how likely so much is.

    `p` is for the mean surprise of the band, whose frequencies count alike, and `corrected` for all bands together.
    """

    band: Band
    excess: float
    p: float
    corrected: float


class Surprise:
    """How surprising the sum of `crossed`, shape (windows, bins), is at each frequency if phases are chance.

    -log of about the probability of so large a sum: that of n windows of equal size, (1 - T/n)^(n - 1) with
    T = |Σ|²/Σ|.|² (Greenwood and Durand 1955, Ann. Math. Stat. 26 233), n being their effective number
    (Σ|.|)²/Σ|.|². So a frequency at which few windows count can stand out as well as one at which many do. It orders
    what rotations give; their ranks are the probabilities. All of it is single precision, as rotations are: what is
    equal but for rounding must stay so.
    """

    def __init__(self, crossed: WindowSpectra) -> None:
        sizes = np.abs(crossed)
        total = np.sum(sizes**2, axis=0)
        self.known = total > 0
        scale = np.sqrt(np.where(self.known, total, 1.0))
        self.units = crossed / scale
        self.effective = np.where(self.known, np.sum(sizes / scale, axis=0) ** 2, 1.0)
        self.excess = np.where(self.known, np.abs(self.units.sum(axis=0)) ** 2, np.nan)
        self.observed = self.of((self.excess * (1 - TIE)).astype(np.float32))

    @property
    def largest(self) -> Singles:
        """The largest surprise, shape (1,); 0 where nothing is known."""
        return np.asarray(np.max(self.observed[self.known], initial=0.0, keepdims=True))

    def of(self, excess: Singles) -> Singles:
        """The surprise of some T, shape (..., bins)."""
        room = np.maximum(1 - excess / self.effective.astype(np.float32), np.float32(TIE))
        return np.asarray((1 - self.effective).astype(np.float32) * np.log(room))

    def excess_of(self, surprise: float) -> Floats:
        """The T of each frequency that is so surprising; infinite where none is."""
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            least = np.exp(-surprise / (self.effective - 1))
        return np.where(least > TIE, self.effective * (1 - least), np.inf)


@dataclass(frozen=True)
class Chance:
    """What rotated phases make of a coherence; in units of its mean by chance, arrays of shape (bins,).

    `usual` is the 95 % quantile at each frequency, `threshold` what is exceeded anywhere with half of the false-alarm
    probability (infinite where nothing can). `p` is of one frequency, `corrected` of all together, `smallest` that of
    the whole; NaN where a channel is silent.
    """

    usual: Floats
    threshold: Floats
    p: Floats
    corrected: Floats
    bands: tuple[BandChance, ...]
    smallest: float


def rotated(crossed: WindowSpectra, frequencies: Floats, settings: CoherenceSettings) -> Chance:
    """What chance makes of windows whose phases are rotated."""
    rng = np.random.default_rng([settings.seed, 1])
    of = Surprise(crossed)
    bound = np.where(of.known, of.excess * (1 - TIE), np.inf)
    bands = banded(frequencies, settings.bands)
    every = settings.turns
    counts, largest = np.zeros(len(frequencies)), np.empty(every, np.float32)
    of_bands, drawn = np.empty((every, len(bands)), np.float32), []
    single = of.units.astype(np.complex64)
    for first in range(0, every, _BLOCK):
        rotations = min(_BLOCK, every - first)
        turns = np.exp(2j * np.pi * rng.random((rotations, len(single)), np.float32)).astype(np.complex64)
        turned = _sums(turns, single)
        excess = turned.real**2 + turned.imag**2
        counts += (excess >= bound).sum(axis=0)
        surprise = of.of(excess)
        inside = slice(first, first + rotations)
        largest[inside] = surprise[:, of.known].max(axis=1, initial=0.0)
        of_bands[inside] = _means(surprise, of.known, bands)
        if first < _DRAWN:
            drawn.append(excess)
    everything = every + 1
    # P(largest of chance >= threshold) <= false_alarm / 2, the observed one counted among them
    place = int(np.searchsorted(2 * (np.arange(1, everything + 1) / everything), settings.false_alarm, "right")) - 1
    level = float(np.sort(largest)[::-1][place])
    rarer = np.searchsorted(np.sort(largest), of.observed, side="left")
    corrected = np.where(of.known, (everything - rarer) / everything, np.nan)
    means = _means(of.observed[None], of.known, bands)[0]
    excesses = [
        float(of.excess[where][of.known[where]].mean()) if of.known[where].any() else np.nan for _, where in bands
    ]
    return Chance(
        np.quantile(np.concatenate(drawn), 0.95, axis=0),
        of.excess_of(level),
        np.where(of.known, (1 + counts) / everything, np.nan),
        corrected,
        tuple(_band_chances([band for band, _ in bands], excesses, means, of_bands)),
        float(np.min(corrected[of.known], initial=1.0)),
    )


def _sums(turns: Complexes, units: Complexes) -> Complexes:
    """The matrix product of turns (rotations, windows) and units (windows, bins), by plain sums.

    That of a library is some times as fast, but its last digits depend on machine and threads, and so would p-values.
    """
    high, wide = _TILE
    total = np.zeros((len(turns), units.shape[1]), np.complex64)
    room = np.empty(_TILE, np.complex64)
    for first in range(0, len(turns), high):
        for low in range(0, units.shape[1], wide):
            some, part = turns[first : first + high], units[:, low : low + wide]
            into = total[first : first + high, low : low + wide]
            product = room[: len(some), : part.shape[1]]
            for turn, unit in zip(some.T, part, strict=True):
                into += np.multiply(turn[:, None], unit, out=product)
    return total


def _means(surprise: Singles, known: NDArray[np.bool_], bands: Sequence[tuple[Band, slice]]) -> Floats:
    """The mean over each band of what is known there, shape (..., bands); NaN where nothing is."""
    columns = [surprise[:, where][:, known[where]] for _, where in bands]
    none = np.full(len(surprise), np.nan)
    return (
        np.stack([part.mean(axis=1) if part.shape[1] else none for part in columns], axis=1)
        if columns
        else none[:, None][:, :0]
    )


def _band_chances(
    bands: Sequence[Band], excesses: Sequence[float], means: Floats, chance: Singles
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
