"""The scoring of a day, or of any trigger folder against any truth table."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from ..acquire.triggerfolder import load_triggers
from ..errors import NoDataError, UsageError
from ..evaluate.class_totals import class_totals
from ..evaluate.classified import join, with_classes
from ..evaluate.coherent import RoundCoherence, coherence_totals, with_coherence
from ..evaluate.predictions import read_predictions
from ..evaluate.score import score, totals
from ..evaluate.scorefile import plain, write_score
from ..evaluate.truth import read_truth
from ..evaluate.veto import VetoRound, veto_totals, with_veto
from ..identify.shipped import FOLDER
from ..types import Events, Floats, Segments
from .at_work import at_work
from .days import Day

PREDICTIONS = f"{FOLDER}/predictions.csv"
"""Where the classes of a day's triggers lie, in its folder."""
COHERENCE = "coherence/coherence.json"
"""Where what coherence says lies, in a day's folder."""
TITLES = {"family": "family", "snr": "SNR", "channel": "channel"}
"""What the groups of the totals are called on the screen."""


SEED = 0
"""Of the bootstrap, so that equal inputs give equal bytes."""


def make(
    which: date | None,
    output: Path,
    truth: Path | None,
    triggers: Path | None,
    veto: Path | None = None,
    predictions: Path | None = None,
    coherence: Path | None = None,
) -> tuple[dict[str, Any], Path]:
    """Write score.csv and score.json, and return the totals (NaN as None) and the path of the former.

    `which` is a mock day below `output`; its truth table, triggers and, if they were made, its veto, its predictions
    and its coherence are used where none are given, and the score lies in its folder. Without a day the first two must
    be given, and the score lies in `output`. Raises UsageError or NoDataError.
    """
    if which is not None:
        day = Day(which, output)
        truth = truth or day.existing(day.raw / "truth.csv", "mock")
        triggers = triggers or day.existing(day.triggers, "triggers")
        veto = veto or (day.hveto if (day.hveto / "summary.json").exists() else None)
        made = day.folder / PREDICTIONS
        predictions = predictions or (made if made.exists() else None)
        said = day.folder / COHERENCE
        coherence = coherence or (said if said.exists() else None)
        output = day.folder
        with at_work(day.folder):
            return compare(truth, load_triggers(triggers), veto, output, predictions, coherence)
    if truth is None or triggers is None:
        raise UsageError("nothing to score", "give a DATE, or both --truth FILE and --triggers FOLDER")
    return compare(truth, load_triggers(triggers), veto, output, predictions, coherence)


def compare(
    truth: Path,
    triggers: tuple[Mapping[str, Events], Mapping[str, Segments]],
    veto: Path | None,
    output: Path,
    predictions: Path | None = None,
    coherence: Path | None = None,
) -> tuple[dict[str, Any], Path]:
    """The same for the events and searched times of each channel; without a veto or predictions nothing is said of it.

    `veto` is the folder that `culpa hveto` wrote, `predictions` the table that `culpa classify` wrote, `coherence` the
    findings that `culpa coherence` wrote, which are about a veto: without one they are not looked at.
    """
    result = score(read_truth(truth), *triggers)
    summary = totals(result)
    if veto is not None:
        primary, rounds = read_veto(veto)
        result = with_veto(result, primary, rounds)
        summary["veto"] = veto_totals(result, primary, rounds)
        if coherence is not None:
            found = read_coherence(coherence, rounds)
            result = with_coherence(result, found)
            summary["coherence"] = coherence_totals(result, summary["veto"], found)
    if predictions is not None:
        said = read_predictions(predictions)
        joined = join(result, said, triggers[0])
        result = with_classes(result, said, joined)
        summary["classes"] = class_totals(result, said, joined, np.random.default_rng(SEED))
    rows, _ = write_score(result, summary, output)
    shown: dict[str, Any] = plain(summary)
    return shown, rows


