"""The page of a search in a table: what is abnormal, since when, of what kind, and which sensor to blame."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from ...condition.rows import Words
from ..numbers import MISSING, count, number, percent
from ..page import Page
from . import payload, words
from .drawn import Overview, Window

PAGE = "index.html"
LISTED = 500
"""Rows of a table in the page; what comes after is in the files beside it."""
ENVELOPES = 40
"""Sensors whose readings are drawn over all rows."""
_BARS = 3
"""Sensors that a row of a table names."""
_A_PART = 0.1
"""Share of the blame from which on a sensor has a part in an event."""
_CONTENT = {
    "detect.json": "all that was found, for programs",
    "events.csv": "all events",
    "units.csv": "all units",
    "groups.csv": "all groups",
    "scores.csv": "the score of each row",
    "scores.parquet": "the score of each row",
    "scores.png": "scores and events as a picture",
    "traces.csv": "the statistics of each unit",
}


def detect_page(
    summary: Mapping[str, Any], overview: Overview, windows: Sequence[Window], files: Sequence[str],
    times: Words | None = None, about: Mapping[str, str] | None = None,
) -> Page:  # fmt: skip
    """The page of what `detect.json` holds, with the rows around events and of units; `files` lie beside it.

    `times` are those of the first row of each place of the overview, as events have them, shape (places,); None where
    there are none: plots of all rows then tell rows only. `about` are the lines of the footer.
    """
    events, units = words.loudest(summary["events"])[:LISTED], _oddest(summary["units"])[:LISTED]
    order = _most_blamed(summary)
    seen = payload.windows_of(windows, events, units)
    context = {
        "title": f"Anomalies in {summary['file']}",
        "headline": words.headline(summary),
        "lead": words.lead(summary, overview),
        "facts": _facts(summary),
        "limits": _limits(summary),
        "columns_of": summary["columns"],
        "explanation": summary["explanation"],
        "known": summary["known"],
        "scores": words.scores(summary, overview),
        "clock": words.clock(summary),
        "events": _part([*map(_event, events)], len(summary["events"]), "events", "loudest", "events.csv", files),
        "sensors": _part(_sensors(summary, overview, order), len(order), "sensors", "most blamed", "", files),
        "undrawn": [summary["sensors"][i] for i in order[ENVELOPES:]],
        "groups": _part(_groups(summary), len(summary["groups"]), "groups", "first", "groups.csv", files),
        "differences": words.groups(summary),
        "units": _part([*map(_unit, units)], len(summary["units"]), "units", "oddest", "units.csv", files),
        "columns": _columns(summary, files),
        "files": [(name, _link(name), _CONTENT.get(name, "")) for name in files],
    }
    data = {
        "run": payload.run_data(summary, overview, events, units, times),
        "windows": seen,
        "sensors": payload.envelopes(summary, overview, order[:ENVELOPES]),
    }
    return Page("sensors.html", ("sensors.js",), context, data, about or {})


def write_page(page: Page, folder: Path) -> Path:
    """Write the page as `index.html`; returns its path."""
    page.write(folder / PAGE)
    return folder / PAGE


def _part(
    rows: Sequence[Mapping[str, Any]], total: int, things: str, which: str, file: str, files: Sequence[str]
) -> dict[str, Any]:
    """Rows of a table, and what is said of those that it leaves out."""
    some = rows[:LISTED]
    rest = f"The {len(some):,} {which} of {total:,} {things} are listed." if len(some) < total else ""
    return {"rows": some, "rest": rest, "file": file if rest and file in files else ""}


def _link(name: str) -> str:
    """A name as a part of an address; what is no character is replaced, as it is in the page."""
    return quote(name.encode("utf-8", "replace"))


def _facts(summary: Mapping[str, Any]) -> dict[str, str]:
    known, above = summary["known"], summary["above"]
    facts = {
        "Rows": count(summary["rows"]),
        "Sensors": count(len(summary["sensors"])),
        "Reference": _reference(summary),
        "Detector": summary["detector"],
        "Limit": number(summary["threshold"]["value"]),
        "Rows above it": f"{above:,} ({percent(above / known)})" if known else MISSING,
    }
    if known < summary["rows"]:
        facts["Rows with a score"] = count(known)
    if summary["columns"]["running"]:
        facts["Machine is on"] = summary["columns"]["running"]
    return facts


def _reference(summary: Mapping[str, Any]) -> str:
    asked, rows = summary["columns"]["reference"], count(summary["reference_rows"])
    return f"{rows} rows: {asked}" if asked else f"all rows ({rows}), which may hold anomalies"


def _limits(summary: Mapping[str, Any]) -> list[str]:
    """Where the limits are from."""
    said = [words.limit(summary["threshold"], summary["known"], "row")]
    if summary["units_threshold"]:
        scored = sum(unit["score"] is not None for unit in summary["units"])
        said.append(words.limit(summary["units_threshold"], scored, "unit"))
    return said


def _blamed(contributions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The first sensors with their shares, those with next to nothing left out."""
    return [
        {"name": one["feature"], "share": one["share"], "text": f"{100 * one['share']:.0f} %"}
        for i, one in enumerate(contributions[:_BARS])
        if i == 0 or one["share"] >= 0.01
    ]


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of an event."""
    start, end = event["start"], event["end"]
    return {
        **{name: event[name] for name in ("event", "kind", "score", "group", "unit", "step", "first_row")},
        "start": {"value": "" if start is None else start, "text": words.moment(start)},
        "end": {"value": "" if end is None else end, "text": words.until(start, end)},
        "rows": words.rows(event["first_row"], event["last_row"]),
        "many": event["last_row"] - event["first_row"] + 1,
        "blamed": _blamed(event["contributions"]),
    }


def _oddest(units: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Units in order of their scores; those without one last."""
    return sorted(units, key=lambda unit: -np.inf if unit["score"] is None else unit["score"], reverse=True)


