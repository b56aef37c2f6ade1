"""Tables block by block: the same whatever the format and the size of blocks, with what is wrong told once."""

import datetime as dt
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from culpa import gpstime
from culpa.acquire.tables.problems import Problems, Wrong
from culpa.acquire.tables.profile import profile
from culpa.acquire.tables.reading import read, read_all
from culpa.acquire.tables.source import open_table
from culpa.errors import CulpaError, UsageError
from culpa.types import Table

Written = Callable[..., Path]
START = dt.datetime(2024, 1, 31, 12)
ROWS = [
    {
        "time": START + dt.timedelta(seconds=row),
        "wafer": f"W{row // 5}",
        "step": row // 4 % 2 + 4,
        "fault": "RF +8" if row > 15 else "",
        "note": f"n{row}",
        "pressure": 100 + row * 0.25 if row != 7 else None,
        "flow": row % 3,
    }
    for row in range(20)
]


def _csv(path: Path) -> None:
    pd.DataFrame(ROWS).to_csv(path, index=False)


def _semicolons(path: Path) -> None:
    pd.DataFrame(ROWS).to_csv(
        path, index=False, sep=";", decimal=",", encoding="utf-16", date_format="%d.%m.%Y %H:%M:%S"
    )


def _parquet(path: Path) -> None:
    pd.DataFrame(ROWS).to_parquet(path, row_group_size=6)


def _excel(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(ROWS[0]))
    for row in ROWS:
        book.active.append([None if cell == "" else cell for cell in row.values()])
    book.save(path.with_suffix(".xlsx"))
    path.with_suffix(".xlsx").rename(path)


@pytest.mark.parametrize("write", [_csv, _semicolons, _parquet, _excel])
@pytest.mark.parametrize("rows", [3, 20, 100])
def test_every_format_gives_the_same_table(tmp_path: Path, write: Callable[[Path], None], rows: int) -> None:
    write(tmp_path / "table")
    source = open_table(tmp_path / "table")
    found = profile(source)
    blocks = list(read(source, found, rows, also=["note"]))
    assert [block.first for block in blocks] == list(range(0, 20, rows))
    table = Table.concatenate(blocks)
    assert (table.sensors, table.clock) == (("pressure", "flow"), "utc")
    frame = pd.DataFrame(ROWS)
    np.testing.assert_array_equal(table.values, frame[["pressure", "flow"]])
    np.testing.assert_array_equal(table.times, gpstime.from_utc(START) + np.arange(20))
    assert set(table.words) == {"wafer", "step", "fault", "note"}
    for name, words in table.words.items():
        assert words.dtype == object
        assert words.tolist() == frame[name].astype(str).tolist()


def test_without_a_time(written: Written) -> None:
    source = open_table(written("a,b\n1,2\n3,5\n4,4\n"))
    blocks = list(read(source, profile(source), 2))
    assert [block.times.tolist() for block in blocks] == [[0, 1], [2]]
    assert blocks[0].clock == "row"


def test_a_date_and_a_time_of_day(written: Written) -> None:
    lines = "".join(f"31.01.2024,오후 {row // 60 + 1}:{row % 60:02d},{row * 0.5}\n" for row in range(120))
    source = open_table(written(f"날짜,시간,온도\n{lines}01.02.2024,,5\n"))
    table = read_all(source, profile(source))
    expected = gpstime.from_utc(START) + 3600 + 60 * np.arange(120)
    np.testing.assert_array_equal(table.times, [*expected, np.nan])


