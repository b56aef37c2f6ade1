"""Q-scans of many moments of a channel: each block of data is read and whitened once for all the moments in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import floor, log2

import numpy as np

from .. import gpstime
from ..acquire.sources import Source
from ..decompose.qscan import Scanner, ScanSettings
from ..decompose.qscan_plane import Scan
from ..decompose.qscan_white import LARGEST, SMALLEST, Stretch
from ..errors import NoDataError
from ..types import Segments, Series

STRETCH = 64.0
"""Seconds that are transformed together; shorter recordings are taken as long as they are."""
BLOCK = 256.0
"""Seconds whose moments share a noise spectrum, which is that of these and `STRETCH` more. With few data it would be
less certain, and each bin's error smears what is loud in time."""
REACH = BLOCK + STRETCH
"""Seconds on either side of a moment, at most, of the data that its scan depends on."""
SHORTEST = 4.0
"""Seconds that a Q-scan needs."""


@dataclass(frozen=True)
class _Block:
    """Data (GPS s) that are read together: `[start, end)`, in stretches of `duration` s that begin at `starts`."""

    start: float
    end: float
    duration: float
    starts: tuple[float, ...]


def scan_moments(
    source: Source, channel: str, moments: Sequence[float], settings: ScanSettings
) -> Iterator[tuple[float, Scan | NoDataError]]:
    """Each moment (GPS s) in order of time with its scan, or with why there is none.

    A scan depends on its moment and the data around it alone, not on what else is asked for. Raises
    ChannelNotFoundError for a channel that the source does not have.
    """
    source.sample_rate(channel)
    there = source.segments(channel)
    for block, group in groupby(sorted(moments), key=lambda moment: _block(moment, there)):
        yield from _scan_block(source, channel, block, list(group), settings)


def frequencies(source: Source, channel: str, settings: ScanSettings) -> tuple[float, float]:
    """Lowest and highest frequency (Hz) that scans of a channel can show."""
    return _scanner(source.sample_rate(channel), STRETCH, settings).band


def _block(moment: float, there: Segments) -> _Block | None:
    """The data that a moment is scanned in; None where there are none, or too few."""
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
    return _Block(first, last, duration, tuple(dict.fromkeys((*inside, *grid, last - duration))))


def _scan_block(
    source: Source, channel: str, block: _Block | None, moments: list[float], settings: ScanSettings
) -> Iterator[tuple[float, Scan | NoDataError]]:
    if block is None:
        for moment in moments:
            yield moment, NoDataError(f"{channel}: no data, or less than {SHORTEST:g} s, at {gpstime.show(moment)}")
        return
    try:
        scanner, stretches = _whitened(source.read(channel, block.start, block.end), block, settings)
    except NoDataError as problem:
        yield from ((moment, _of(channel, problem)) for moment in moments)
        return
    levels = lru_cache(maxsize=len(stretches))(lambda place: scanner.levels(stretches[place]))
    for moment in moments:
        try:
            place = _nearest(stretches, moment)
            yield moment, scanner.scan(stretches[place], moment, levels(place))
        except NoDataError as problem:
            yield moment, _of(channel, problem)


def _whitened(series: Series, block: _Block, settings: ScanSettings) -> tuple[Scanner, list[Stretch]]:
    """What scans the moments of a block. Raises NoDataError where no tile fits the sampling rate."""
    scanner = _scanner(series.sample_rate, block.duration, settings)
    last = len(series) - round(block.duration * series.sample_rate)
    if last < 0:  # a rate that divides no second
        raise NoDataError(f"{block.duration:g} s are no whole number of samples at {series.sample_rate:g} Hz")
    firsts = (min(max(0, round((at - series.t0) * series.sample_rate)), last) for at in block.starts)
    starts = tuple(series.t0 + first / series.sample_rate for first in dict.fromkeys(firsts))
    return scanner, scanner.whiten(series, starts)


def _of(channel: str, problem: NoDataError) -> NoDataError:
    return NoDataError(f"{channel}: {problem.message}", problem.hint)


def _nearest(stretches: Sequence[Stretch], moment: float) -> int:
    """Which stretch has its middle nearest to a moment; of equally near ones the first."""
    if not stretches:
        where = f"around {gpstime.show(moment)}"
        raise NoDataError(f"constant, beyond {SMALLEST:g} to {LARGEST:g}, or too few samples without a gap, {where}")
    distances = [abs(stretch.t0 + stretch.duration / 2 - moment) for stretch in stretches]
    return distances.index(min(distances))


@lru_cache(maxsize=8)
def _scanner(rate: float, duration: float, settings: ScanSettings) -> Scanner:
    return Scanner(rate, duration, settings)
