"""Tables written as CSV and as Parquet, block by block."""

from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import NoDataError, UsageError
from ...types import Table
from ..atomic import atomic
from .times import iso

Columns = Mapping[str, NDArray[Any]]
_DANGEROUS = r"^[=+\-@\t\r\n＝＋－＠]"
_NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?$"


def write(path: str | Path, blocks: Iterable[Columns]) -> int:
    """Write columns of numbers, truth values and text (object arrays of str) by name, and return the number of rows.

    The ending of the name chooses the format, .csv or .parquet; NaN and "" are empty cells. In CSV, text that a
    spreadsheet would run as a formula gets an apostrophe in front; numbers stay what they are. All blocks have the
    columns of the first. Raises UsageError for another ending, NoDataError without a block, and
    CulpaError where the system refuses.
    """
    path = Path(path)
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    if path.suffix.lower() not in writers:
        raise UsageError(f"cannot write a table to {path}", "give a name that ends in .csv or .parquet")
    remaining = iter(blocks)
    first = next(remaining, None)
    if first is None:
        raise NoDataError(f"there is no row to write to {path}")
    blocks = chain([first], remaining)
    with atomic(path) as temporary:
        return writers[path.suffix.lower()](temporary, blocks)


def columns_of(table: Table, time: str = "time") -> dict[str, NDArray[Any]]:
    """A table's columns by name: the time first (ISO 8601 for UTC, numbers or row numbers else), words, sensors."""
    times: NDArray[Any] = np.array(iso(table.times), dtype=object) if table.clock == "utc" else table.times
    sensors = {name: table.values[:, place] for place, name in enumerate(table.sensors)}
    return {("row" if table.clock == "row" else time): times, **table.words, **sensors}


def _write_csv(path: Path, blocks: Iterable[Columns]) -> int:
    import pyarrow as pa
    from pyarrow import csv

    writer, rows = None, 0
    with path.open("wb") as file:
        for block in blocks:
            batch = _batch(block)
            cells = [_safe(column) for column in batch.columns]
            names = _safe(pa.array(batch.schema.names, pa.string())).to_pylist()
            safe = pa.RecordBatch.from_arrays(cells, names=names)
            writer = writer or csv.CSVWriter(file, safe.schema, write_options=csv.WriteOptions(quoting_style="needed"))
            writer.write_batch(safe)
            rows += len(batch)
        if writer:
            writer.close()
    return rows


def _write_parquet(path: Path, blocks: Iterable[Columns]) -> int:
    from pyarrow import parquet

    writer, rows = None, 0
    try:
        for block in blocks:
            batch = _batch(block)
            writer = writer or parquet.ParquetWriter(path, batch.schema)
            writer.write_batch(batch)
            rows += len(batch)
    finally:
        if writer:
            writer.close()
    return rows


def _batch(block: Columns) -> Any:
    """A block as pyarrow has it: NaN and "" are null."""
    import pyarrow as pa

    arrays = []
    for column in block.values():
        text = column.dtype.kind in "OUT"
        absent = (column == "") if text else np.isnan(column) if column.dtype.kind == "f" else None
        arrays.append(pa.array(column, pa.string() if text else None, mask=absent))
    return pa.RecordBatch.from_arrays(arrays, names=list(block))


def _safe(column: Any) -> Any:
    """Text that no spreadsheet takes for a formula; other columns as they are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return column
    dangerous = pc.and_(
        pc.match_substring_regex(column, _DANGEROUS), pc.invert(pc.match_substring_regex(column, _NUMBER))
    )
    return pc.if_else(pc.fill_null(dangerous, False), pc.binary_join_element_wise("'", column, ""), column)
