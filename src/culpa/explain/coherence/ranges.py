"""Where a coherence stands out: ranges of frequencies, each with its peak and how likely it is by chance."""

from dataclasses import dataclass

import numpy as np

from .bands import runs
from .glitch import GlitchCoherence
from .overall import Overall, corrected


@dataclass(frozen=True)
class Range:
    """From the first to the last significant frequency (Hz); the most surprising one, its coherence, and `p`.

    `p` takes all frequencies (and at glitches all bands, too) that were looked at into account. A band has neither peak
    nor coherence: NaN.
    """

    low: float
    high: float
    peak: float
    coherence: float
    p: float


def overall_ranges(of: Overall) -> list[Range]:
    """The ranges of an overall coherence, the lowest first."""
    found = []
    for where in runs(of.significant):
        best = where.start + int(np.nanargmin(of.p[where]))
        frequencies = of.frequencies[where]
        p = corrected(float(of.p[best]), of.trials)
        found.append(
            Range(
                float(frequencies[0]),
                float(frequencies[-1]),
                float(of.frequencies[best]),
                float(of.coherence[best]),
                p,
            )
        )
    return found


def glitch_ranges(of: GlitchCoherence) -> list[Range]:
    """The ranges of a coherence at glitches, the lowest first, and bands in which no single frequency stands out."""
    found = []
    for where in runs(of.significant):
        # of equal p-values, which rotations cannot tell apart, the largest coherence
        best = where.start + int(np.lexsort((-of.unbiased[where], of.corrected[where]))[0])
        frequencies = of.frequencies[where]
        found.append(
            Range(
                float(frequencies[0]),
                float(frequencies[-1]),
                float(of.frequencies[best]),
                float(of.values[best]),
                min(1.0, 2 * float(of.corrected[best])),
            )
        )
    return sorted([*found, *_bands(of)], key=lambda one: one.low)


def _bands(of: GlitchCoherence) -> list[Range]:
    """Bands that stand out though none of their frequencies does, neighbours as one."""
    alone = of.frequencies[of.significant]
    joined: list[Range] = []
    for one in of.bands:
        (low, high), p = one.band, 2 * one.corrected
        if p <= of.false_alarm and not np.any((alone >= low) & (alone < high)):
            if joined and joined[-1].high == low:
                before = joined.pop()
                joined.append(Range(before.low, high, np.nan, np.nan, min(before.p, p)))
            else:
                joined.append(Range(low, high, np.nan, np.nan, p))
    return joined
