"""A score as files: a row for each injection, and the totals."""

import csv
import dataclasses
import json
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from ..acquire.atomic import atomic
from .score import Score


def write_score(score: Score, totals: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write `score.csv` and, of its totals, `score.json` into a folder, made if needed; returns their paths.

    The CSV has the columns of the truth table, in its order of rows, then those of the score; NaN is `nan`. The JSON
    has the totals; NaN is null. Equal scores give equal bytes. Raises CulpaError where a file cannot be written.
    """
    rows, summary = folder / "score.csv", folder / "score.json"
    with atomic(rows) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(_rows(score))
    with atomic(summary) as temporary:
        text = json.dumps(plain(totals), indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    return rows, summary


def _rows(score: Score) -> Iterator[tuple[Any, ...]]:
    columns = {field.name: getattr(score.truth, field.name) for field in dataclasses.fields(score.truth)}
    columns |= score.columns
    yield tuple(columns)
    yield from zip(*(column.tolist() for column in columns.values()), strict=True)


def plain(value: Any) -> Any:
    """The value with None in place of NaN and infinities, which JSON does not have."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
