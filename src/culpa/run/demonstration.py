"""What `culpa demo` does: twenty minutes of mock data, searched, explained, compared, classified, scored, and told."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from .. import gpstime
from ..acquire.triggerfolder import load_triggers
from ..errors import UsageError
from . import glitches, hveto, hveto_words, mock, pipeline, scoring, search
from .assignment import assignment
from .days import Day
from .records import Records
from .stages import classes, coherence, page, qscans

DATE = date(2026, 1, 1)
DURATION = 1200.0
_LOUDEST = 5


def make(results: Path, workers: int, quiet: bool) -> Path:
    """Make, search, explain and score; returns the path of the report.

    Raises UsageError where the day is there with other settings: it would be replaced.
    """
    of = assignment(DATE, results, duration=DURATION)
    there = [record.settings for record in Records.load(of.day.folder).jobs.values()]
    if any(settings["mock"] != of.tables()["mock"] for settings in there if "mock" in settings):
        raise UsageError(
            f"{of.day.folder} is a mock day of other settings: the demonstration would replace it",
            "give another folder: culpa demo -o demonstration",
        )
    summary = mock.make(of, workers, quiet)
    asked = search.request(DATE, results, [], [], None, None)
    found = search.make(asked, search.settings(None, asked), workers, quiet)
    veto = hveto.request(DATE, results, [], [])
    explained, _ = hveto.make(veto, *hveto.settings(None, veto), workers)
    pipeline.make(of, workers, quiet)  # what is left: pictures, coherence, classes, the score, and the page of the day
    totals = json.loads((of.day.folder / "score.json").read_text(encoding="utf-8"))
    if not quiet:
        _tell(of.day, summary, found, explained, totals)
    return of.day.folder / page.PAGE


def _tell(
    day: Day,
    summary: dict[str, Any],
    found: dict[str, Any],
    explained: dict[str, Any],
    totals: dict[str, Any],
) -> None:
    from rich.console import Console

    console = Console(stderr=True)
    console.print(f"simulated: {mock.tell(summary)}")
    console.print(search.tell(found).partition("\n")[0])
    console.print(_loudest(day))
    hveto_words.show(explained)
    scoring.show(totals, ("family",))
    every = totals["all"]
    found_of_all = f"{every['found']} of {every['expected']} injections found"
    console.print(f"{found_of_all}; what became of each: {day.folder / 'score.csv'}", soft_wrap=True)
    for what, where in _places(day).items():
        console.print(f"{what}: {where}", soft_wrap=True)
    console.print("the report, for a browser:", soft_wrap=True)


def _places(day: Day) -> dict[str, Path]:
    return {
        "frames and truth table": day.raw,
        "trigger files": day.triggers,
        "pictures of what is explained": day.folder / qscans.MAIN,
        "coherence with the main channel": day.folder / coherence.FOLDER,
        "class of each glitch": day.folder / classes.FOLDER / glitches.TABLE,
    }


def _loudest(day: Day) -> Any:
    from rich import box
    from rich.table import Table

    events, _ = load_triggers(day.triggers)
    rows = [(of["snr"][i], of, i, channel) for channel, of in events.items() for i in range(len(of))]
    table = Table(title="the loudest triggers", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("GPS s", "UTC", "SNR", "Hz", "Q"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("channel", overflow="fold")
    for snr, of, i, channel in sorted(rows, key=lambda row: -row[0])[:_LOUDEST]:
        utc = f"{gpstime.to_utc(of['time'][i]):%H:%M:%S}"
        table.add_row(
            f"{of['time'][i]:.3f}", utc, f"{snr:.1f}", f"{of['frequency'][i]:.0f}", f"{of['q'][i]:.1f}", channel
        )
    return table
