"""What `culpa triggers` was asked for, and the doing of it."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from math import inf
from pathlib import Path
from typing import Any

from .. import gpstime
from .. import settings as toml
from ..acquire.atomic import atomic, remove_leftovers
from ..acquire.sources import Source, open_source, resolve_channels
from ..acquire.triggerfiles import EXTENSIONS
from ..detect.omicron_options import OmicronOptions, read_options
from ..detect.settings import SearchSettings
from ..errors import NoDataError, UsageError, nearest
from ..types import Segments
from .assignment import Assignment, recorded
from .at_work import at_work
from .configuration import DataSettings, mock_data, section
from .days import Day
from .omicron import find_program, search_with_omicron
from .pipeline import make_stage
from .progress import progress
from .triggers import ChunkJob, plan_jobs, search_channels, warn, warn_of

log = logging.getLogger(__name__)

ENGINES = ("native", "omicron")


@dataclass(frozen=True)
class Request:
    """Where the data are, which channels are searched, when (None = whenever there are data), and where results go.

    `day` is the mock day whose data they are, if they are.
    """

    sources: tuple[str, ...]
    channels: tuple[str, ...]
    output: Path
    formats: tuple[str, ...] = tuple(EXTENSIONS)
    engine: str = "native"
    within: Segments | None = None
    omicron: OmicronOptions | None = None
    day: Day | None = None

    @property
    def is_plain_day(self) -> bool:
        """Whether a whole day is searched by ourselves."""
        return self.day is not None and (self.channels, self.engine, self.within, self.omicron) == (
            ("*",), "native", None, None,
        )  # fmt: skip


def request(
    which: date | None,
    output: Path,
    sources: Sequence[str],
    channels: Sequence[str],
    omicron_options: Path | None,
    formats: str | None,
    engine: str = "native",
    start: str | None = None,
    end: str | None = None,
    config_file: Path | None = None,
) -> Request:
    """The request that the command line means. Raises UsageError where it contradicts itself or says too little."""
    options = read_options(omicron_options) if omicron_options else None
    data = mock_data(config_file, "triggers") if which else DataSettings()
    said = data.formats if formats is None else formats.split(",")
    chosen = tuple(dict.fromkeys(part.strip() for part in said if part.strip()))
    for form in chosen:
        if form not in EXTENSIONS:
            raise UsageError(f"format {form!r} is not known", nearest(form, EXTENSIONS))
    if not chosen:
        raise UsageError("no format given", "any of " + ", ".join(EXTENSIONS))
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} is not known", nearest(engine, ENGINES))
    within = _within(start, end)
    if which is not None:
        if sources:
            raise UsageError("a mock day and --source exclude each other", "leave one of them out")
        day = Day(which, output)
        ffl = day.existing(day.raw / "raw.ffl", "mock")
        return Request((str(ffl),), tuple(channels) or ("*",), day.triggers, chosen, engine, within, options, day)
    if options is not None:
        sources = sources or ([str(options.source)] if options.source else [])
        channels = channels or options.channels
    if not sources:
        raise UsageError("nothing to search", "give a DATE for which there is a mock day, or --source and --channel")
    return Request(tuple(sources), tuple(channels), output, chosen, engine, within, options)


def _within(start: str | None, end: str | None) -> Segments | None:
    if not start and not end:
        return None
    first, last = gpstime.parse(start) if start else 0.0, gpstime.parse(end) if end else inf
    if first >= last:
        raise UsageError(
            f"the search would start at GPS {gpstime.show(first)} and end at GPS {gpstime.show(last)}",
            "the start must be before the end",
        )
    return Segments.of([(first, last)])


def settings(config_file: Path | None, asked: Request, **changes: Any) -> SearchSettings:
    """The search's settings: the `[triggers]` table of a file, or an Omicron option file, with options over them."""
    base = asked.omicron.settings if asked.omicron else SearchSettings()
    return toml.replace(toml.overlay(base, section(config_file, "triggers"), "triggers"), **changes)


def plan(asked: Request, chosen: SearchSettings) -> dict[str, Any]:
    """What `make` would do: channels, chunks and the output folder."""
    _, channels, jobs = _prepare(asked, chosen)
    return {"output": str(asked.output), "channels": channels, "chunks": len(jobs)}


def make(asked: Request, chosen: SearchSettings, workers: int, quiet: bool) -> dict[str, Any]:
    """Search and write trigger files; the summary has one entry per channel. Raises NoDataError without data.

    All of a day that was made by its plan is searched by it, too: only what was not searched before.
    """
    if asked.day is not None and asked.is_plain_day:
        data = DataSettings(formats=asked.formats)
        if (of := recorded(asked.day, triggers=chosen, data=data)) is not None:
            return _make_by_plan(asked, of, workers, quiet)
    if asked.engine == "omicron":
        find_program("omicron")
    with at_work(asked.day.folder) if asked.day else nullcontext():
        return _make_by_hand(asked, chosen, workers, quiet)


def _make_by_hand(asked: Request, chosen: SearchSettings, workers: int, quiet: bool) -> dict[str, Any]:
    source, channels, jobs = _prepare(asked, chosen)
    with atomic(asked.output / "triggers.toml") as path:
        path.write_text(toml.dump(chosen, "triggers"), encoding="utf-8")
    if asked.engine == "omicron":
        segments = source.segments() if asked.within is None else source.segments() & asked.within
        results = search_with_omicron(source, channels, chosen, segments, asked.output, asked.formats)
    else:
        with progress("trigger search", len(jobs), quiet) as tick:
            results = list(search_channels(jobs, asked.output, asked.formats, workers, tick))
    remove_leftovers(asked.output)
    warn(results)
    total = sum(result.triggers for result in results)
    return {"output": str(asked.output), "triggers": total, "channels": [result.entry() for result in results]}


def _make_by_plan(asked: Request, of: Assignment, workers: int, quiet: bool) -> dict[str, Any]:
    said = make_stage(of, "triggers", workers, quiet)
    if not said:
        raise NoDataError(f"{of.day.folder}: no stretch of at least 4 s of data to search")
    warn_of({entry["channel"]: entry for entry in said.values()})
    return {
        "output": str(asked.output),
        "triggers": sum(entry["triggers"] for entry in said.values()),
        "channels": list(said.values()),
    }


def tell(summary: dict[str, Any]) -> str:
    """What a search found, in a line or two."""
    channels = summary["channels"]
    having = [entry for entry in channels if entry["triggers"]]
    livetime = max(entry["livetime"] for entry in channels)
    text = f"triggers: {summary['triggers']}, in {len(having)} of {len(channels)} channels; searched: {livetime:.10g} s"
    if not having:
        return text
    entry = max(having, key=lambda entry: entry["loudest"]["snr"])
    of = entry["loudest"]
    where = f"GPS {gpstime.show(of['time'])}, {of['frequency']:.0f} Hz, Q {of['q']:.1f}"
    return f"{text}\nthe loudest: SNR {of['snr']:.1f} at {where}, {entry['channel']}"


def _prepare(asked: Request, chosen: SearchSettings) -> tuple[Source, list[str], list[ChunkJob]]:
    source = open_source(asked.sources)
    if not asked.channels:
        raise UsageError(
            "which channel? none was given", "--channel takes one of: " + ", ".join(source.channels()[:20])
        )
    channels = resolve_channels(source, asked.channels)
    if asked.omicron:
        channels = asked.omicron.wanted(channels)
    return source, channels, plan_jobs(source, channels, chosen, asked.within)
