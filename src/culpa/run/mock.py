"""The mock stage: a day of simulated frames, their lists and the truth table."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import gpstime
from .. import settings as toml
from ..acquire.atomic import remove_leftovers
from ..acquire.mock.channels import channels
from ..acquire.mock.day import MockDay, chunk_file, chunk_starts, write_chunks
from ..acquire.mock.records import remove_index, write_index
from ..acquire.mock.settings import MockSettings
from .configuration import section
from .days import Day
from .pool import ordered
from .progress import progress

log = logging.getLogger(__name__)

_BATCH = 8
"""Files that one job writes: preparing the noise of all channels costs about as much as one file."""


@dataclass(frozen=True)
class FrameJob:
    """Some files of a day."""

    day: MockDay
    starts: tuple[int, ...]
    folder: Path


def settings(config_file: Path | None, **changes: Any) -> MockSettings:
    """The settings of the `[mock]` table of a file, with options of the command line (None = not given) over them."""
    return toml.replace(toml.build(MockSettings, section(config_file, "mock"), "mock"), **changes)


def plan(day: Day, chosen: MockSettings) -> dict[str, Any]:
    """What `make` would write: folder, span, files, channels."""
    mock_day = MockDay(chosen, day.start)
    start, end = mock_day.span
    return {
        "folder": str(day.raw),
        "start": start,
        "end": end,
        "seed": chosen.seed,
        "files": len(chunk_starts(mock_day)),
        "channels": {channel.name: channel.sample_rate for channel in channels(chosen)},
    }


def make(day: Day, chosen: MockSettings, workers: int, quiet: bool) -> dict[str, Any]:
    """Write the day's frames, then their lists and the truth table; frames of an earlier, longer day are removed."""
    mock_day = MockDay(chosen, day.start)
    day.raw.mkdir(parents=True, exist_ok=True)
    _warn_of_old_triggers(day, chosen)
    remove_index(day.raw)
    jobs = list(_jobs(mock_day, day.raw))
    with progress("mock frames", len(jobs), quiet) as tick:
        for _ in ordered(write_frames, jobs, workers):
            tick()
    write_index(mock_day, day.raw)
    wanted = {str(chunk_file(mock_day, start)) for start in chunk_starts(mock_day)}
    for path in day.raw.glob("*.gwf"):
        if path.name not in wanted:
            log.info("%s is of an earlier mock day: removed", path)
            path.unlink()
    remove_leftovers(day.raw)
    return plan(day, chosen)


def tell(summary: dict[str, Any]) -> str:
    """What was made, in a line."""
    seconds = summary["end"] - summary["start"]
    start = gpstime.show(summary["start"])
    return f"{len(summary['channels'])} channels, {seconds} s from GPS {start} in {summary['files']} files"


def _warn_of_old_triggers(day: Day, chosen: MockSettings) -> None:
    record = day.raw / "mock.toml"
    before = record.read_text(encoding="utf-8") if record.is_file() else None
    if day.triggers.exists() and before != toml.dump(chosen, "mock"):
        log.warning(
            "%s is the search of other data: delete it, then search again (culpa triggers %s)", day.triggers, day.date
        )


def write_frames(job: FrameJob) -> Sequence[Path]:
    """The work of one job."""
    return list(write_chunks(job.day, job.starts, job.folder))


def _jobs(day: MockDay, folder: Path) -> Iterator[FrameJob]:
    starts = chunk_starts(day)
    for i in range(0, len(starts), _BATCH):
        yield FrameJob(day, tuple(starts[i : i + _BATCH]), folder)
