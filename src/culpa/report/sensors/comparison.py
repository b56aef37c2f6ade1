"""A comparison of detectors as files and as a table of text."""

import json
from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from ...acquire.atomic import atomic
from ...acquire.tables import writing

SUMMARY = "compare.json"
TABLE = "compare.csv"
_FIGURES = ("vus_pr", "auc_pr", "auroc")


def write(folder: Path, summary: Mapping[str, Any]) -> None:
    """Write a comparison into a folder: JSON, and a row a detector as CSV. Raises CulpaError where that is refused."""
    judged = [one for one in summary["detectors"] if "vus_pr" in one]
    writing.write(folder / TABLE, [_columns(judged)])
    with atomic(folder / SUMMARY) as path:
        path.write_text(json.dumps(summary, indent=2, allow_nan=False), encoding="utf-8")


def table(summary: Mapping[str, Any]) -> str:
    """A line a detector, the best VUS-PR first; intervals are 95 %."""
    judged = sorted((one for one in summary["detectors"] if "vus_pr" in one), key=lambda one: -one["vus_pr"])
    head = (
        f"{'detector':18} {'VUS-PR':>20} {'AUC-PR':>20} {'AUROC':>6} {'F1 rows':>8} {'F1 events':>10} {'false':>6} "
        f"{'delay':>6} {'time':>8}"
    )
    return "\n".join([head, *(_line(one) for one in judged)])


def _line(one: Mapping[str, Any]) -> str:
    delay = "-" if one["delay_rows"] is None else f"{one['delay_rows']:.0f}"
    name = one["detector"] + (" *" if one["control"] else "")
    return (
        f"{name:18} {_between(one, 'vus_pr'):>20} {_between(one, 'auc_pr'):>20} {one['auroc']:6.3f} "
        f"{_number(one['rows']['f1']):>8} {_number(one['events']['f1']):>10} {one['false_events']:6d} {delay:>6} "
        f"{one['seconds']:7.2f}s"
    )


def _between(one: Mapping[str, Any], name: str) -> str:
    ends = one[f"{name}_interval"]
    return f"{one[name]:.3f}" + (f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends and ends[0] is not None else "")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _columns(judged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    columns: dict[str, Any] = {"detector": np.array([one["detector"] for one in judged], dtype=object)}
    for name in _FIGURES:
        columns[name] = np.array([one[name] for one in judged], dtype=float)
    for what in ("rows", "events"):
        for rate in ("precision", "recall", "f1"):
            columns[f"{rate}_{what}"] = np.array([one[what][rate] for one in judged], dtype=float)
    for name in ("false_events", "seconds", "limit"):
        columns[name] = np.array([one[name] for one in judged], dtype=float)
    columns["delay_rows"] = np.array([nan if one["delay_rows"] is None else one["delay_rows"] for one in judged])
    return columns
