"""Columns that come alive after the first rows of a table, in each format; and those that never do."""

import datetime as dt
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from culpa.acquire.tables import profile as profiles
from culpa.acquire.tables.profile import Profile, profile
from culpa.acquire.tables.reading import read_all
from culpa.acquire.tables.source import open_table
from culpa.acquire.tables.writing import write

Written = Callable[..., Path]
FIRST, ROWS = 50, 400
"""Rows that are looked at first, and all of them."""


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "SAMPLE", FIRST)


def later(start: int, before: str, after: Sequence[str]) -> list[str]:
    return [before] * start + [after[row % len(after)] for row in range(ROWS - start)]


COLUMNS = {
    "always": [str(row % 7) for row in range(ROWS)],
    "new": later(300, "", ["1.5", "2.5", "2.0"]),
    "moved": later(FIRST, "0", ["0", "3"]),
    "last": later(ROWS - 1, "0", ["3"]),
    "tool": later(200, "EQ-A", ["EQ-B"]),
    "fault": later(250, "", ["", "", "RF"]),
    "never": later(300, "5", ["5.0"]),
    "nothing": later(300, "", ["NA"]),
    "once": later(300, "", ["7"]),
    "name": later(300, "", ["T1", "T2"]),
}
ROLES = ["sensor", "sensor", "sensor", "sensor", "group", "label", "constant", "empty", "constant", "group"]


def text() -> str:
    rows = zip(*COLUMNS.values(), strict=True)
    return "\n".join([",".join(COLUMNS), *map(",".join, rows)]) + "\n"


def typed(folder: Path) -> Path:
    columns = {name: pa.array([cell or None for cell in cells], pa.string()) for name, cells in COLUMNS.items()}
    numbers = ("always", "new", "moved", "last", "never", "once")
    typed = {name: cells.cast(pa.float64()) if name in numbers else cells for name, cells in columns.items()}
    parquet.write_table(pa.table(typed), folder / "table.parquet", row_group_size=70)
    return folder / "table.parquet"


def of(path: Path, **given: Any) -> Profile:
    return profile(open_table(path), **given)


def as_written(written: Written) -> Path:
    return written(text())


def as_gzip(written: Written) -> Path:
    return written(gzip.compress(text().encode()), "table.csv.gz")


def as_parquet(written: Written) -> Path:
    return typed(written("").parent)


@pytest.mark.parametrize("form", [as_written, as_gzip, as_parquet])
def test_columns_that_come_alive_later_are_used(form: Callable[[Written], Path], written: Written) -> None:
    path = form(written)
    found = of(path)
    assert [role.role for role in found.roles] == ROLES
    assert (found.sampled, found.complete) == (FIRST, False)
    reasons = {role.column: role.reason for role in found.roles}
    assert reasons["never"] == "all of the first 400 cells that state something are '5'"
    assert reasons["nothing"] == "none of the first 400 cells states anything"
    assert found.notes == (
        "column 'new' is empty in the first 50 rows, but not later; it is taken for a sensor",
        "column 'moved' is always the same in the first 50 rows, but not later; it is taken for a sensor",
        "column 'last' is always the same in the first 50 rows, but not later; it is taken for a sensor",
        "column 'tool' is always the same in the first 50 rows, but not later; it is taken for a group",
        "column 'fault' is empty in the first 50 rows, but not later; it is taken for a label",
        "column 'name' is empty in the first 50 rows, but not later; it is taken for a group",
    )
    table = read_all(open_table(path), found)
    assert np.isnan(table.values[:300, 1]).all()
    assert table.values[300:302, 1].tolist() == [1.5, 2.5]


def test_in_excel_too(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["a", "late", "mixed", "day"])
    for row in range(120):
        mixed = "off" if row < 80 else row % 3
        book.active.append([row % 7, 0 if row < 90 else row, mixed, dt.datetime(2024, 1, 1 + row // 100)])
    book.save(tmp_path / "t.xlsx")
    assert [role.role for role in of(tmp_path / "t.xlsx").roles] == ["sensor", "sensor", "text", "time"]


def test_what_the_user_says_may_come_alive_later(written: Written) -> None:
    path = written(text())
    found = of(path, features=["new", "moved"], label="never")
    assert (found.sensors, found.label) == (("new", "moved"), "never")
    assert found.notes[:2] == (
        "column 'new' is empty in the first 50 rows, but not later; it is taken for a sensor",
        "column 'moved' is always the same in the first 50 rows, but not later; it is taken for a sensor",
    )


def test_a_table_without_such_columns_is_not_read_on(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_table(written("a,b\n" + "".join(f"{row % 7},{row % 5}\n" for row in range(ROWS))))
    read = mock.Mock(wraps=source.blocks)
    monkeypatch.setattr(type(source), "blocks", read)
    assert profile(source).sensors == ("a", "b")
    read.assert_called_once_with(rows=FIRST)


def test_errors_of_a_column_that_never_moves_do_not_end_the_search(tmp_path: Path) -> None:
    values = [["0"] * 100 + ["ERR"] * 3 + ["0.00"] * 100 + ["0", "4"] * 50, ["1", "2", "3"] * 101]
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in zip(*values, strict=True)))
    assert of(path).sensors == ("x", "y")


def test_lists_in_a_column_are_no_trouble(tmp_path: Path) -> None:
    table = pa.table({"a": [row % 7 for row in range(ROWS)], "b": [[1, 2]] * ROWS})
    parquet.write_table(table, tmp_path / "t.parquet")
    assert [role.role for role in of(tmp_path / "t.parquet").roles] == ["sensor", "constant"]


def test_scores_written_by_culpa_are_looked_through(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet", [{"a": np.arange(200.0) % 7, "b": np.r_[np.full(100, np.nan), np.arange(100.0)]}])
    assert of(tmp_path / "t.parquet").sensors == ("a", "b")
