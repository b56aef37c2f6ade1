"""Q-scans of many moments of a channel: each block of data is read and whitened once for all the moments in it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from ..acquire.sources import Source
from ..decompose.qscan import Scanner, ScanSettings
from ..decompose.qscan_plane import Scan
from ..decompose.stretches import Stretch
from ..errors import NoDataError
from ..types import Series
from .blocks import STRETCH, Block, block_of, nearest, nothing_there, of_channel


def scan_moments(
    source: Source, channel: str, moments: Sequence[float], settings: ScanSettings
) -> Iterator[tuple[float, Scan | NoDataError]]:
    """Each moment (GPS s) in order of time with its scan, or with why there is none.

    A scan depends on its moment and the data around it alone, not on what else is asked for. Raises
    ChannelNotFoundError for a channel that the source does not have.
    """
    source.sample_rate(channel)
    there = source.segments(channel)
    for block, group in groupby(sorted(moments), key=lambda moment: block_of(moment, there)):
        yield from _scan_block(source, channel, block, list(group), settings)


def frequencies(source: Source, channel: str, settings: ScanSettings) -> tuple[float, float]:
    """Lowest and highest frequency (Hz) that scans of a channel can show."""
    return _scanner(source.sample_rate(channel), STRETCH, settings).band


def _scan_block(
    source: Source, channel: str, block: Block | None, moments: list[float], settings: ScanSettings
) -> Iterator[tuple[float, Scan | NoDataError]]:
    if block is None:
        yield from ((moment, nothing_there(channel, moment)) for moment in moments)
        return
    try:
        scanner, stretches = _whitened(source.read(channel, block.start, block.end), block, settings)
    except NoDataError as problem:
        yield from ((moment, of_channel(channel, problem)) for moment in moments)
        return
    levels = lru_cache(maxsize=len(stretches))(lambda place: scanner.levels(stretches[place]))
    for moment in moments:
        try:
            place = nearest(stretches, moment)
            yield moment, scanner.scan(stretches[place], moment, levels(place))
        except NoDataError as problem:
            yield moment, of_channel(channel, problem)


def _whitened(series: Series, block: Block, settings: ScanSettings) -> tuple[Scanner, list[Stretch]]:
    """What scans the moments of a block. Raises NoDataError where no tile fits the sampling rate."""
    scanner = _scanner(series.sample_rate, block.duration, settings)
    return scanner, scanner.whiten(series, block.sampled(series))


@lru_cache(maxsize=8)
def _scanner(rate: float, duration: float, settings: ScanSettings) -> Scanner:
    return Scanner(rate, duration, settings)