def _unit(unit: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a unit."""
    return {
        **{name: unit[name] for name in ("unit", "group", "score", "anomalous", "reference", "first_row")},
        "many": unit["last_row"] - unit["first_row"] + 1,
        "blamed": _blamed(unit["contributions"]),
        "statistics": [words.statistic(of) for of in unit["statistics"][:_BARS]],
    }


def _most_blamed(summary: Mapping[str, Any]) -> list[int]:
    """Places of the sensors: in order of the events that each is blamed most for, then of its shares."""
    first = words.blamed_first(summary["events"])
    shares: dict[str, float] = {}
    for event in summary["events"]:
        for one in event["contributions"]:
            shares[one["feature"]] = shares.get(one["feature"], 0.0) + one["share"]
    names = summary["sensors"]
    return sorted(range(len(names)), key=lambda i: (-first[names[i]], -shares.get(names[i], 0.0)))


def _sensors(summary: Mapping[str, Any], overview: Overview, order: Sequence[int]) -> list[dict[str, Any]]:
    """The cells of each sensor."""
    first, names = words.blamed_first(summary["events"]), [summary["sensors"][i] for i in order]
    blamed = [one for event in summary["events"] for one in event["contributions"] if one["share"] >= _A_PART]
    part = Counter(one["feature"] for one in blamed)
    ends = [words.extremes(overview, i) for i in order]
    return [
        {
            "name": name, "first": first[name], "part": part[name], "low": _cell(low), "high": _cell(high),
            "link": _link(name) if place < ENVELOPES else "",
        }
        for place, (name, (low, high)) in enumerate(zip(names, ends, strict=True))
    ]  # fmt: skip


def _cell(value: float) -> dict[str, Any]:
    """A reading as text, and as what a column is sorted by ("" where it is not known)."""
    return {"value": "", "text": MISSING} if np.isnan(value) else {"value": value, "text": words.reading(value)}


def _groups(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cells of each group; where there are too many, those that differ come first."""
    groups = summary["groups"]
    if len(groups) > LISTED:
        groups = sorted(groups, key=lambda group: not words.differs(group))
    return [{**group, "sure": {name: words.sure(group[name]) for name in words.QUESTIONS}} for group in groups]


def _columns(summary: Mapping[str, Any], files: Sequence[str]) -> dict[str, Any]:
    """What each column was taken for; where there are too many, those that are no sensors come first."""
    roles = summary["columns"]["roles"]
    if len(roles) > LISTED:
        roles = sorted(roles, key=lambda role: role["role"] == "sensor")
    return _part(roles, len(roles), "columns", "first", "detect.json", files)
