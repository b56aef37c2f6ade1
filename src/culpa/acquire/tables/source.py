"""Opens a table, whatever its format."""

import logging
import zipfile
from pathlib import Path

from ...errors import CulpaError, NoDataError, UsageError, refused
from .excel import open_excel
from .parquet import open_parquet
from .raw import Source
from .sniffing import open_delimited

_log = logging.getLogger(__name__)
_PARQUET, _ZIP, _OLE = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = {
    b"%PDF": "a PDF", b"\x89HDF": "HDF5", b"\x93NUMPY": "a NumPy array", b"\x89PNG": "an image", b"ARROW1\x00": "Arrow",
    b"SQLite f": "a database", b"PK\x05\x06": "an empty zip archive", b"\xfd7zXZ": "packed with xz",
    b"BZh91AY": "packed with bzip2", b"\x28\xb5\x2f\xfd": "packed with zstd", b"IGWD\x00": "a frame file",
}  # fmt: skip


def open_table(
    path: str | Path,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    sheet: str | None = None,
) -> Source:
    """A file of one table, its format known by what it contains: Parquet, Excel (xlsx, xlsm, xlsb, xls) or text.

    `delimiter`, `encoding` and `decimal` ("." or ",") are of text and guessed where None; `sheet` is a name, None = the
    first. What is odd is logged as a warning. Raises NoDataError where there is no file or nothing in it, UsageError
    for an option that does not fit, and CulpaError for what is not a table, damaged, or too large.
    """
    path = Path(path)
    start = _start(path)
    excel = start == _OLE or (start.startswith(_ZIP) and _is_workbook(path))
    if sheet is not None and not excel:
        raise UsageError(f"{path} has no sheets, as it is not an Excel file", "leave the sheet out")
    source: Source
    if excel:
        source = open_excel(path, sheet)
    elif start.startswith(_PARQUET) and not _is_letter(start[4:5]):
        source = open_parquet(path)
    else:
        source = open_delimited(path, delimiter, encoding, decimal)
    for note in source.notes:
        _log.warning("%s: %s", path.name, note)
    return source


def _start(path: Path) -> bytes:
    """The first bytes of a file that may be a table."""
    if not path.exists():
        raise NoDataError(f"{path} does not exist", _siblings(path))
    if path.is_dir():
        raise CulpaError(f"{path} is a folder, and a table is one file", _siblings(path / path.name))
    if not path.is_file():
        raise CulpaError(f"{path} is not a file", "a table is read several times; write it to a file first")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as problem:
        raise refused(problem) from None
    for magic, what in _OTHERS.items():
        if start.startswith(magic):
            raise CulpaError(f"{path} is {what}, not a table", "expected CSV (also gzipped), Parquet or Excel")
    return start


def _is_letter(byte: bytes) -> bool:
    """Whether a byte after PAR1 makes that the name of a column."""
    return byte.isspace() or b" " <= byte <= b"~"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            if any(name.startswith("xl/") for name in archive.namelist()):
                return True
    except zipfile.BadZipFile as problem:
        raise CulpaError(f"{path} is a damaged Excel file or zip archive: {problem}", "copy the file again") from None
    raise CulpaError(f"{path} is a zip archive, not a table", "unpack it, and give one of the files in it")


def _siblings(path: Path) -> str:
    """A hint at tables in the folder of a path."""
    endings = (".csv", ".gz", ".tsv", ".txt", ".parquet", ".xlsx", ".xls")
    folder = path.parent
    tables = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in endings) if folder.is_dir() else []
    return f"tables in {folder}: {', '.join(tables[:8])}" if tables else "give the path of a CSV, Parquet or Excel file"
