"""The tables of the page of a day: their cells as text, so that they are there without scripts."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any
from urllib.parse import quote

import numpy as np

from ... import gpstime
from ...types import Indices
from ..hveto.history import measure
from ..hveto.words import chance_of
from ..numbers import MISSING, count, number, percent, share, span
from . import words
from .channels import ChannelRow, Rates
from .classes import Classes
from .scans import Scans
from .view import DayView, StageState
from .words import known

TOP = 20
"""So many of the loudest triggers are listed."""
COLUMNS = 24
"""So many columns the table of rates has at most."""
MARKS = {"done": "✓", "empty": "○", "failed": "✕", "not run": "–"}


def stage_row(one: StageState) -> dict[str, str]:
    """The cells of a stage, and the mark of its state."""
    return {
        "name": words.stage(one.name),
        "state": one.state,
        "mark": MARKS.get(one.state, "?"),
        "jobs": count(one.jobs),
        "text": one.text,
    }


def round_row(one: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a round in the table of rounds, as text."""
    winner = one["winner"]
    return {
        "number": one["round"],
        "channel": winner["channel"],
        "significance": number(known(winner["significance"])),
        "snr": f"{known(winner['snr']):g}",
        "window": f"{known(winner['window']):g}",
        "alarm": _chance(winner),
        "use": share(one["used"], one["auxiliary"]),
        "efficiency": share(one["vetoed"], one["primaries"]),
        "deadtime": share(known(one["dead_seconds"]), known(one["live_seconds"]), "s"),
        "cumulative_efficiency": percent(known(one["cumulative_efficiency"])),
        "cumulative_deadtime": percent(known(one["cumulative_deadtime"])),
    }


def _chance(winner: Mapping[str, Any]) -> str:
    if winner["false_alarm_log10_bound"] is None:
        return MISSING
    probability, shifts = known(winner["false_alarm_probability"]), winner["shifts"]
    return chance_of(probability, winner["shifts_at_least"], shifts, winner["false_alarm_log10_bound"])


def loudest_rows(
    view: DayView, rounds: Indices, classes: Classes | None, scans: Scans | None
) -> Iterator[dict[str, Any]]:
    """The loudest triggers of the main channel; `scan` is the picture of one, None where it has none."""
    stems = dict(zip(scans.rows.tolist(), scans.stems, strict=True)) if scans else {}
    middle = scans.views[len(scans.views) // 2] if stems and scans else ""
    events = view.triggers
    sizes = measure(events).of(events)
    for row in np.argsort(-np.where(np.isfinite(sizes), sizes, -np.inf), kind="stable")[:TOP].tolist():
        time = round(float(events["time"][row]), 3)
        yield {
            "gps": f"{time:.3f}",
            "utc": f"{gpstime.to_utc(time):%Y-%m-%d %H:%M:%S.%f}"[:-3],
            "frequency": number(float(events["frequency"][row])),
            "q": number(float(events["q"][row])),
            "size": number(float(sizes[row])),
            "round": int(rounds[row]),
            "class": classes.names[row] if classes else "",
            "scan": quote(f"{stems[row]}{middle}.png") if row in stems else None,
        }


def channel_row(view: DayView, row: ChannelRow) -> dict[str, Any]:
    """The cells of a channel in the table of channels: text, and the number it is sorted by."""
    of = row.loudest
    return {
        "name": row.channel,
        "link": _why(view, row.channel),
        "numbers": [
            _sorted_by(row.rate, number(row.rate)),
            _sorted_by(row.triggers, count(row.triggers)),
            _sorted_by(row.livetime, MISSING if row.livetime != row.livetime else count(row.livetime)),
            _sorted_by(of.size, number(of.size)) if of else ("", MISSING),
            _sorted_by(of.frequency, number(of.frequency)) if of else ("", MISSING),
            _sorted_by(of.time, f"{of.time:.3f}") if of else ("", MISSING),
        ],
        "utc": f"{gpstime.to_utc(of.time):%Y-%m-%d %H:%M:%S}" if of else MISSING,
    }


def _sorted_by(value: float, text: str) -> tuple[str, str]:
    """A cell: what it is sorted by, "" for NaN, and what it shows."""
    return ("" if value != value else repr(value)), text


def _why(view: DayView, channel: str) -> str | None:
    """Where the page of the veto tells why a channel did not win."""
    if view.hveto is None or channel == view.main or view.hveto["remaining"]["channels"] is None:
        return None
    place = "round-1" if view.hveto["rounds"] else "remaining"
    return f"hveto/index.html#{place}/{quote(channel, safe='', errors='replace')}"


def rate_table(rows: Sequence[ChannelRow], binned: Rates) -> dict[str, Any]:
    """The triggers of each channel in a few columns of time."""
    step = ceil(binned.counts.shape[1] / COLUMNS)
    starts = np.arange(0, binned.counts.shape[1], step)
    counts = np.add.reduceat(binned.counts, starts, axis=1).tolist()
    return {
        "columns": [f"{gpstime.to_utc(float(edge)):%H:%M:%S}" for edge in binned.edges[starts]],
        "width": span(step * binned.width),
        "rows": [(row.channel, numbers) for row, numbers in zip(rows, counts, strict=True)],
    }


def score_tables(score: Mapping[str, Any]) -> dict[str, Any]:
    """What was found of each family, and what the veto made of it."""
    veto = score.get("veto")
    return {
        "sentence": words.scored(score),
        "found": [_found(name, entry) for name, entry in [*score["family"].items(), ("all", score["all"])]],
        "vetoed": [_vetoed(name, entry) for name, entry in veto["coupled"].items()] if veto else [],
        "alone": _vetoed("no witness", veto["alone"]) if veto else None,
    }


def _found(name: str, entry: Mapping[str, Any]) -> dict[str, str]:
    return {
        "family": name,
        "found": share(entry["found"], entry["expected"]),
        "interval": words.interval(entry),
        "snr": number(known(entry["snr_ratio"]["p50"])),
        "time": number(1e3 * known(entry["time_error"])),
        "frequency": percent(known(entry["frequency_error"])),
    }


def _vetoed(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "family": name,
        "vetoed": share(entry["vetoed"], entry["found"]),
        "interval": words.interval(entry),
        "right": share(entry["right"], entry["found"]) if "right" in entry else "",
        "round": entry.get("round"),
        "winner": entry.get("winner") or "",
        "witnesses": entry.get("witnesses", []),
        "right_winner": entry.get("right_winner", True),
    }
