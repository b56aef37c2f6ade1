"""Results of a search as files: JSON for programs, tables for spreadsheets."""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ...acquire.atomic import atomic
from ...acquire.tables import writing

SUMMARY = "detect.json"
EVENTS = "events.csv"
UNITS = "units.csv"
GROUPS = "groups.csv"
_GROUP = ("column", "name", "rows", "events", "rate", "p_rate", "score", "p_score", "drifts", "drift", "p_drift")
_EVENT = ("event", "first_row", "last_row", "peak_row", "start", "end", "score", "kind", "group", "unit", "step")
_UNIT = ("unit", "group", "first_row", "last_row", "score", "anomalous", "reference")
_NAMED = 3


def write(folder: Path, summary: Mapping[str, Any]) -> None:
    """Write what was found into a folder. Raises CulpaError where the system refuses."""
    writing.write(folder / EVENTS, [_columns(summary["events"], _EVENT)])
    if summary["groups"]:
        columns = {name: _column([group[name] for group in summary["groups"]]) for name in _GROUP}
        writing.write(folder / GROUPS, [columns])
    else:
        (folder / GROUPS).unlink(missing_ok=True)
    if summary["units"]:
        writing.write(folder / UNITS, [_columns(summary["units"], _UNIT)])
    else:
        (folder / UNITS).unlink(missing_ok=True)
    with atomic(folder / SUMMARY) as path:
        path.write_text(json.dumps(summary, indent=2, allow_nan=False), encoding="utf-8")


def plain(value: Any) -> Any:
    """The same with None for what is not a number, as JSON has none."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _columns(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """Columns of a table, with the sensors to blame one by one."""
    columns = {name: _column([row[name] for row in rows]) for name in names}
    for i in range(_NAMED):
        named = [row["contributions"][i] if i < len(row["contributions"]) else None for row in rows]
        columns[f"sensor_{i + 1}"] = np.array([one["feature"] if one else "" for one in named], dtype=object)
        columns[f"share_{i + 1}"] = np.array([one["share"] if one else np.nan for one in named], dtype=float)
    return columns


def _column(values: Sequence[Any]) -> Any:
    if any(isinstance(value, str) for value in values):
        return np.array(["" if value is None else str(value) for value in values], dtype=object)
    if any(value is None for value in values):
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    return np.array(values) if values else np.empty(0)
