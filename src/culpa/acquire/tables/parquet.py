"""Tables in Parquet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import CulpaError, NoDataError
from .problems import Problems
from .raw import ROWS, RawBlock, fitting_rows, resliced, unique_names


@dataclass(frozen=True)
class Parquet:
    """A Parquet file; cells keep their types, but for strings in dictionaries, which are plain strings here."""

    path: Path
    names: tuple[str, ...]
    rows: int | None
    notes: tuple[str, ...] = ()
    kind: str = "parquet"
    details: str = "Parquet"
    decimal: str = "."

    def blocks(
        self,
        columns: Sequence[str] | None = None,
        rows: int = ROWS,
        problems: Problems | None = None,  # noqa: ARG002
    ) -> Iterator[RawBlock]:
        """All rows from the start, as `Source.blocks` has it. Raises CulpaError where the file is damaged."""
        wanted = list(self.names if columns is None else columns) or list(self.names[:1])
        most = fitting_rows(rows, len(wanted))
        yield from resliced(self._batches(wanted, most), most)

    def places(self, rows: Sequence[int]) -> list[str]:
        """The numbers of rows, from 1."""
        return [f"row {row + 1}" for row in rows]

    def _batches(self, wanted: list[str], rows: int) -> Iterator[Any]:
        import pyarrow as pa

        file = _opened(self.path)
        places = [self.names.index(name) for name in wanted]
        own = file.schema_arrow.names
        repeated = len(set(own)) < len(own)  # then the reader cannot be told which is meant
        try:
            chosen = None if repeated else [own[place] for place in places]
            for batch in file.iter_batches(batch_size=rows, columns=chosen):
                by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
                arrays = [batch.column(place) if repeated else by_name[own[place]] for place in places]
                yield pa.RecordBatch.from_arrays([_plain(array) for array in arrays], names=wanted)
        except (pa.ArrowException, OSError) as problem:
            raise _damaged(self.path, problem) from None


def open_parquet(path: Path) -> Parquet:
    """A Parquet file. Raises CulpaError for a damaged one and NoDataError for one without columns."""
    file = _opened(path)
    names, notes = unique_names(file.schema_arrow.names)
    if not names:
        raise NoDataError(f"{path} has no column", "export the table again")
    return Parquet(path, names, file.metadata.num_rows, notes)


def _opened(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(path, pre_buffer=False)  # which would keep all that was read
    except (pa.ArrowException, OSError) as problem:
        raise _damaged(path, problem) from None


def _damaged(path: Path, problem: Exception) -> CulpaError:
    return CulpaError(f"{path} is damaged Parquet: {str(problem).splitlines()[0]}", "copy or export the file again")


def _plain(array: Any) -> Any:
    import pyarrow as pa

    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array
