"""The data of a day as a plan sees them: which files, channels and times, before anything is read."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import gpstime
from ..acquire.datafiles import DataFile
from ..acquire.mock.channels import channels
from ..acquire.mock.day import MockDay, chunk_file, chunk_starts
from ..acquire.mock.settings import MockSettings
from ..acquire.segmentfiles import read_segments
from ..acquire.sources import Source, open_source, resolve_channels
from ..errors import NoDataError, UsageError
from ..types import Segments
from .configuration import DataSettings
from .days import Day

log = logging.getLogger(__name__)

RAW = "raw"
"""The folder of a mock day's frames, in the day's own."""


@dataclass(frozen=True)
class Recording:
    """Files in order of time (paths absolute, or relative to the day's folder), and what is searched in them.

    `rates` in Hz by channel, the main one first; `stretches` are the times of each channel that are searched as one
    (GPS s), data outside them are not looked at; triggers count `within` these times (None: all).
    """

    files: tuple[DataFile, ...]
    main: str
    rates: Mapping[str, float]
    stretches: Mapping[str, Segments]
    within: Segments | None = None

    def paths(self, start: float, end: float) -> tuple[str, ...]:
        """The files that overlap `[start, end)` GPS s; the same tuple for the same times, as many channels ask."""
        found = self._paths.get((start, end))
        if found is None:
            found = tuple(file.path for file in self._source.between(start, end).files)
            self._paths[start, end] = found
        return found

    @cached_property
    def _source(self) -> Source:
        return Source(self.files)

    @cached_property
    def _paths(self) -> dict[tuple[float, float], tuple[str, ...]]:
        return {}


def mock_recording(day: Day, settings: MockSettings) -> Recording:
    """What a mock day has, whether or not it has been made."""
    mock = MockDay(settings, day.start)
    names = [chunk_file(mock, start) for start in chunk_starts(mock)]
    files = tuple(DataFile(float(name.start), float(name.end), f"{RAW}/{name}") for name in names)
    rates = {channel.name: float(channel.sample_rate) for channel in channels(settings)}
    whole = Segments.of([mock.span])
    return Recording(files, settings.main, rates, dict.fromkeys(rates, whole))


def own_recording(day: Day, settings: DataSettings) -> Recording:
    """The part of a user's data that is of the day; what the segments leave out is not looked at.

    Raises NoDataError where there is none, UsageError where the main channel is not said or two channels would have
    files of one name.
    """
    source = open_source(settings.source)
    names = _channels(source, settings)
    bounds = Segments.of([(float(day.start), float(day.end))])
    analysed = read_segments(settings.segments) if settings.segments else None
    stretches = {name: _stretches(source.segments(name), analysed, bounds) for name in names}
    if not any(stretches.values()):
        span = source.segments().bounds
        raise NoDataError(
            f"no data of {day.date} (GPS {day.start} to {day.end}) to analyse",
            f"the files are from GPS {gpstime.show(span[0][0])} to {gpstime.show(span[-1][1])}",
        )
    rates = {name: source.sample_rate(name) for name in names}
    return Recording(source.files, settings.main, rates, stretches, bounds)


def _stretches(there: Segments, analysed: Segments | None, day: Segments) -> Segments:
    """What reaches into the day: data beyond midnight are context, so that no trigger is lost there."""
    searched = there if analysed is None else there & analysed
    midnight, next_midnight = day.bounds[0]
    near = searched & Segments(((midnight - _CONTEXT, next_midnight + _CONTEXT),))
    return Segments.of(bounds for bounds in near if Segments.of([bounds]) & day)


_CONTEXT = 1024.0
"""Seconds beyond midnight that a search may look at: as long as one noise spectrum."""


def _channels(source: Source, settings: DataSettings) -> Sequence[str]:
    if not settings.main:
        raise UsageError("which is the main channel? [data] main is not set", 'for example: main = "K1:CAL-STRAIN"')
    listed = _read_list(settings.channel_list) if settings.channel_list else ()
    patterns = (*settings.channels, *listed) or ("*",)
    return list(dict.fromkeys([*resolve_channels(source, [settings.main]), *resolve_channels(source, patterns)]))


def _read_list(path: Path) -> list[str]:
    """The first word of each line; `#` begins a comment. Raises NoDataError where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise NoDataError(f"cannot read the list of channels {path}: {problem}") from problem
    return [words[0] for line in lines if (words := line.partition("#")[0].split())]
