"""Tables as text, one row a line: CSV and its relatives."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import CulpaError
from .dialect import DELIMITERS, Dialect
from .problems import Problems, WrongRows
from .raw import ROWS, RawBlock, fitting_rows, resliced
from .textstream import CHUNK, Stream, not_text, raw_bytes, single_spaced, tallied, utf8, without_first

LINE = 8 << 20
"""Bytes of the longest line."""
_LOOKED_FOR = 2_000_000  # rows that finding the line of one may take


@dataclass(frozen=True)
class Delimited:
    """A text file, plain or gzipped; cells are strings as written, rows are counted without empty lines."""

    path: Path
    encoding: str
    dialect: Dialect
    kind: str = "csv"
    rows: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return self.dialect.names

    @property
    def decimal(self) -> str:
        """The decimal mark, "." or a comma."""
        return self.dialect.decimal

    @property
    def notes(self) -> tuple[str, ...]:
        """What deserves a warning already."""
        return self.dialect.notes

    @property
    def details(self) -> str:
        """How it is read, in words."""
        split = DELIMITERS.get(self.dialect.delimiter, repr(self.dialect.delimiter))
        comma = ", decimal commas" if self.decimal == "," else ""
        names = "" if self.dialect.header else ", without names of columns"
        return f"text in {self.encoding.removesuffix('-sig').upper()}, split at {split}{comma}{names}"

    def blocks(
        self, columns: Sequence[str] | None = None, rows: int = ROWS, problems: Problems | None = None
    ) -> Iterator[RawBlock]:
        """All rows from the start as `Source.blocks` has it; rows of the wrong width are left out.

        Raises CulpaError where these are more than half, for lines above 8 MiB, and for bytes that are no text.
        """
        wanted = list(self.names if columns is None else columns) or list(self.names[:1])
        wrong: list[Any] = []
        yield from resliced(self._batches(wanted, wrong), fitting_rows(rows, len(wanted)))
        if problems is not None and wrong:
            problems.rows = self._wrong_rows(wrong)

    def places(self, rows: Sequence[int]) -> list[str]:
        """The lines of rows; the number of the row where finding its line would mean reading very far."""
        lines = self._lines(rows, len(self.names))
        return [f"line {lines[row]}" if row in lines else f"data row {row + 1}" for row in rows]

    def _batches(self, wanted: list[str], wrong: list[Any]) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import csv as arrow

        count = 0
        marks = [0]

        def skip(row: Any) -> str:
            wrong.append(row if not wrong else None)
            return "skip"

        reading = arrow.ReadOptions(use_threads=False, block_size=LINE, column_names=list(self.names))
        parsing = arrow.ParseOptions(
            delimiter=self.dialect.delimiter, newlines_in_values=True, invalid_row_handler=skip
        )
        converting = arrow.ConvertOptions(
            column_types=dict.fromkeys(self.names, pa.string()), include_columns=wanted, strings_can_be_null=False
        )
        try:
            for batch in arrow.open_csv(pa.PythonFile(self._stream(marks), mode="r"), reading, parsing, converting):
                count += len(batch)
                self._check(count, wrong)
                yield batch
        except pa.ArrowInvalid as problem:
            text = str(problem)
            if "Empty CSV file" not in text:
                raise self._broken(text) from None
        self._check(count, wrong)
        if marks[0] % 2 and (line := self._unclosed()):
            raise CulpaError(
                f"{self.path} has a quotation mark in line {line} that is never closed",
                "all rows after it would be one cell; add the mark that is missing, or remove this one",
            )

    def _check(self, right: int, wrong: list[Any]) -> None:
        if len(wrong) > right:
            rows = self._wrong_rows(wrong)
            raise CulpaError(
                f"{rows.count:,} of the first {right + rows.count:,} rows of {self.path} have the wrong number of "
                f"columns; the first is {rows.place}: expected {rows.expected}, got {rows.got}",
                f"it was read as {self.details}; name another delimiter, or repair the file",
            )

    def _broken(self, text: str) -> CulpaError:
        if "UTF8" in text:
            return not_text(self.path, self.encoding)
        if "straddl" in text:
            return CulpaError(
                f"{self.path} has a line of more than {LINE >> 20} MiB",
                "a quotation mark that is never closed may be the cause; if not, is it a table of text?",
            )
        return CulpaError(f"{self.path} cannot be read: {text}", f"it was read as {self.details}")

    def _wrong_rows(self, wrong: list[Any]) -> WrongRows:
        first = wrong[0]
        line = self._lines([first.number - 1]).get(first.number - 1)
        place = f"line {line}" if line else f"row {first.number:,} of the data"
        return WrongRows(len(wrong), place, first.expected_columns, first.actual_columns)

    def _stream(self, marks: list[int] | None = None) -> io.RawIOBase:
        """The data in UTF-8, from their first line on; quotation marks are added to the first number of `marks`."""
        chunks = utf8(self.path, raw_bytes(self.path), self.encoding)
        if self.dialect.delimiter == " ":
            chunks = single_spaced(chunks)
        chunks = without_first(chunks, self.dialect.skipped)
        return Stream(chunks if marks is None else tallied(chunks, b'"', marks))

    def _reader(self, strict: bool = False) -> Any:
        text = io.TextIOWrapper(io.BufferedReader(self._stream(), CHUNK), "utf-8", "replace", newline="")
        return csv.reader(text, delimiter=self.dialect.delimiter, strict=strict)

    def _unclosed(self) -> int | None:
        """The line of the quotation mark that lacks its partner, None where all have one."""
        reader = self._reader(strict=True)
        line = 0
        try:
            for _ in reader:
                line = reader.line_num
        except csv.Error as problem:
            if "unexpected end" in str(problem) or "larger than field limit" in str(problem):
                return self.dialect.line + line
        return None

    def _lines(self, rows: Sequence[int], width: int | None = None) -> dict[int, int]:
        """The lines in which rows end, by their number from 0 among those of a width (None = of any)."""
        wanted = {row for row in rows if row < _LOOKED_FOR}
        found: dict[int, int] = {}
        reader, number = self._reader(), 0
        try:
            for row in reader:
                if len(found) == len(wanted):
                    break
                if row and (width is None or len(row) == width):
                    if number in wanted:
                        found[number] = self.dialect.line + reader.line_num - 1
                    number += 1
        except csv.Error:  # a cell beyond what the module takes: lines after it stay unknown
            pass
        return found
