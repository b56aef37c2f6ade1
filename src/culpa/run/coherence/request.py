"""What `culpa coherence` was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from ... import settings as toml
from ...acquire.segmentfiles import read_segments
from ...acquire.sources import Source, open_source, resolve_channels
from ...errors import NoDataError, UsageError
from ...evaluate.veto import VetoRound
from ...explain.coherence.settings import CoherenceSettings
from ...report.coherence.files import Basis, belonging, write_findings
from ...types import Segments
from ..configuration import mock_data, section
from ..days import Day
from ..scoring import read_veto
from .targets import chosen_rounds, labels_of, round_label, vetoed_time

FOLDER = "coherence"
"""In the folder of a day."""


@dataclass(frozen=True)
class Request:
    """Which channels are compared with which main one, in which data, and where the result goes.

    `channels` are names or patterns (none: all, or the winners of rounds), `rank` the number of a round of the veto of
    the mock day `day` (None: every round), `triggers` files of the main channel's triggers. `segments` are the analysed
    times (None: all), `leave_out` times that are not looked at: files.
    """

    sources: tuple[str, ...]
    main: str
    channels: tuple[str, ...]
    output: Path
    rank: int | None = None
    day: Day | None = None
    triggers: tuple[str, ...] = ()
    segments: Path | None = None
    leave_out: Path | None = None

    @property
    def is_plain_day(self) -> bool:
        """Whether it is what the plan of a day makes, or one round of that."""
        return self.day is not None and not (self.channels or self.segments or self.leave_out)


def request(
    which: date | None,
    output: Path | None,
    sources: Sequence[str],
    main: str | None,
    channels: Sequence[str],
    rank: int | None,
    config_file: Path | None = None,
    triggers: Sequence[str] | None = None,
    segments: Path | None = None,
    leave_out: Path | None = None,
) -> Request:
    """The request that the command line means; `triggers` is None where none are needed.

    Raises UsageError where it contradicts itself or says too little.
    """
    if which is None:
        if rank is not None:
            raise UsageError("a rank is that of a round of a day's veto: give a DATE, too")
        missing = [name for name, given in (("--source", sources), ("--main", main)) if not given]
        if triggers is not None:
            missing += [name for name, given in (("--channel", channels), ("--triggers", triggers)) if not given]
        if missing:
            raise UsageError(
                f"nothing to compare: give a DATE, or {' and '.join(missing)}",
                f"for example: culpa coherence {'overall' if triggers is None else 'glitch'} 2026-01-31",
            )
        folder = output or Path("results", FOLDER)
        return Request(
            tuple(sources), main or "", tuple(channels), folder, None, None, tuple(triggers or ()), segments, leave_out
        )
    if sources or main or triggers:
        raise UsageError("a mock day and --source, --main or --triggers exclude each other", "leave one of them out")
    mock_data(config_file, "coherence")
    day = Day(which, output or Path("results"))
    raw = str(day.existing(day.raw / "raw.ffl", "mock"))
    chosen = tuple(resolve_channels(open_source([raw]), channels))
    parts = [*labels_of(chosen[:1]), *_tags("in", segments), *_tags("without", leave_out)]
    folder = day.folder / FOLDER / "-".join(parts)
    return Request((raw,), day.main_channel(), chosen, folder, rank, day, (), segments, leave_out)


def _tags(how: str, times: Path | None) -> list[str]:
    """What a folder is called after that has results of other times than the whole day."""
    return [f"{how}_{tag}" for tag in labels_of([times.stem])] if times else []


def settings(config_file: Path | None, **changes: Any) -> CoherenceSettings:
    """The `[coherence]` table of a file with options over it."""
    return toml.replace(toml.build(CoherenceSettings, section(config_file, "coherence"), "coherence"), **changes)


def rounds_of(asked: Request) -> list[VetoRound]:
    """The rounds that are asked for; none without a day or a veto.

    Raises NoDataError where a round was asked for and is not there.
    """
    if asked.day is None or (asked.rank is None and not _summary(asked.day).exists()):
        return []
    return chosen_rounds(_veto(asked.day), asked.rank)


def _veto(day: Day) -> list[VetoRound]:
    if not _summary(day).exists():
        raise NoDataError("there is no veto whose rounds could be looked at", f"culpa hveto {day.date}")
    return read_veto(day.hveto)[1]


def _summary(day: Day) -> Path:
    return day.hveto / "summary.json"


def analysed(asked: Request, source: Source) -> Segments:
    """The times (GPS s) that are looked at. Raises NoDataError where there are none."""
    source.sample_rate(asked.main)
    segments = source.segments(asked.main)
    if asked.segments is not None:
        segments &= read_segments(asked.segments)
    if asked.leave_out is not None:
        segments -= read_segments(asked.leave_out)
    if not segments:
        raise NoDataError(f"no data of {asked.main} in the analysed time")
    return segments


def vetoed(asked: Request) -> Segments:
    """What all rounds of the day's veto remove (GPS s). Raises UsageError without a day, NoDataError without a veto."""
    if asked.day is None:
        raise UsageError("there is no veto without a DATE", "name the times in a file: --leave-out")
    return vetoed_time(asked.day.hveto, _veto(asked.day))


def others(asked: Request, source: Source) -> list[str]:
    """The channels that are asked for, all of the source where none are, beside the main one.

    Raises ChannelNotFoundError for one that the source does not have, NoDataError where none is left.
    """
    found = [name for name in resolve_channels(source, asked.channels or ("*",)) if name != asked.main]
    if not found:
        raise NoDataError(f"there is no channel beside {asked.main}", "what is it to be compared with?")
    return found


def winners(rounds: Sequence[VetoRound]) -> dict[str, str]:
    """The winner of each round by what its files are called after."""
    return {round_label(one.number): one.winner for one in rounds}


def tell_together(asked: Request, basis: Basis) -> None:
    """Write what the results in the folder that belong to this request say together."""
    labels, ranked = belonging(asked.output, basis, winners(rounds_of(replace(asked, rank=None))))
    write_findings(asked.output, labels, ranked)
