"""The scoring of a day, or of any trigger folder against any truth table."""

from datetime import date
from pathlib import Path
from typing import Any

from ..acquire.triggerfolder import load_triggers
from ..errors import UsageError
from ..evaluate.score import score, totals
from ..evaluate.scorefile import plain, write_score
from ..evaluate.truth import read_truth
from .days import Day


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


def show(summary: dict[str, Any]) -> None:
    """The totals as tables on stderr: by family, by SNR, and the channels with unmatched triggers."""
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True)
    groups = (("family", summary["family"]), ("SNR", summary["snr"]), ("channel", summary["channel"]))
    for title, group in ((title, group) for title, group in groups if group):
        table = Table(title=f"found, by {title}", title_justify="left")
        table.add_column(title)
        for name in ("expected", "found", "%", "95 % interval", "SNR ratio", "|Δt| ms", "|Δf|/f %"):
            table.add_column(name, justify="right")
        if title == "channel":
            table.add_column("unmatched/h", justify="right")
        for name, entry in [*group.items(), *([("all", summary["all"])] if title != "channel" else [])]:
            if entry["expected"] or title == "channel":
                table.add_row(name, *_cells(entry))
        console.print(table)


def _cells(entry: dict[str, Any]) -> list[str]:
    low, high = entry["interval"]
    cells = [
        str(entry["expected"]),
        str(entry["found"]),
        _number(entry["fraction"], 100, 1),
        "" if low is None else f"{100 * low:.0f}–{100 * high:.0f}",
        _number(entry["snr_ratio"]["p50"], 1, 3),
        _number(entry["time_error"], 1e3, 2),
        _number(entry["frequency_error"], 100, 2),
    ]
    if "unmatched_per_hour" in entry:
        cells.append(_number(entry["unmatched_per_hour"], 1, 1))
    return cells


def _number(value: float | None, factor: float, digits: int) -> str:
    return "" if value is None else f"{value * factor:.{digits}f}"
