"""Tables that are written: read again as they were, safe in a spreadsheet, in full or not at all."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa import gpstime
from culpa.acquire.tables.profile import profile
from culpa.acquire.tables.reading import read_all
from culpa.acquire.tables.source import open_table
from culpa.acquire.tables.writing import columns_of, write
from culpa.errors import CulpaError, NoDataError, UsageError
from culpa.types import Table

TABLE = Table(
    values=np.array([[1.5, -2], [np.nan, 3e-7], [2.25, 1e20], [0.1, 5]]),
    sensors=("압력", "-flow"),
    times=gpstime.parse("2024-01-31T12:00:00") + np.arange(4) * 0.25,
    clock="utc",
    words={"fault": np.array(["", '=1+"x"', "a,b\nc", ""], dtype=object)},
)


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "deep/er/OUT.CSV"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    parts = [TABLE.take(slice(0, 3)), TABLE.take(slice(3, 4))]
    assert write(tmp_path / name, (columns_of(part) for part in parts)) == 4
    source = open_table(tmp_path / name)
    flow = "'-flow" if source.kind == "csv" else "-flow"
    table = read_all(source, profile(source, features=["압력", flow], label="fault"))
    np.testing.assert_array_equal(table.values, TABLE.values)
    np.testing.assert_allclose(table.times, TABLE.times, atol=1e-6)
    formula = "'" * (source.kind == "csv") + '=1+"x"'
    assert table.words["fault"].tolist() == ["", formula, "a,b\nc", ""]
    assert [path.name for path in (tmp_path / name).parent.iterdir()] == [Path(name).name]


@pytest.mark.parametrize("clock", ["number", "row"])
def test_other_clocks(clock: str) -> None:
    table = Table(np.zeros((2, 1)), ("a",), np.array([3.0, 4]), clock)
    assert list(columns_of(table, "when")) == ["row" if clock == "row" else "when", "a"]
    assert columns_of(table, "when")["row" if clock == "row" else "when"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("-5", "-5"),
        ("+1.5e-3", "+1.5e-3"),
        ("-1,5", "-1,5"),
        ("a=b", "a=b"),
        ("TCP +50", "TCP +50"),
        ("'x", "'x"),
        ("-", "'-"),
    ],
)
def test_text_that_a_spreadsheet_would_run(tmp_path: Path, cell: str, shown: str) -> None:
    write(tmp_path / "x.csv", [{"a": np.array([cell], dtype=object), cell: np.array([-1.5])}])
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["a", shown], [shown, "-1.5"]]


def test_other_columns(tmp_path: Path) -> None:
    columns: dict[str, Any] = {"row": np.array([1, 2]), "flag": np.array([True, False]), "x": np.array([np.nan, 0.1])}
    write(tmp_path / "x.csv", [columns])
    assert (tmp_path / "x.csv").read_text() == '"row","flag","x"\n1,true,\n2,false,0.1\n'


def test_another_ending(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write a table to .*x.xlsx") as caught:
        write(tmp_path / "x.xlsx", [])
    assert caught.value.hint == "give a name that ends in .csv or .parquet"


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_nothing_is_left_where_it_fails(tmp_path: Path, name: str) -> None:
    def blocks() -> Iterator[dict[str, Any]]:
        yield {"a": np.arange(3.0)}
        raise CulpaError("no more")

    (tmp_path / name).write_text("old")
    with pytest.raises(CulpaError, match="no more"):
        write(tmp_path / name, blocks())
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
    with pytest.raises(NoDataError, match="there is no row to write"):
        write(tmp_path / name, [])
    (tmp_path / "file").touch()
    with pytest.raises(CulpaError, match="cannot write"):
        write(tmp_path / "file" / name, [{"a": np.arange(3.0)}])
