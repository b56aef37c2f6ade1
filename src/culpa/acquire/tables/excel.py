"""Tables in workbooks of Excel."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ...errors import CulpaError, NoDataError, UsageError, nearest
from .archives import check_workbook
from .headers import find_header
from .problems import Problems
from .raw import ROWS, RawBlock, fitting_rows, unique_names

_LOOKED_AT = 100  # rows, for the header


@dataclass(frozen=True)
class Excel:
    """One sheet of a workbook, which stays in memory; empty cells and errors such as #N/A are missing.

    Columns of numbers are float64, of dates timestamps, of truth values booleans; mixed ones are text. `skipped` rows
    of the sheet stand before the data.
    """

    path: Path
    names: tuple[str, ...]
    rows: int | None
    sheet: Any
    skipped: int
    notes: tuple[str, ...] = ()
    details: str = "Excel"
    kind: str = "excel"
    decimal: str = "."

    def blocks(
        self,
        columns: Sequence[str] | None = None,
        rows: int = ROWS,
        problems: Problems | None = None,  # noqa: ARG002
    ) -> Iterator[RawBlock]:
        """All rows from the start, as `Source.blocks` has it."""
        wanted = list(self.names if columns is None else columns) or list(self.names[:1])
        places = [self.names.index(name) for name in wanted]
        most, first = fitting_rows(rows, len(wanted)), 0
        lines = islice(self.sheet.iter_rows(), self.skipped, None)
        while chunk := list(islice(lines, min(most, (self.rows or 0) - first))):
            cells = list(zip(*chunk, strict=True))
            yield RawBlock(first, {name: _column(cells[place]) for name, place in zip(wanted, places, strict=True)})
            first += len(chunk)

    def places(self, rows: Sequence[int]) -> list[str]:
        """The numbers of rows in the sheet, from 1."""
        return [f"row {row + self.skipped + 1}" for row in rows]


def open_excel(path: Path, sheet: str | None = None) -> Excel:
    """A sheet of a workbook, by name or the first one.

    Raises CulpaError for a damaged or protected file and one that is too large, UsageError for a sheet that is not
    there, NoDataError for an empty one.
    """
    import python_calamine as calamine

    with path.open("rb") as file:
        if file.read(2) == b"PK":
            check_workbook(path)
    try:
        book = calamine.CalamineWorkbook.from_path(path)
        if sheet is not None and sheet not in book.sheet_names:
            raise UsageError(f"{path} has no sheet {sheet!r}", nearest(sheet, book.sheet_names))
        if not book.sheet_names:
            raise NoDataError(f"{path} has no sheet", "export the table again")
        name = book.sheet_names[0] if sheet is None else sheet
        data = book.get_sheet_by_name(name)
    except calamine.PasswordError:
        raise CulpaError(
            f"{path} is protected by a password", "save it without one, or save the sheet as CSV"
        ) from None
    except calamine.CalamineError as problem:
        raise CulpaError(
            f"{path} is a damaged Excel file: {problem}", "open and save it again, or copy it again"
        ) from None
    return _opened(path, data, name, book.sheet_names)


def _opened(path: Path, data: Any, name: str, sheets: Sequence[str]) -> Excel:
    filled = max((place for place, row in enumerate(data.iter_rows(), 1) if any(cell != "" for cell in row)), default=0)
    top = [[_text(cell) for cell in row] for row in islice(data.iter_rows(), min(filled, _LOOKED_AT))]
    if not top:
        others = [other for other in sheets if other != name]
        hint = f"other sheets: {', '.join(others)}; choose one" if others else "export the table again"
        raise NoDataError(f"the sheet {name!r} of {path} is empty", hint)
    header = find_header([_shortened(row) for row in top])
    width = len(top[0])
    cells = [*(header.cells or ())]
    names, notes = unique_names([*cells, *[""] * (width - len(cells))])
    details = f"Excel, sheet {name!r}" + ("" if header.cells is not None else ", without names of columns")
    return Excel(path, names, filled - header.rows, data, header.rows, notes, details)


def _shortened(row: list[str]) -> list[str]:
    """Without the empty cells at the end: Excel makes all rows equally long."""
    length = max((place for place, cell in enumerate(row, 1) if cell), default=0)
    return row[:length]


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat(" ") if isinstance(cell, dt.datetime) else str(cell)


def _column(cells: Sequence[Any]) -> Any:
    """The cells as a pyarrow array of one type: their own if they have only one, else text."""
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell != ""}
    given = [None if cell == "" else cell for cell in cells]
    if kinds <= {int, float}:
        return pa.array(given, pa.float64())
    if kinds == {bool}:
        return pa.array(given, pa.bool_())
    if kinds <= {dt.datetime, dt.date}:
        midnight = dt.time()
        days = (dt.datetime.combine(cell, midnight) if type(cell) is dt.date else cell for cell in given)
        return pa.array(days, pa.timestamp("us"))
    if kinds == {dt.timedelta}:
        return pa.array([None if cell is None else cell.total_seconds() for cell in given], pa.float64())
    return pa.array([None if cell is None else _text(cell) for cell in given], pa.string())
