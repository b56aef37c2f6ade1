"""Coherence from the sums over windows, and how many independent windows these are worth at each frequency."""

from dataclasses import dataclass

import numpy as np

from ..types import Floats
from .welch import ChannelSums, PairSums, Sums

_CHANCE = 3.0
"""Powers that vary together by less than so many standard deviations do so by chance: to count that would make the rare
windows of large coherence, where they do, look like no more than expected."""


@dataclass(frozen=True)
class Coherence:
    """The coherence of a channel with the main one; arrays of shape (bins,), NaN where either is silent.

    `values` |Σ X Y*|² / (Σ|X|² Σ|Y|²), 0 to 1; `effective` is the number of independent windows of equal power that
    would have the same mean if the channels were independent; `frequencies` Hz; `windows` were averaged.
    """

    frequencies: Floats
    values: Floats
    effective: Floats
    windows: int


def coherence(sums: Sums, channel: str) -> Coherence:
    """The coherence of a channel of the sums. Raises KeyError for one that is not there."""
    pair = sums.pairs[channel]
    power, count = pair.main * pair.other.power, max(1, pair.count)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.abs(pair.cross) ** 2 / power
        together = count * pair.joint / power - 1
        together[together < _CHANCE / np.sqrt(count)] = 0.0
        effective = count / np.maximum(1 + together + _repeated(sums.main, pair), 1.0)
        effective = np.maximum(effective, 1.0)
    silent = ~(power > 0)
    values[silent], effective[silent] = np.nan, np.nan
    frequencies: Floats = sums.resolution * np.arange(len(values), dtype=float)
    return Coherence(frequencies, np.asarray(np.minimum(values, 1.0)), np.asarray(effective), pair.count)


def _repeated(main: ChannelSums, pair: PairSums) -> Floats:
    """What windows add to the mean of independent channels because they repeat each other, in units of 1/windows.

    E|Σ X Y*|² is the sum, over pairs of windows, of what both channels remember of the one in the other; those of a
    window with itself are `joint`, these are the others. Overlap counts, and so does the memory of narrow lines.
    """
    remembered = main.memory[:, : len(pair.main)] * pair.other.memory.conj()
    both = np.minimum(main.pairs / max(1, main.count), pair.other.pairs / max(1, pair.count))
    return np.asarray(2 * np.einsum("ij,i->j", remembered.real, both))


def spectral_density(of: ChannelSums | PairSums) -> Floats:
    """Mean one-sided power density (unit²/Hz), shape (bins,), of a channel, or of the main channel of a pair.

    NaN without a window.
    """
    total = of.power if isinstance(of, ChannelSums) else of.main
    return total / of.count if of.count else np.full_like(total, np.nan)