def read_veto(folder: Path) -> tuple[str, list[VetoRound]]:
    """The primary channel and the rounds in a folder that `culpa hveto` wrote. Raises NoDataError where it did not."""
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        rounds = [
            VetoRound(one["round"], one["winner"]["channel"], _times(folder / f"round-{one['round']}" / "vetoed.txt"))
            for one in summary["rounds"]
        ]
        return str(summary["primary"]["channel"]), rounds
    except (OSError, ValueError, LookupError, TypeError) as problem:
        raise NoDataError(f"{folder} is not the folder of a veto: {problem}", "culpa hveto writes one") from problem


def read_coherence(path: Path, rounds: Sequence[VetoRound]) -> list[RoundCoherence]:
    """The coherence at glitches of rounds, of findings that `culpa coherence` wrote; of these rounds alone.

    Raises NoDataError where they are not that.
    """
    winners = {one.number: one.winner for one in rounds}
    try:
        findings = json.loads(path.read_text(encoding="utf-8"))["findings"]
        return [
            RoundCoherence(
                one["round"],
                nan if one["p_at_glitches"] is None else one["p_at_glitches"],
                tuple((each["from"], each["to"]) for each in one["ranges_at_glitches"]),
            )
            for one in findings
            if one["ranges_at_glitches"] is not None and winners.get(one["round"]) == one["channel"]
        ]
    except (OSError, ValueError, LookupError, TypeError) as problem:
        raise NoDataError(f"{path} has no findings: {problem}", "culpa coherence glitch writes them") from problem


def _times(path: Path) -> Floats:
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return np.array([line.split()[0] for line in lines], float)


def show(summary: dict[str, Any], by: Sequence[str] = ("family", "snr", "channel")) -> None:
    """The totals as tables on stderr, 80 columns wide where they need not be wider."""
    from rich.console import Console

    console = Console(stderr=True, markup=False, emoji=False)  # names of channels may hold anything
    for name in by:
        if summary[name]:
            console.print(_table(name, summary))
    if "veto" in summary:
        console.print(_veto_table(summary["veto"]))
    if summary.get("coherence"):
        console.print(_coherence_table(summary["coherence"]))
    if "classes" in summary:
        from . import class_words

        console.print(class_words.table(summary["classes"]))
        console.print("\n".join(class_words.lines(summary["classes"])) + "\n")
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


def _veto_table(veto: dict[str, Any]) -> Any:
    from rich import box
    from rich.table import Table

    title = f"vetoed, of the glitches found in {veto['primary']}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("family", overflow="fold")
    for name in ("vetoed", "%", "by true\nwitness", "round"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("winner of that round", overflow="fold")
    for name, entry in veto["coupled"].items():
        winner = (entry["winner"] or "") + _remark(entry)
        table.add_row(name, *_veto_cells(entry), str(entry["right"]), str(entry["round"] or ""), winner)
    table.add_row("no witness", *_veto_cells(veto["alone"]), "", "", "")
    return table


def _coherence_table(coherence: dict[str, Any]) -> Any:
    from rich import box
    from rich.table import Table

    title = "coherence at the glitches of the round that vetoes most of a family"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("family", overflow="fold")
    for name in ("round", "p", "coherent at (Hz)", "glitches there"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, entry in coherence.items():
        ranges = ", ".join(f"{low:g}–{high:g}" if low < high else f"{low:g}" for low, high in entry["ranges"][:3])
        more = ", …" if len(entry["ranges"]) > 3 else ""
        there = f"{entry['coherent']} of {entry['vetoed']}"
        table.add_row(
            name, str(entry["round"]), "" if entry["p"] is None else f"{entry['p']:.2g}", ranges + more, there
        )
    return table


def _remark(entry: dict[str, Any]) -> str:
    if entry["winner"] in (None, entry["witnesses"][0]):
        return ""
    return " (a weaker witness)" if entry["right_winner"] else " (no witness of it)"


def _veto_cells(entry: dict[str, Any]) -> list[str]:
    return [f"{entry['vetoed']} of {entry['found']}", _number(entry["fraction"], 100, 0)]


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
