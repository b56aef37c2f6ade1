"""The scoring of a day, or of any trigger folder against any truth table."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ..acquire.triggerfolder import load_triggers
from ..errors import UsageError
from ..evaluate.score import score, totals
from ..evaluate.scorefile import plain, write_score
from ..evaluate.truth import read_truth
from .days import Day

TITLES = {"family": "family", "snr": "SNR", "channel": "channel"}
"""What the groups of the totals are called on the screen."""


def make(which: date | None, output: Path, truth: Path | None, triggers: Path | None) -> tuple[dict[str, Any], Path]:
    """Write score.csv and score.json, and return the totals (NaN as None) and the path of the former.

    `which` is a mock day below `output`; its truth table and triggers are used where none are given, and the score lies
    in its folder. Without a day both must be given, and the score lies in `output`. Raises UsageError or NoDataError.
    """
    if which is not None:
        day = Day(which, output)
        truth = truth or day.existing(day.raw / "truth.csv", "mock")
        triggers = triggers or day.existing(day.triggers, "triggers")
        output = day.folder
    if truth is None or triggers is None:
        raise UsageError("nothing to score", "give a DATE, or both --truth FILE and --triggers FOLDER")
    result = score(read_truth(truth), *load_triggers(triggers))
    rows, _ = write_score(result, output)
    summary: dict[str, Any] = plain(totals(result))
    return summary, rows


def show(summary: dict[str, Any], by: Sequence[str] = ("family", "snr", "channel")) -> None:
    """The totals as tables on stderr, 80 columns wide where they need not be wider."""
    from rich.console import Console

    console = Console(stderr=True)
    for name in by:
        if summary[name]:
            console.print(_table(name, summary))
    console.print(
        "found: injections with a trigger, of those in searched data; 95 %: interval of the percentage; SNR ratio: "
        "trigger over injection; Δt, Δf: trigger minus injection; medians. A glitch that is not a sine-Gaussian loses "
        "SNR to tiles that do not have its shape.",
        style="dim",
    )


def _table(by: str, summary: dict[str, Any]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=f"found, by {TITLES[by]}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(TITLES[by], overflow="fold")
    unmatched = ("unmatched\nper hour",) if by == "channel" else ()
    for name in ("found", "%", "95 %", "SNR\nratio", "|Δt|\nms", "|Δf|/f\n%", *unmatched):
        table.add_column(name, justify="right", no_wrap=True)
    last = {} if by == "channel" else {"all": summary["all"]}
    for name, entry in (summary[by] | last).items():
        if entry["expected"] or by == "channel":
            table.add_row(name, *_cells(entry))
    return table


def _cells(entry: dict[str, Any]) -> list[str]:
    low, high = entry["interval"]
    cells = [
        f"{entry['found']} of {entry['expected']}",
        _number(entry["fraction"], 100, 0),
        "" if low is None else f"{100 * low:.0f}–{100 * high:.0f}",
        _number(entry["snr_ratio"]["p50"], 1, 2),
        _number(entry["time_error"], 1e3, 1),
        _number(entry["frequency_error"], 100, 1),
    ]
    return [*cells, _number(entry["unmatched_per_hour"], 1, 1)] if "unmatched_per_hour" in entry else cells


def _number(value: float | None, factor: float, digits: int) -> str:
    return "" if value is None else f"{value * factor:.{digits}f}"
