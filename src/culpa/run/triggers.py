"""The trigger stage: every channel of a source searched, chunk by chunk, and its triggers written."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__, gpstime, names
from ..acquire import triggerfiles
from ..acquire.sources import Source
from ..acquire.triggerpaths import and_further
from ..detect.cluster import Part, combine, stitch
from ..detect.layout import Group, chunks, groups
from ..detect.search import Searched, search_group
from ..detect.settings import SearchSettings
from ..errors import NoDataError, UsageError
from ..types import Events, Segments
from .pool import ordered

log = logging.getLogger(__name__)

LOUDEST = ("time", "frequency", "q", "snr")
"""What is said about the loudest trigger of a channel: GPS s, Hz."""


@dataclass(frozen=True)
class ChunkJob:
    """One chunk of one channel; `stretch` counts the channel's stretches without gaps."""

    source: Source
    channel: str
    stretch: int
    groups: tuple[Group, ...]
    settings: SearchSettings
    within: Segments | None = None


@dataclass
class ChannelResult:
    """What the search of a channel gave: files, number of triggers, livetime in s, remarks on how many of its parts."""

    channel: str
    files: list[Path] = field(default_factory=list)
    triggers: int = 0
    livetime: float = 0.0
    parts: int = 0
    remarks: Counter[str] = field(default_factory=Counter)
    loudest: Events = field(default_factory=Events.empty)
    """One trigger, or none."""

    def count(self, events: Events, searched: Segments) -> None:
        """Add what was found in one more part of the data, of which some GPS intervals were searched."""
        self.parts += 1
        self.triggers += len(events)
        self.livetime += searched.livetime
        both = Events.concatenate([self.loudest, events])
        self.loudest = both.take(np.argsort(-both["snr"], kind="stable")[:1])

    def entry(self) -> dict[str, Any]:
        """The same for JSON; of the loudest trigger GPS s, Hz, Q, SNR, None without one."""
        return {
            "channel": self.channel,
            "triggers": self.triggers,
            "livetime": round(self.livetime, 6),
            "loudest": {name: float(self.loudest[name][0]) for name in LOUDEST} if len(self.loudest) else None,
            "files": len(self.files),
            "parts": self.parts,
            "remarks": dict(self.remarks),
        }


def plan_jobs(
    source: Source, channels: Sequence[str], settings: SearchSettings, within: Segments | None = None
) -> list[ChunkJob]:
    """The jobs of a search, channel by channel, each in order of time.

    `within` (GPS s) limits what is searched; data outside it still serve as context, so that the triggers are those of
    a search of everything. Channels of one sampling rate follow each other, the fastest first: a process builds what a
    rate needs only once. Stretches shorter than 4 s have no job. Raises NoDataError where nothing is left to search,
    UsageError for channels whose files would have the same names.
    """
    tell_apart(channels)
    jobs: list[ChunkJob] = []
    for channel in sorted(channels, key=lambda channel: (-source.sample_rate(channel), channel)):
        for number, (start, end) in enumerate(source.segments(channel)):
            for chunk in chunks(groups(start, end, settings), settings):
                part = [group for group in chunk if within is None or Segments(((group.start, group.end),)) & within]
                if part:
                    files = source.between(part[0].data[0], part[-1].data[1])
                    jobs.append(ChunkJob(files, channel, number, tuple(part), settings, within))
    if not jobs:
        raise NoDataError(
            f"nothing to search: no stretch of at least 4 s of data for {_some(channels)}{_limits(within)}",
            f"the files are from {_shown((source.segments().bounds[0][0], source.segments().bounds[-1][1]))}",
        )
    return jobs


def _some(channels: Sequence[str]) -> str:
    return ", ".join(channels[:3]) + (f" and {len(channels) - 3} more" if len(channels) > 3 else "")


def _limits(within: Segments | None) -> str:
    return "" if within is None else " in " + " and ".join(map(_shown, within))


def _shown(bounds: tuple[float, float]) -> str:
    start, end = (gpstime.show(time) if isfinite(time) else "the end" for time in bounds)
    return f"GPS {start} to {end}"


def tell_apart(channels: Sequence[str]) -> None:
    """Raises UsageError for channels whose trigger files would have the same names."""
    tags: dict[tuple[str, str], str] = {}
    for channel in dict.fromkeys(channels):
        other = tags.setdefault((names.interferometer(channel), names.channel_tag(channel)), channel)
        if other != channel:
            raise UsageError(
                f"{other} and {channel} would be written to files of the same name",
                "search them one after the other, each with an -o of its own",
            )


def search_chunk(job: ChunkJob) -> Searched:
    """The work of one job."""
    rate = job.source.sample_rate(job.channel)
    if job.settings.sample_rate is not None and rate < job.settings.sample_rate:
        remark = f"sampled at {rate:g} Hz, below the {job.settings.sample_rate:g} Hz asked for"
        return _limited(Searched(_empty(job.groups), Segments(), (remark,)), job.within)
    found = []
    for group in job.groups:
        series = job.source.read(job.channel, *group.data)
        found.append(search_group(series, group, job.settings))
    part = combine(list(stitch((one.part for one in found), job.settings.cluster)))
    segments = Segments.of(bounds for one in found for bounds in one.segments)
    remarks = tuple(dict.fromkeys(remark for one in found for remark in one.remarks))
    return _limited(Searched(part, segments, remarks), job.within)


