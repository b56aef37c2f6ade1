"""Files of segments: text, CSV, JSON, LIGO_LW XML and HDF5, told apart by what is in them."""

import json
import logging
import zlib
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from ..errors import NoDataError, UsageError, nearest
from ..types import Segments
from . import segmenttables
from .atomic import atomic
from .unzipped import unzipped

_log = logging.getLogger(__name__)

_HDF5 = b"\x89HDF\r\n\x1a\n"
_ROUNDING = 1.0
"""By how much a duration in text may be rounded, s."""

Row = tuple[str, Sequence[Any]]
"""Where an interval stands in its file, in words, and its start and end."""


def read_segments(path: Path, flag: str | None = None) -> Segments:
    """The union of the segments (GPS s) in a file, gzipped or not; a file without any is valid.

    Text has lines `start end`, `start end duration` or `number start end duration`, with blanks or commas between them,
    comments after `#`, and perhaps a first line of column names; JSON is a list of pairs or an object with it as
    `active`; LIGO_LW has the table `segment`, HDF5 groups with a table `active` or one table, as gwpy writes. `flag`
    (`K1:NAME:1`, the version may be left out) chooses among those that LIGO_LW and HDF5 name. The log says when
    segments overlap. Raises NoDataError where the file is missing or damaged, UsageError for a malformed row, a segment
    that ends before it starts, and a flag that the file does not have or that must be given.
    """
    try:
        data = unzipped(path.read_bytes())
    except (OSError, EOFError, zlib.error) as problem:
        raise NoDataError(f"cannot read the segment file {path}: {problem}") from problem
    first = data.lstrip()[:1]
    if data.startswith(_HDF5) or first == b"<":
        rows = _numbered(_tables(data, flag, path))
    elif first in (b"[", b"{"):
        rows = _numbered(_json(_text(data, path), path))
    else:
        rows = _lines(_text(data, path), path)
    return _joined([_interval(row, path) for row in rows], path)


def write_segments(segments: Segments, path: Path) -> None:
    """Text of four columns: number from 0, start, end (GPS s) and duration (s), exact, as `read_segments` reads it.

    Raises CulpaError where the disk refuses.
    """
    lines = (f"{n}\t{start!r}\t{end!r}\t{end - start!r}\n" for n, (start, end) in enumerate(segments))
    with atomic(path) as temporary:
        temporary.write_text("# seg\tstart\tstop\tduration\n" + "".join(lines), encoding="utf-8")


def _joined(intervals: Sequence[tuple[float, float]], path: Path) -> Segments:
    latest, overlapping = float("-inf"), 0
    for start, end in sorted(intervals):
        overlapping += start < latest
        latest = max(latest, end)
    if overlapping:
        _log.warning("%s: %d of %d segments overlap earlier ones; they are joined", path, overlapping, len(intervals))
    return Segments.of(intervals)


def _interval(row: Row, path: Path) -> tuple[float, float]:
    place, values = row
    try:
        start, end = map(float, values)
    except (TypeError, ValueError):
        start = end = float("nan")
    if not (isfinite(start) and isfinite(end)):
        raise UsageError(f"{place} of {path}: expected start and end in GPS s, got {_shown(values)}")
    if end < start:
        raise UsageError(f"{place} of {path}: the segment ends before it starts: {_shown(values)}")
    return start, end


def _shown(values: object) -> str:
    return " ".join(map(str, values)) if isinstance(values, (list, tuple)) else str(values)


def _numbered(rows: Iterable[Sequence[Any]]) -> Iterator[Row]:
    return ((f"segment {number}", row) for number, row in enumerate(rows, start=1))


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        expected = "expected text, JSON, LIGO_LW XML or HDF5"
        raise NoDataError(f"cannot read the segment file {path}: {problem}", expected) from problem


def _lines(text: str, path: Path) -> Iterator[Row]:
    rows = [
        (f"line {number}", words)
        for number, line in enumerate(text.splitlines(), start=1)
        if (words := line.partition("#")[0].replace(",", " ").split())
    ]
    header = _header(rows[0][1]) if rows else None
    for place, words in rows[1:] if header else rows:
        if header and len(words) > max(header):
            yield place, [words[column] for column in header]
        else:
            yield place, _bounds(words, f"{place} of {path}")


def _header(words: Sequence[str]) -> tuple[int, int] | None:
    """The places of start and end among the names of columns; None for a row of numbers."""
    starts = [place for place, word in enumerate(words) if "start" in word.lower()]
    ends = [place for place, word in enumerate(words) if word.lower().endswith(("end", "stop"))]
    return (starts[0], ends[0]) if starts and ends else None


def _bounds(words: Sequence[str], place: str) -> Sequence[str]:
    """Start and end of a row without names of columns."""
    if len(words) not in (3, 4):
        return words
    start, end, duration = words[-3:]
    try:
        wrong = not abs(float(end) - float(start) - float(duration)) < _ROUNDING
    except ValueError:
        wrong = True
    if wrong:
        raise UsageError(
            f"{place}: expected [number] start end duration, with end - start = duration, got {_shown(words)}"
        )
    return start, end


def _json(text: str, path: Path) -> Sequence[Any]:
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise UsageError(f"{path} is not JSON: {problem}") from problem
    rows = document.get("active") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise UsageError(f"{path}: expected a list of pairs [start, end], or an object with one as `active`")
    return rows


def _tables(data: bytes, flag: str | None, path: Path) -> Sequence[tuple[float, float]]:
    decode = segmenttables.hdf5 if data.startswith(_HDF5) else segmenttables.ligolw
    try:
        flags = decode(data)
    except Exception as problem:  # what a damaged file raises depends on the library and on the damage
        raise NoDataError(f"cannot read the segment file {path}: {problem}") from problem
    return flags[_chosen(flags, flag, path)]


def _chosen(flags: Iterable[str], wanted: str | None, path: Path) -> str:
    """The flag that is meant: the wanted one, with its version or without, or the only one there is."""
    known = list(flags)
    if known == [""]:  # segments of nothing in particular
        return ""
    meant = [name for name in known if wanted in (None, name)]
    meant = meant or [name for name in known if name.rpartition(":")[0] == wanted]
    if len(meant) == 1:
        return meant[0]
    if not known:
        raise NoDataError(f"{path} has no table of segments")
    if not meant:
        raise UsageError(f"{path} has no flag {wanted}", nearest(str(wanted), known))
    raise UsageError(f"{path} has several flags, of which one must be chosen", f"there are: {', '.join(meant)}")
