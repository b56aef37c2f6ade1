"""What `culpa mock` was asked for, and the doing of it."""

from typing import Any

from .. import gpstime
from ..acquire.mock.channels import channels
from ..acquire.mock.day import MockDay, chunk_starts
from ..errors import UsageError
from .assignment import Assignment, recorded
from .pipeline import make_stage


def plan(of: Assignment) -> dict[str, Any]:
    """What a mock day consists of: folder, span, files, channels. Raises UsageError for other data."""
    if not of.is_mock:
        raise UsageError("nothing to simulate: [data] source names data of your own", "leave it out")
    mock_day = MockDay(of.mock, of.day.start)
    start, end = mock_day.span
    return {
        "folder": str(of.day.raw),
        "start": start,
        "end": end,
        "seed": of.mock.seed,
        "files": len(chunk_starts(mock_day)),
        "channels": {channel.name: channel.sample_rate for channel in channels(of.mock)},
    }


def make(of: Assignment, workers: int, quiet: bool) -> dict[str, Any]:
    """Write what is not there yet of the day's frames, their lists and the truth table; tells what is there then."""
    there = plan(of)
    kept = recorded(of.day, mock=of.mock)  # what later stages were made with is not ours to change
    make_stage(kept or of, "mock", workers, quiet)
    return there


def tell(summary: dict[str, Any]) -> str:
    """What was made, in a line."""
    seconds = summary["end"] - summary["start"]
    start = gpstime.show(summary["start"])
    return f"{len(summary['channels'])} channels, {seconds} s from GPS {start} in {summary['files']} files"
