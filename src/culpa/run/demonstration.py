"""What `culpa demo` does: ten minutes of mock data, searched and scored, told on the screen."""

from datetime import date
from pathlib import Path
from typing import Any

from .. import gpstime
from ..acquire.triggerfolder import load_triggers
from ..types import Events
from . import mock, scoring, search
from .days import Day

DATE = date(2026, 1, 1)
DURATION = 600.0
_LOUDEST = 8


def make(results: Path, workers: int, quiet: bool) -> Path:
    """Make, search and score; returns the path of score.csv."""
    day = Day(DATE, results)
    summary = mock.make(day, mock.settings(None, duration=DURATION), workers, quiet)
    asked = search.request(DATE, results, [], [], None, "xml,root,hdf5")
    found = search.make(asked, search.settings(None, asked), "native", workers, quiet)
    totals, path = scoring.make(DATE, results, None, None)
    if not quiet:
        _tell(day, summary, found, totals)
    return path


def _tell(day: Day, summary: dict[str, Any], found: dict[str, Any], totals: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True)
    console.print(
        f"{len(summary['channels'])} channels, {DURATION:g} s from GPS {gpstime.show(summary['start'])}: "
        f"{found['triggers']} triggers in {len(found['channels'])} channels"
    )
    events, _ = load_triggers(day.triggers)
    table = Table(title="the loudest", title_justify="left")
    for name, justify in (
        ("GPS", "right"),
        ("SNR", "right"),
        ("frequency Hz", "right"),
        ("Q", "right"),
        ("channel", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for row in _loudest(events):
        table.add_row(*row)
    console.print(table)
    scoring.show({"family": totals["family"], "snr": totals["snr"], "channel": {}, "all": totals["all"]})
    every = totals["all"]
    console.print(
        f"{every['found']} of {every['expected']} injections found; every one of them: score.csv, named below"
    )


def _loudest(events: Any) -> list[tuple[str, ...]]:
    table = Events.concatenate(events.values())
    channels = [name for name, of_channel in events.items() for _ in range(len(of_channel))]
    order = sorted(range(len(table)), key=lambda i: -table["snr"][i])[:_LOUDEST]
    return [
        (
            f"{table['time'][i]:.3f}",
            f"{table['snr'][i]:.1f}",
            f"{table['frequency'][i]:.0f}",
            f"{table['q'][i]:.1f}",
            channels[i],
        )
        for i in order
    ]
