"""What detectors do not see, as files and as a table of text."""

import json
from collections.abc import Mapping
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from ...acquire.atomic import atomic
from ...acquire.tables import writing

SUMMARY = "blind_spots.json"
TABLE = "blind_spots.csv"


def write(folder: Path, summary: Mapping[str, Any]) -> None:
    """Write the smallest sizes that are seen into a folder. Raises CulpaError where the system refuses."""
    cards = summary["detectors"]
    columns = {"detector": np.array([card["detector"] for card in cards], dtype=object)}
    for shape in summary["shapes"]:
        sizes = [card["smallest"][shape["name"]] for card in cards]
        columns[shape["name"]] = np.array([nan if size is None else size for size in sizes], dtype=float)
    writing.write(folder / TABLE, [columns])
    with atomic(folder / SUMMARY) as path:
        path.write_text(json.dumps(summary, indent=2, allow_nan=False), encoding="utf-8")


def table(summary: Mapping[str, Any]) -> str:
    """A line a detector: the smallest size of each shape that it sees, `-` for none."""
    shapes = [shape["name"] for shape in summary["shapes"]]
    lines = [f"{'detector':18}" + "".join(f"{name:>10}" for name in shapes)]
    for card in summary["detectors"]:
        sizes = (card["smallest"][name] for name in shapes)
        lines.append(
            f"{card['detector']:18}" + "".join(f"{'-' if size is None else f'{size:g}':>10}" for size in sizes)
        )
    return "\n".join(lines)
