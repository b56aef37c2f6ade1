"""What `culpa qscan` was asked for, and the doing of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from .. import gpstime, names
from .. import settings as toml
from ..acquire.sources import Source, open_source, resolve_channels
from ..acquire.triggerfolder import load_triggers
from ..errors import NoDataError, NoTriggersError, UsageError
from ..report.numbers import plural
from ..report.qscan.settings import QscanSettings
from .assignment import recorded
from .at_work import at_work
from .blocks import BLOCK, REACH
from .configuration import mock_data, section
from .days import Day
from .pictures import Drawn, Moment, draw
from .pipeline import make_stage
from .pool import ordered
from .progress import progress
from .stages import qscans


@dataclass(frozen=True)
class Request:
    """What is looked at: channels beside each other (none: main channel and witness), times (GPS s), from which data.

    Without times it is the vetoed triggers of the mock day `day`.
    """

    sources: tuple[str, ...]
    channels: tuple[str, ...]
    times: tuple[float, ...]
    output: Path
    day: Day | None = None

    @property
    def is_plain_day(self) -> bool:
        """Whether it is what the plan of a day makes."""
        return self.day is not None and not self.channels and not self.times


def request(
    which: date | None,
    output: Path,
    sources: Sequence[str],
    channels: Sequence[str],
    times: Sequence[str],
    config_file: Path | None = None,
    most: int | None = None,
) -> Request:
    """The request that the command line means. Raises UsageError where it contradicts itself or says too little."""
    moments = tuple(dict.fromkeys(round(gpstime.parse(time), 6) for time in times))  # as files are named
    if moments and most is not None:
        raise UsageError("--most and --gps exclude each other", "--most is of the vetoed triggers of a DATE")
    if which is None:
        if not (sources and channels and moments):
            raise UsageError(
                "nothing to look at: give a DATE, or --source, --channel and --gps",
                "for example: culpa qscan --source 'data/*.gwf' --channel K1:STRAIN --gps 1456358597.65 -o pictures",
            )
        return Request(tuple(sources), tuple(channels), moments, output)
    if sources:
        raise UsageError("a mock day and --source exclude each other", "leave one of them out")
    mock_data(config_file, qscans.NAME)
    day = Day(which, output)
    raw = str(day.existing(day.raw / "raw.ffl", "mock"))
    chosen = tuple(resolve_channels(open_source([raw]), channels)) or ((day.main_channel(),) if moments else ())
    folder = day.folder / qscans.FOLDER / names.channel_tag(chosen[0]) if chosen else day.folder / qscans.MAIN
    return Request((raw,), chosen, moments, folder, day)


def settings(config_file: Path | None, **changes: Any) -> QscanSettings:
    """The `[qscan]` table of a file with options over it."""
    return toml.replace(toml.build(QscanSettings, section(config_file, "qscan"), "qscan"), **changes)


def plan(asked: Request, chosen: QscanSettings) -> dict[str, Any]:
    """What `make` would do: moments, channels and the output folder."""
    _, moments = _wanted(asked, chosen)
    channels = sorted({name for moment in moments for name in moment.channels})
    pictures = len(moments) * len(chosen.views)
    return {"output": str(asked.output), "channels": channels, "moments": len(moments), "pictures": pictures}


def make(asked: Request, chosen: QscanSettings, workers: int, quiet: bool) -> dict[str, Any]:
    """Draw; the summary has counts, the folder and what could not be shown.

    The vetoed triggers of a day that was made by its plan are drawn by it, too. Raises NoTriggersError where nothing
    was vetoed, NoDataError where no moment has data.
    """
    if asked.day is not None and asked.is_plain_day and (of := recorded(asked.day, qscan=chosen)) is not None:
        said = list(make_stage(of, qscans.NAME, workers, quiet).values())
        moments = sum(one.get("moments", 0) for one in said)
        if not moments:
            raise _nothing(asked.day)
        return _summary(asked, moments, chosen, [text for one in said for text in one.get("remarks", ())])
    if asked.day is None:
        return _draw(asked, chosen, workers, quiet)
    with at_work(asked.day.folder):
        return _draw(asked, chosen, workers, quiet)


def _nothing(day: Day) -> NoTriggersError:
    return NoTriggersError(
        f"no trigger of {day.date} was vetoed: nothing to look at",
        "give times and a channel: --gps GPS --channel NAME",
    )


def _wanted(asked: Request, chosen: QscanSettings) -> tuple[Source, list[Moment]]:
    source = open_source(asked.sources)
    if asked.times:
        channels = tuple(resolve_channels(source, asked.channels))
        return source, [Moment(gps, channels) for gps in asked.times]
    day = asked.day
    if day is None or not (day.hveto / "summary.json").exists():
        made = f"make it first: culpa hveto {day.date}" if day else "give --gps"
        raise NoDataError("there is no veto whose triggers could be looked at", made)
    moments = qscans.vetoed(day.hveto, dict(load_triggers(day.triggers)[0]), chosen.most)
    if not moments:
        raise _nothing(day)
    if asked.channels:
        channels = tuple(resolve_channels(source, asked.channels))
        moments = [Moment(moment.gps, channels) for moment in moments]
    return source, moments


@dataclass(frozen=True)
class _Work:
    source: Source
    moments: tuple[Moment, ...]
    settings: QscanSettings
    folder: Path


def _drawn(work: _Work) -> list[Drawn]:
    return list(draw(work.source, work.moments, work.settings, work.folder))


def _draw(asked: Request, chosen: QscanSettings, workers: int, quiet: bool) -> dict[str, Any]:
    source, moments = _wanted(asked, chosen)
    for name in {name for moment in moments for name in moment.channels}:
        source.sample_rate(name)  # known from here on, in every process
    parts = list(_parts(source, moments, chosen, asked.output))
    with progress("Q-scans", len(parts), quiet) as tick:
        done: list[Drawn] = []
        for some in ordered(_drawn, parts, workers):
            done += some
            tick()
    problems = list(dict.fromkeys(problem.message for one in done for problem in one.problems))
    shown = sum(bool(one.files) for one in done)
    if not shown:
        raise NoDataError(problems[0] if problems else "there is no data")
    return _summary(asked, shown, chosen, problems)


def _parts(source: Source, moments: Sequence[Moment], chosen: QscanSettings, folder: Path) -> Iterator[_Work]:
    ordered_moments = sorted(moments, key=lambda moment: moment.gps)
    for block, some in groupby(ordered_moments, key=lambda moment: moment.gps // BLOCK):
        near = source.between(block * BLOCK - REACH, (block + 1) * BLOCK + REACH)
        yield _Work(near, tuple(some), chosen, folder)


def _summary(asked: Request, moments: int, chosen: QscanSettings, problems: Sequence[str]) -> dict[str, Any]:
    return {
        "output": str(asked.output),
        "moments": moments,
        "pictures": moments * len(chosen.views),
        "problems": list(problems),
    }


def tell(summary: dict[str, Any]) -> str:
    """What was drawn, and what could not be, in a few lines."""
    pictures, moments = plural(summary["pictures"], "picture"), plural(summary["moments"], "moment")
    lines = [f"Q-scans: {pictures} of {moments}", *summary["problems"][:5]]
    if (more := len(summary["problems"]) - 5) > 0:
        lines.append(f"and {plural(more, 'further problem')}")
    return "\n".join(lines)
