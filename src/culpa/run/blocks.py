"""The data around moments: blocks that are read and whitened once for all the moments in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log2

import numpy as np

from .. import gpstime
from ..decompose.stretches import LARGEST, SMALLEST, Stretch
from ..errors import NoDataError
from ..types import Segments, Series

STRETCH = 64.0
"""Seconds that are transformed together; shorter recordings are taken as long as they are."""
BLOCK = 256.0
"""Seconds whose moments share a noise spectrum, which is that of these and `STRETCH` more. With few data it would be
less certain, and each bin's error smears what is loud in time."""
REACH = BLOCK + STRETCH
"""Seconds on either side of a moment, at most, of the data that it is looked at in."""
SHORTEST = 4.0
"""Seconds of data that are needed."""


@dataclass(frozen=True)
class Block:
    """Data (GPS s) that are read together: `[start, end)`, in stretches of `duration` s that begin at `starts`."""

    start: float
    end: float
    duration: float
    starts: tuple[float, ...]

    def sampled(self, series: Series) -> tuple[float, ...]:
        """Where the stretches begin in the samples of the block, GPS s.

        Raises NoDataError where a stretch is no whole number of samples.
        """
        last = len(series) - round(self.duration * series.sample_rate)
        if last < 0:  # a rate that divides no second
            raise NoDataError(f"{self.duration:g} s are no whole number of samples at {series.sample_rate:g} Hz")
        firsts = (min(max(0, round((at - series.t0) * series.sample_rate)), last) for at in self.starts)
        return tuple(series.t0 + first / series.sample_rate for first in dict.fromkeys(firsts))


def block_of(moment: float, there: Segments) -> Block | None:
    """The data that a moment (GPS s) is looked at in, of those there are; None where there are none, or too few."""
    span = next(((start, end) for start, end in there if start <= moment < end), None)
    if span is None or span[1] - span[0] < SHORTEST:
        return None
    length = min(BLOCK + STRETCH, span[1] - span[0])
    duration = min(STRETCH, 2.0 ** floor(log2(length)))
    if length < BLOCK + STRETCH:  # all there is; a short one has a stretch with the moment in its middle
        middle = (moment - duration / 2,) if duration < STRETCH else ()
        first, last = span
    else:
        middle, first = (), min(max(BLOCK * floor(moment / BLOCK) - STRETCH / 2, span[0]), span[1] - length)
        last = first + length
    inside = [min(max(start, first), last - duration) for start in middle]
    grid = np.arange(first, last - duration, duration / 2).tolist()
    return Block(first, last, duration, tuple(dict.fromkeys((*inside, *grid, last - duration))))


def nearest(stretches: Sequence[Stretch], moment: float) -> int:
    """Which stretch has its middle nearest to a moment (GPS s); of equally near ones the first.

    Raises NoDataError where there is none.
    """
    if not stretches:
        where = f"around {gpstime.show(moment)}"
        raise NoDataError(f"constant, beyond {SMALLEST:g} to {LARGEST:g}, or too few samples without a gap, {where}")
    distances = [abs(stretch.t0 + stretch.duration / 2 - moment) for stretch in stretches]
    return distances.index(min(distances))


def nothing_there(channel: str, moment: float) -> NoDataError:
    """What is said of a moment without a block."""
    return NoDataError(f"{channel}: no data, or less than {SHORTEST:g} s, at {gpstime.show(moment)}")


def of_channel(channel: str, problem: NoDataError) -> NoDataError:
    """The problem with the name of the channel that has it."""
    return NoDataError(f"{channel}: {problem.message}", problem.hint)
