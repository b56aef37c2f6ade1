"""What the page's script is given: scores of all rows, events and units as they are told, windows, envelopes."""

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

import numpy as np

from ...condition.rows import Words
from ...types import Floats
from ..numbers import significant
from ..payload import listed
from . import words
from .drawn import Overview, Window

_DIGITS = 6
"""Digits of a reading, and more where readings differ by little: a ten-thousandth of their range is kept."""
_MOST_DIGITS = 15


def run_data(
    summary: Mapping[str, Any], overview: Overview, events: Sequence[Mapping[str, Any]],
    units: Sequence[Mapping[str, Any]], times: Words | None,
) -> dict[str, Any]:  # fmt: skip
    """Scores by place, the limit, and the events and units of the tables.

    `edges` are the first rows of the places and the number of rows; `times` of the first row of each, None without.
    """
    return {
        "file": summary["file"],
        "rows": overview.rows,
        "edges": overview.edges.tolist(),
        "score": listed(significant(overview.score, 5)),
        "times": None if times is None else [words.moment(time) for time in times],
        "limit": summary["threshold"]["value"],
        "clock": words.clock(summary),
        "events": [_event(event) for event in events],
        "units": [_unit(unit) for unit in units],
    }


def window_data(of: Window, first: int, last: int) -> dict[str, Any]:
    """The rows around an event or of a unit, which has rows `first` to `last`: readings by sensor, and all else."""
    return {
        "rows": of.rows.tolist(),
        "times": None if of.times is None else [words.moment(time) for time in of.times],
        "steps": None if of.steps is None else [str(step) for step in of.steps],
        "sensors": list(of.sensors),
        "values": [listed(rounded(of.values[:, i])) for i in range(len(of.sensors))],
        "expected": [listed(rounded(of.expected[:, i])) for i in range(len(of.sensors))],
        "usual": [listed(significant(of.usual[:, i], 4)) for i in range(len(of.sensors))],
        "score": listed(significant(of.score, 5)),
        "said": " ".join(filter(None, (words.window(of, first, last), words.cut(of, first, last)))),
    }


def windows_of(
    windows: Sequence[Window], events: Sequence[Mapping[str, Any]], units: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The windows of these events by their number, and of these units by their place from 1 on."""
    rows = {event["event"]: (event["first_row"], event["last_row"]) for event in events}
    places = {unit["unit"]: i for i, unit in enumerate(units)}
    of_units = [(places[of.unit], of) for of in windows if of.event is None and of.unit in places]
    return {
        "events": {str(of.event): window_data(of, *rows[of.event]) for of in windows if of.event in rows},
        "units": {str(i + 1): window_data(of, units[i]["first_row"], units[i]["last_row"]) for i, of in of_units},
    }


def envelopes(summary: Mapping[str, Any], overview: Overview, columns: Sequence[int]) -> dict[str, Any]:
    """The lowest and highest readings by place of some sensors, with what is said of each."""
    first, names = words.blamed_first(summary["events"]), [summary["sensors"][i] for i in columns]
    total = len(summary["events"])
    return {
        "names": names,
        "first": [first[name] for name in names],
        "said": [
            words.sensor(name, *words.extremes(overview, i), first[name], total)
            for i, name in zip(columns, names, strict=True)
        ],
        "lowest": [listed(rounded(overview.lowest[:, i])) for i in columns],
        "highest": [listed(rounded(overview.highest[:, i])) for i in columns],
    }


def rounded(values: Floats) -> Floats:
    """Readings with as many digits as a plot or a table can show, shape as given; what is not finite stays."""
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max(initial=0))
    span = float(np.ptp(finite)) if len(finite) else 0.0
    if not span or not np.isfinite(span):
        return significant(values, _MOST_DIGITS)
    digits = floor(log10(largest)) - floor(log10(span)) + _DIGITS - 1
    return significant(values, min(max(digits, _DIGITS), _MOST_DIGITS))


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    names = ("kind", "group", "unit", "step")
    return {
        "number": event["event"],
        "first": event["first_row"],
        "last": event["last_row"],
        "start": words.moment(event["start"]),
        "end": words.moment(event["end"]),
        "score": event["score"],
        **{name: event[name] for name in names},
        "blamed": [[one["feature"], one["share"], words.deviation(one["deviation"])] for one in event["contributions"]],
    }


def _unit(unit: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": unit["unit"],
        "group": unit["group"],
        "first": unit["first_row"],
        "last": unit["last_row"],
        "score": unit["score"],
        "anomalous": unit["anomalous"],
        "reference": unit["reference"],
        "blamed": [[one["feature"], one["share"], None] for one in unit["contributions"]],
        "statistics": [words.statistic(of) for of in unit["statistics"]],
    }
