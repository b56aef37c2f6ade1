"""Workbooks: types of cells, headers, sheets, what is damaged."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from culpa.acquire.tables.source import open_table
from culpa.errors import CulpaError, NoDataError, UsageError


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Writes sheets, lists of rows by name."""

    def write(**sheets: Sequence[Sequence[Any]]) -> Path:
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append(row)
        made.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return write


NOON = dt.datetime(2024, 1, 31, 12)


def columns(path: Path, **options: str) -> dict[str, pa.Array]:
    return dict(next(iter(open_table(path, **options).blocks())).columns)  # type: ignore[arg-type]


def test_cells_keep_their_types(book: Callable[..., Path]) -> None:
    path = book(
        s=[
            ["time", "온도", "ok", "mixed", "day", "length", "nothing", "day or time"],
            [NOON, 1, True, "x", dt.date(2024, 1, 31), dt.timedelta(hours=30), None, dt.date(2024, 1, 31)],
            [NOON, 2.5, False, 2, dt.date(2024, 2, 1), dt.timedelta(0), None, NOON],
            [None, None, None, NOON, None, None, None, None],
            [NOON, 3, True, True, dt.date(2024, 2, 3), None, None, NOON],
        ]
    )
    found = columns(path)
    assert found["time"].to_pylist() == [NOON, NOON, None, NOON]
    assert found["온도"].to_pylist() == [1, 2.5, None, 3]
    assert found["ok"].to_pylist() == [True, False, None, True]
    assert found["mixed"].to_pylist() == ["x", "2", "2024-01-31 12:00:00", "True"]
    assert found["day"].to_pylist()[:2] == [dt.datetime(2024, 1, 31), dt.datetime(2024, 2, 1)]
    assert found["length"].to_pylist() == [108000, 0, None, None]
    assert found["nothing"].null_count == 4
    assert found["day or time"].to_pylist()[:2] == [dt.datetime(2024, 1, 31), NOON]
    assert open_table(path).rows == 4


def test_errors_in_cells_are_missing(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append(["a", "b"])
    made.active.append([1, "#DIV/0!"])
    made.active.append([2, 5])
    made.active["B2"].data_type = "e"
    made.save(tmp_path / "book.xlsx")
    assert columns(tmp_path / "book.xlsx")["b"].to_pylist() == [None, 5]


@pytest.mark.parametrize(
    ("above", "line"), [([], 2), ([["Tool 7"], []], 4), ([[], []], 4), ([["# made by a tool"], ["# on a day"]], 4)]
)
def test_what_stands_above(book: Callable[..., Path], above: list[list[Any]], line: int) -> None:
    source = open_table(book(s=[*above, ["a", "b"], [1, 2], [None, None], [3, 4], [None, None]]))
    assert source.names == ("a", "b")
    assert source.places([0, 2]) == [f"row {line}", f"row {line + 2}"]
    blocks = list(source.blocks(["b"], 2))
    assert [block.columns["b"].to_pylist() for block in blocks] == [[2, None], [4]]
    assert [block.first for block in blocks] == [0, 2]


def test_without_names(book: Callable[..., Path]) -> None:
    source = open_table(book(s=[[1, 2.5], [3, 4]]))
    assert (source.names, source.rows) == (("column_1", "column_2"), 2)
    assert source.details == "Excel, sheet 's', without names of columns"


def test_more_columns_than_names(book: Callable[..., Path], caplog: pytest.LogCaptureFixture) -> None:
    assert open_table(book(s=[["a", "a"], [1, 2, 3]])).names == ("a", "a (2)", "column_3")
    assert caplog.messages == ["book.xlsx: several columns are called 'a': the second is read as 'a (2)'"]


def test_sheets(book: Callable[..., Path]) -> None:
    path = book(first=[["a"], [1]], second=[["b"], [2]], empty=[])
    assert open_table(path).names == ("a",)
    assert open_table(path, sheet="second").names == ("b",)
    with pytest.raises(UsageError, match="has no sheet 'secnd'") as wrong:
        open_table(path, sheet="secnd")
    assert wrong.value.hint == "did you mean second?"
    with pytest.raises(NoDataError, match=r"the sheet 'empty' of .* is empty") as nothing:
        open_table(path, sheet="empty")
    assert nothing.value.hint == "other sheets: first, second; choose one"


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_workbook(book: Callable[..., Path], kept: float) -> None:
    path = book(s=[["a"], [1]])
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(CulpaError, match="is a damaged Excel file"):
        open_table(path)


def test_a_damaged_member(book: Callable[..., Path]) -> None:
    path = book(s=[["a", "b"], *[[number, number**2] for number in range(500)]])
    data = bytearray(path.read_bytes())
    place = data.index(b"xl/worksheets/sheet1.xml") + 300
    data[place : place + 20] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(CulpaError, match="is a damaged Excel file"):
        open_table(path)


def test_an_old_workbook_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "book.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(CulpaError, match="is a damaged Excel file"):
        open_table(path)
