"""What takes blocks of rows and makes a file of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Sink = Callable[[Any], None]
"""What takes one `pyarrow.Table` after another."""


@contextmanager
def csv_file(path: Path, schema: Any, text: str) -> Iterator[Sink]:
    """A CSV file with the columns of a `pyarrow.Schema`, times first, in an encoding; words without quotation marks."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    first = schema.field(0).name
    plain = schema.set(0, pa.field(first, pa.string()))

    def taken(table: Any) -> None:
        times = pc.strftime(table.column(0), format="%Y-%m-%dT%H:%M:%S")  # pyarrow would leave out the T
        writer.write(table.set_column(0, first, times))

    with path.open("wb") as file:
        file.write((",".join(schema.names) + "\n").encode(text))  # pyarrow would put names in quotation marks
        options = csv.WriteOptions(include_header=False, quoting_style="none")
        with csv.CSVWriter(file, plain, write_options=options) as writer:
            yield taken


@contextmanager
def parquet_file(path: Path, schema: Any, _text: str) -> Iterator[Sink]:
    """A Parquet file with the columns of a `pyarrow.Schema`, one row group for each block."""
    from pyarrow import parquet

    with parquet.ParquetWriter(path, schema) as writer:
        yield lambda table: writer.write_table(table, row_group_size=len(table))


SINKS = {".csv": csv_file, ".parquet": parquet_file}
"""Who writes a file, by how its name ends."""