def test_what_is_wrong_is_collected_and_said_once(written: Written, caplog: pytest.LogCaptureFixture) -> None:
    lines = [f"2024-01-31 12:{row // 60:02d}:{row % 60:02d},{row * 0.5}" for row in range(100)]
    lines[30], lines[50], lines[60], lines[61] = "soon,1", "2024-01-31 12:00:50,ERR", "1,2,3", "2024-01-31 12:00:50,x"
    source = open_table(written("\n".join(["time,a", *lines])))
    problems = Problems()
    blocks = list(read(source, profile(source), 7, problems=problems))
    assert problems.cells == {("time", "time"): Wrong(1, 30, "soon"), ("a", "number"): Wrong(2, 50, "ERR")}
    assert caplog.messages == [
        "table.csv: 1 row has the wrong number of columns and is left out; the first is line 62: expected 2 columns, "
        "got 3",
        "table.csv: column 'time': 1 cell is not a time; the first is 'soon' in line 32",
        "table.csv: column 'a': 2 cells are not numbers; the first is 'ERR' in line 52",
    ]
    table = Table.concatenate(blocks)
    assert np.flatnonzero(np.isnan(table.values[:, 0])).tolist() == [50, 60]
    assert np.flatnonzero(np.isnan(table.times)).tolist() == [30]


def test_columns_asked_for_besides(written: Written) -> None:
    source = open_table(written("t,a,b,c\n1,2.0,x,9\n2,3.5,y,8\n"))
    chosen = profile(source, time="t", features="a", groups=())
    (block,) = read(source, chosen, also=["c", "a", "t", "b"])
    assert {name: words.tolist() for name, words in block.words.items()} == {"c": ["9", "8"], "b": ["x", "y"]}
    with pytest.raises(UsageError, match="has no column 'd'"):
        next(read(source, chosen, also=["d"]))


def test_damage_further_on_is_an_error(written: Written) -> None:
    path = written("a,b\n" + "".join(f"{row % 7},2\n" for row in range(30_000)) + '3,"x\n' + "4,5\n" * 10)
    source = open_table(path)
    with pytest.raises(CulpaError, match="a quotation mark in line 30002 that is never closed"):
        list(read(source, profile(source)))


def test_ten_thousand_columns(tmp_path: Path) -> None:
    values = np.random.default_rng(2).normal(size=(4, 10_000)).round(3)
    path = tmp_path / "wide.csv"
    lines = [",".join(map(str, row)) for row in values.tolist()]
    path.write_text("\n".join([",".join(f"sensor_{place}" for place in range(10_000)), *lines * 50]))
    start = time.process_time()
    source = open_table(path)
    table = read_all(source, profile(source))
    assert time.process_time() - start < 6  # half of it on a quiet machine
    np.testing.assert_array_equal(table.values, np.tile(values, (50, 1)))


def test_memory_is_that_of_a_block(tmp_path: Path) -> None:
    """What Python and numpy hold; pyarrow's own pool is looked at too."""
    path = tmp_path / "long.parquet"
    with parquet.ParquetWriter(path, pa.schema([("a", pa.float64()), ("g", pa.string())])) as writer:
        groups = [f"g{row % 9}" for row in range(10_000)]
        for part in range(40):
            writer.write_table(pa.table({"a": np.arange(10_000.0) + part, "g": groups}))
    source = open_table(path)
    chosen = profile(source, features="a", groups="g")
    list(read(source, chosen, 1000))
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    most = 0
    for _ in read(source, chosen, 1000):
        most = max(most, pa.total_allocated_bytes() - before)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    assert most < 4_000_000


def test_real_wafers(shared: Path) -> None:
    source = open_table(shared / "metal_etch" / "lam9600_experiment_29.csv")
    table = read_all(source, profile(source))
    frame = pd.read_csv(source.path, keep_default_na=False)
    np.testing.assert_array_equal(table.values, frame.iloc[:, 5:])
    np.testing.assert_array_equal(table.times, frame["time"])
    assert table.words["fault"].tolist() == frame["fault"].tolist()
    assert table.words["step_number"].tolist() == frame["step_number"].astype(str).tolist()


def test_real_labels_are_whole_numbers(shared: Path) -> None:
    source = open_table(shared / "skab" / "valve1" / "0.csv")
    table = read_all(source, profile(source))
    frame = pd.read_csv(source.path, sep=";")
    assert table.words["anomaly"].tolist() == frame["anomaly"].astype(int).astype(str).tolist()
    first = frame["datetime"].iloc[0].replace(" ", "T")
    assert table.times[0] == gpstime.parse(first)
