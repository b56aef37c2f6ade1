"""Zipped office files, looked through before anything unpacks them into memory."""

import re
import zipfile
import zlib
from pathlib import Path

from ...errors import CulpaError

_CHUNK = 1 << 20
_MOST = 2 << 30  # bytes of all members together; a full sheet of ten columns has about 0.5 GB
_FREE = 64 << 20  # bytes that any file may have
_RATIO = 100  # times the bytes on disk that a larger one may have; sheets of numbers reach about 10
_CELLS = 120_000_000  # of the rectangle around all cells of a sheet, which its reader keeps in memory
_TAIL = 256
_COLUMN = re.compile(rb'\br="([A-Z]{1,3})[0-9]')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([0-9]{1,10})"')


def check_workbook(path: Path) -> None:
    """Make sure that a workbook (zipped XML) fits into memory, by unpacking it piece by piece.

    The sizes are counted, as those that the file states may lie; so is the rectangle around the cells of each sheet.
    Raises CulpaError where it does not fit and where the archive is damaged.
    """
    most, total = min(_MOST, max(_FREE, _RATIO * path.stat().st_size)), 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                total = _check_member(path, archive, member, total, most)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise CulpaError(
            f"{path} is a damaged Excel file: {problem}", "open and save it again, or copy it again"
        ) from None


def _check_member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, total: int, most: int) -> int:
    columns: set[bytes] = set()
    rows, tail = 0, b""
    sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            total += len(chunk)
            if total > most:
                raise CulpaError(
                    f"{path} unpacks to more than {most >> 20} MiB, far more than a file of its size should",
                    "if it is what it should be, save the sheet as CSV, which can have any size",
                )
            if sheet:
                text = tail + chunk
                columns.update(_COLUMN.findall(text))
                rows = max([rows, *map(int, _ROW.findall(text))])
                tail = text[-_TAIL:]
    if rows * max(map(_number, columns), default=0) > _CELLS:
        raise CulpaError(
            f"{path} has a sheet of {rows:,} rows and {max(map(_number, columns)):,} columns, which is too large",
            "delete stray cells far from the table, or save the sheet as CSV, which can have any size",
        )
    return total


def _number(letters: bytes) -> int:
    """The number of a column, from 1, of its letters: A, B, ..., Z, AA, ..."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