def _limited(searched: Searched, within: Segments | None) -> Searched:
    """What lies within the limits."""
    if within is None:
        return searched
    part = searched.part
    start, end = limited_span(part.start, part.end, within)
    events = part.events.take(within.contains(part.events["time"]))
    return Searched(replace(part, start=start, end=end, events=events), searched.segments & within, searched.remarks)


def limited_span(start: float, end: float, within: Segments | None) -> tuple[float, float]:
    """What a file answers for: from the first to the last time (GPS s) that is within the limits; some time is."""
    if within is None:
        return start, end
    bounds = (Segments(((start, end),)) & within).bounds
    return bounds[0][0], bounds[-1][1]


def search_channels(
    jobs: Sequence[ChunkJob],
    output: Path,
    formats: Sequence[str] = tuple(triggerfiles.EXTENSIONS),
    workers: int = 1,
    progress: Callable[[], None] = lambda: None,
) -> Iterator[ChannelResult]:
    """Do the jobs and write each chunk's triggers below `output` as soon as they are final; one result per channel.

    Files are complete or absent. Files of an earlier search of a channel whose span was searched again are removed once
    the channel is done. `progress` is called after each job.
    """
    results = _ticking(ordered(search_chunk, jobs, workers), progress)
    for channel, of_channel in groupby(zip(jobs, results, strict=True), key=lambda pair: pair[0].channel):
        result = ChannelResult(channel)
        for _, of_stretch in groupby(of_channel, key=lambda pair: pair[0].stretch):
            first = next(of_stretch)
            found = (one for _, one in chain([first], of_stretch))
            write_stretch(result, found, first[0].settings.cluster, output, formats)
        remove_replaced(result)
        yield result


def _ticking(results: Iterator[Searched], progress: Callable[[], None]) -> Iterator[Searched]:
    for result in results:
        progress()
        yield result


def write_stretch(
    result: ChannelResult, results: Iterable[Searched], gap: float, output: Path, formats: Sequence[str]
) -> None:
    """Stitch consecutive chunks of a channel, and write each below `output` as soon as it is final."""
    searched: dict[float, Searched] = {}

    def parts() -> Iterator[Part]:
        for one in results:
            searched[one.part.start] = one
            result.remarks.update(one.remarks)
            yield one.part

    for part in stitch(parts(), gap):
        segments = searched.pop(part.start).segments
        result.count(part.events, segments)
        notes = {"generator": f"culpa {__version__}"} | (
            {"truncated": "the loudest tiles were kept"} if part.truncated else {}
        )
        for form in formats:
            path = output / names.trigger_file(result.channel, part.start, part.end, triggerfiles.EXTENSIONS[form])
            path.parent.mkdir(parents=True, exist_ok=True)
            triggerfiles.write(
                part.events, path, channel=result.channel, span=(part.start, part.end), searched=segments, notes=notes
            )
            result.files.append(path)


def warn(results: Sequence[ChannelResult]) -> None:
    """Log each remark once, with the channels that it is about."""
    warn_of({result.channel: {"remarks": result.remarks, "parts": result.parts} for result in results})


def warn_of(entries: Mapping[str, Mapping[str, Any]]) -> None:
    """The same for entries by channel, of which `remarks` and `parts` count."""
    channels: dict[str, list[str]] = {}
    for channel, entry in entries.items():
        for remark, times in entry["remarks"].items():
            where = "" if times == entry["parts"] else f" (in {times} of {entry['parts']} parts)"
            channels.setdefault(remark + where, []).append(channel)
    for remark, about in channels.items():
        log.warning("%s: %s", "all channels" if len(about) == len(entries) > 1 else ", ".join(about), remark)


def remove_replaced(result: ChannelResult) -> None:
    """Remove files of an earlier search whose span was searched again: their triggers would be read twice.

    A file of which only a part was searched again is kept. Both are told in a warning.
    """
    replaced = []
    now = Segments.of((name.start, name.end) for name in map(names.parse, result.files) if name)
    kept = set(result.files)
    for folder in {path.parent.parent for path in result.files}:
        for path in sorted(folder.glob("*/*")):
            name = names.parse(path)
            before = Segments.of([(name.start, name.end)] if name else [])
            if path in kept or not before & now:
                continue
            if before - now:
                log.warning("%s is of an earlier search and overlaps what was written now; it is kept", path)
            else:
                path.unlink()
                replaced.append(path)
    if replaced:
        log.warning("removed, as its times were searched again: %s", and_further(replaced))


def _empty(of: Sequence[Group]) -> Part:
    return Part(of[0].start, of[-1].end, Events.empty())
