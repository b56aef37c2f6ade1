"""Tables as their files have them, before anyone says what a column means."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .problems import Problems

ROWS = 65536
"""Rows of a block, where nobody asks for another number."""
_CELLS = 1 << 22  # of a block: wide tables get fewer rows, so that a block stays below a few hundred MB


@dataclass(frozen=True)
class RawBlock:
    """Rows one after another: `columns` by name, pyarrow arrays of equal length, `first` the row's number from 0.

    Cells of text files are strings as written; those of other files have the types that the file gives them, null =
    nothing there.
    """

    first: int
    columns: Mapping[str, Any]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


class Source(Protocol):
    """A file of one table that can be read again and again, in blocks.

    `names` are unique. `kind` is "csv", "parquet" or "excel"; `details` says in words how the file is read; `decimal`
    is the decimal mark of its text; `rows` is None where counting them means reading the file; `notes` is what deserves
    a warning already.
    """

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Unique names of all columns."""
        ...

    @property
    def kind(self) -> str:
        """The format."""
        ...

    @property
    def details(self) -> str:
        """How the file is read, in words."""
        ...

    @property
    def decimal(self) -> str:
        """The decimal mark of text, "." or ","."""
        ...

    @property
    def rows(self) -> int | None:
        """How many rows there are, None = not known."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What deserves a warning already."""
        ...

    def blocks(
        self, columns: Sequence[str] | None = None, rows: int = ROWS, problems: Problems | None = None
    ) -> Iterator[RawBlock]:
        """All rows from the start, at most `rows` a block (fewer where there are many columns), all columns for None.

        Rows that cannot be read are told to `problems`. Raises CulpaError where the file is damaged.
        """
        ...

    def places(self, rows: Sequence[int]) -> list[str]:
        """Where the user finds rows, given by their numbers from 0: "line 17", "row 3"."""
        ...


def unique_names(cells: Iterable[object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of columns from the cells of a header, and what had to be changed.

    Cells without a name become `column_3`, after their place from 1; of equal ones the second becomes `name (2)`.
    """
    names: list[str] = []
    taken: set[str] = set()
    repeated: dict[str, None] = {}
    given = [" ".join(str(cell).split()) for cell in cells]
    everything = set(given)
    for place, cell in enumerate(given, 1):
        name = cell or f"column_{place}"
        count = 1
        while name in taken or (count > 1 and name in everything):
            count += 1
            name = f"{cell or f'column_{place}'} ({count})"
        if cell and name != cell:
            repeated[cell] = None
        taken.add(name)
        names.append(name)
    notes = tuple(f"several columns are called {name!r}: the second is read as '{name} (2)'" for name in repeated)
    return tuple(names), notes


def fitting_rows(rows: int, columns: int) -> int:
    """How many rows a block may have, so that it fits into memory however many columns there are."""
    return max(1, min(rows, _CELLS // max(1, columns)))


def resliced(batches: Iterable[Any], rows: int) -> Iterator[RawBlock]:
    """Blocks of exactly `rows` rows (the last may be shorter) from pyarrow record batches of any length."""
    import pyarrow as pa

    first, count = 0, 0
    held: list[Any] = []
    for batch in batches:
        rest = batch
        while count + len(rest) >= rows:
            table = pa.Table.from_batches([*held, rest.slice(0, rows - count)])
            yield RawBlock(first, _columns(table))
            first += rows
            rest, held, count = rest.slice(rows - count), [], 0
        if len(rest):
            held.append(rest)
            count += len(rest)
    if held:
        yield RawBlock(first, _columns(pa.Table.from_batches(held)))


def _columns(table: Any) -> dict[str, Any]:
    return {
        name: column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
