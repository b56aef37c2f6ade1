"""Opens text files: finds out how they are written from their beginning."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from ...errors import CulpaError, NoDataError, UsageError
from .delimited import LINE, Delimited
from .dialect import Dialect, find_dialect
from .textstream import CHUNK, guessed_encoding, known_encoding, raw_bytes, squeezed, utf8

_FEW = 20  # lines that do not show what a file is like
_CONTROL = bytes({*range(32)} - {9, 10, 12, 13, 27})


def open_delimited(
    path: Path, delimiter: str | None = None, encoding: str | None = None, decimal: str | None = None
) -> Delimited:
    """A text file with its dialect, guessed from its beginning but for what is given.

    Raises NoDataError for an empty file, CulpaError for one that is no text, UsageError for what cannot be given.
    """
    if delimiter is not None and len(delimiter) != 1:
        raise UsageError(f"{delimiter!r} cannot separate cells", "give one character, for example ',' or ';'")
    if decimal not in (None, ".", ","):
        raise UsageError(f"{decimal!r} is not a decimal mark", "give '.' or ','")
    sample = next(raw_bytes(path), b"")
    if not sample:
        raise NoDataError(f"{path} is empty", "export the table again")
    encoding = _encoding(path, sample, encoding)
    text, complete = _beginning(utf8(path, raw_bytes(path), encoding))
    whole = text if complete or b"\n" not in text else text[: text.rindex(b"\n") + 1]
    dialect = _dialect(path, whole, delimiter, decimal)
    if dialect.delimiter == " ":
        dialect = _dialect(path, squeezed(whole), " ", decimal)
    return Delimited(path, encoding, dialect)


def _encoding(path: Path, sample: bytes, given: str | None) -> str:
    encoding = known_encoding(given) if given else guessed_encoding(sample)
    if encoding == "utf-8" and sample.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    if encoding.startswith("utf-16"):
        return encoding
    control = len(sample) - len(sample.translate(None, _CONTROL))
    if 0 in sample or control > 0.05 * len(sample):
        what = f"byte {sample.index(0) + 1} is NUL" if 0 in sample else "many of its bytes are control characters"
        raise CulpaError(
            f"{path} is not a table: {what}", "expected CSV (also gzipped), Parquet or Excel; export it again"
        )
    return encoding


def _beginning(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    """The first MiB, more where it has only a few lines, and whether that is all."""
    text = b""
    for chunk in chunks:
        if len(text) > LINE or (len(text) >= CHUNK and text.count(b"\n") > _FEW):
            return text, False
        text += chunk
    return text, True


def _dialect(path: Path, text: bytes, delimiter: str | None, decimal: str | None) -> Dialect:
    try:
        dialect = find_dialect(text.decode("utf-8", "replace"), delimiter, decimal)
    except CulpaError as problem:
        raise CulpaError(f"{path}: {problem.message}", problem.hint) from None
    if dialect is None:
        raise NoDataError(f"{path} has no row", "expected a table with the names of its columns in the first line")
    return dialect
