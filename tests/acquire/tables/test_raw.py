"""Names of columns, and blocks of any number of rows."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.acquire.tables.raw import fitting_rows, resliced, unique_names


@pytest.mark.parametrize(
    ("cells", "names", "repeated"),
    [
        (["a", "b"], ("a", "b"), 0),
        (["", " x  y ", 3], ("column_1", "x y", "3"), 0),
        (["a", "a", "a", "b", "b"], ("a", "a (2)", "a (3)", "b", "b (2)"), 2),
        (["a", "a (2)", "a"], ("a", "a (2)", "a (3)"), 1),
        (["column_2", ""], ("column_2", "column_2 (2)"), 0),
        ([], (), 0),
    ],
)
def test_names_are_unique(cells: list[object], names: tuple[str, ...], repeated: int) -> None:
    found, notes = unique_names(cells)
    assert found == names
    assert len(notes) == repeated


@given(st.lists(st.integers(0, 7), max_size=8), st.integers(1, 9))
def test_resliced(lengths: list[int], rows: int) -> None:
    total = sum(lengths)
    everything = pa.table({"a": list(range(total)), "b": [str(row) for row in range(total)]})
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    slices = (everything.slice(start, length).columns for start, length in zip(starts, lengths, strict=True))
    batches = [pa.RecordBatch.from_arrays([part.combine_chunks() for part in parts], ["a", "b"]) for parts in slices]
    blocks = list(resliced(batches, rows))
    assert [cell for block in blocks for cell in block.columns["a"].to_pylist()] == list(range(total))
    assert [block.first for block in blocks] == list(range(0, total, rows))
    assert all(len(block) == rows for block in blocks[:-1])
    assert all(isinstance(column, pa.Array) for block in blocks for column in block.columns.values())


def test_wide_tables_get_fewer_rows() -> None:
    assert fitting_rows(65536, 12) == 65536
    assert fitting_rows(65536, 10_000) == 419
    assert fitting_rows(5, 10**9) == 1
