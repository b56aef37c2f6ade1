"""Parquet: types, choice of columns, what is damaged."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from culpa.acquire.tables.source import open_table
from culpa.errors import CulpaError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    text = pa.array(["x", None, "x"]).dictionary_encode()
    table = pa.table({"time": pa.array([1, 2, 3]).cast(pa.timestamp("ms")), "b": [1.5, None, 2], "c": text})
    parquet.write_table(table, tmp_path / "table.anything", row_group_size=2)
    return tmp_path / "table.anything"


def test_columns_keep_their_types(path: Path) -> None:
    source = open_table(path)
    assert (source.kind, source.names, source.rows) == ("parquet", ("time", "b", "c"), 3)
    (block,) = source.blocks()
    assert block.columns["time"].type == pa.timestamp("ms")
    assert block.columns["b"].to_pylist() == [1.5, None, 2]
    assert (block.columns["c"].type, block.columns["c"].to_pylist()) == (pa.string(), ["x", None, "x"])
    assert source.places([0, 2]) == ["row 1", "row 3"]


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_blocks_cross_row_groups(path: Path, rows: int) -> None:
    blocks = list(open_table(path).blocks(["c", "b"], rows))
    assert [block.first for block in blocks] == list(range(0, 3, rows))
    assert [cell for block in blocks for cell in block.columns["b"].to_pylist()] == [1.5, None, 2]
    assert list(blocks[0].columns) == ["c", "b"]


def test_a_name_given_twice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "a", "b"])
    parquet.write_table(table, tmp_path / "x.parquet")
    source = open_table(tmp_path / "x.parquet")
    (block,) = source.blocks(["b", "a (2)", "a"])
    assert {name: column.to_pylist() for name, column in block.columns.items()} == {"b": [3], "a (2)": [2], "a": [1]}
    assert caplog.messages == ["x.parquet: several columns are called 'a': the second is read as 'a (2)'"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:4] + bytes(len(data) - 12) + data[-8:],
        lambda data: data[:4],
    ],
)
def test_damage(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CulpaError, match="is damaged Parquet") as caught:
        list(open_table(path).blocks())
    assert caught.value.hint == "copy or export the file again"


def test_damaged_pages(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:4] + b"\xff" * 60 + data[64:])
    source = open_table(path)
    with pytest.raises(CulpaError, match="is damaged Parquet"):
        list(source.blocks())
