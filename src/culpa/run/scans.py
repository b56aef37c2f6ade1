"""Q-scans of many moments of a channel: each stretch of data is read and whitened once for all the moments in it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from math import floor, log2

from .. import gpstime
from ..acquire.sources import Source
from ..decompose.qscan import Scanner, ScanSettings
from ..decompose.qscan_plane import Scan
from ..errors import NoDataError
from ..types import Segments

STRETCH = 64.0
"""Seconds that are whitened together, by their own spectrum; shorter recordings are taken as long as they are."""
REACH = 48.0
"""Seconds on either side of a moment, at most, of the data that its scan depends on."""
SHORTEST = 4.0
"""Seconds that a Q-scan needs."""


def scan_moments(
    source: Source, channel: str, moments: Sequence[float], settings: ScanSettings
) -> Iterator[tuple[float, Scan | NoDataError]]:
    """Each moment (GPS s) in order of time with its scan, or with why there is none.

    A scan depends on its moment and the data within 48 s of it alone, not on what else is asked for. Raises
    ChannelNotFoundError for a channel that the source does not have.
    """
    rate = source.sample_rate(channel)
    there = source.segments(channel)
    for (start, duration), group in groupby(sorted(moments), key=lambda moment: _stretch(moment, there)):
        if duration < SHORTEST:
            yield from ((moment, _nothing(moment, channel, duration)) for moment in group)
        else:
            yield from _scan_stretch(source, channel, rate, (start, duration), there, list(group), settings)


def frequencies(source: Source, channel: str, settings: ScanSettings) -> tuple[float, float]:
    """Lowest and highest frequency (Hz) that scans of a channel can show."""
    return _scanner(source.sample_rate(channel), STRETCH, settings).band


def _nothing(moment: float, channel: str, duration: float) -> NoDataError:
    lacking = f"only {duration:g} s of data, and {SHORTEST:g} s are needed" if duration else "no data"
    return NoDataError(f"{channel} has {lacking} at {gpstime.show(moment)}")


def _stretch(moment: float, there: Segments) -> tuple[float, float]:
    """Start and length of the data that a moment is scanned in; the length is 0 where there are none."""
    for start, end in there:
        if start <= moment < end:
            break
    else:
        return moment, 0.0
    if end - start < SHORTEST:
        return start, end - start
    duration = min(STRETCH, 2.0 ** floor(log2(end - start)))
    wanted = moment - duration / 2
    if duration == STRETCH:  # neighbours share a stretch; each is a quarter of it away from its ends
        wanted = STRETCH / 2 * round(wanted / (STRETCH / 2))
    return min(max(wanted, start), end - duration), duration


def _scan_stretch(
    source: Source,
    channel: str,
    rate: float,
    where: tuple[float, float],
    there: Segments,
    moments: list[float],
    settings: ScanSettings,
) -> Iterator[tuple[float, Scan | NoDataError]]:
    start, duration = where
    (span,) = (Segments.of([bounds]) for bounds in there if bounds[0] <= start < bounds[1])
    around = Segments.of([(start + (duration - STRETCH) / 2, start + (duration + STRETCH) / 2)]) & span
    series = source.read(channel, *around.bounds[0])
    starts = tuple(dict.fromkeys(_nearest(series.t0, rate, at) for at in (start, series.t0, series.end - duration)))
    scanner = _scanner(rate, duration, settings)
    stretches = scanner.whiten(series, starts)
    levels = scanner.levels(stretches[0]) if stretches else None
    for moment in moments:
        try:
            if not stretches:
                raise NoDataError(
                    f"{channel} is constant, or has too few samples without a gap, at {gpstime.show(moment)}"
                )
            yield moment, scanner.scan(stretches[0], moment, levels)
        except NoDataError as problem:
            yield moment, problem


def _nearest(t0: float, rate: float, time: float) -> float:
    """The time of the sample nearest to a time."""
    return t0 + round((time - t0) * rate) / rate


@lru_cache(maxsize=8)
def _scanner(rate: float, duration: float, settings: ScanSettings) -> Scanner:
    return Scanner(rate, duration, settings)
