"""Lists of times in text: one a line, or a column of a CSV table."""

import csv
from pathlib import Path

import numpy as np

from ..errors import NoDataError, UsageError
from ..types import Floats

COLUMNS = ("gps", "time", "peak_time")
"""Names of the column that is meant, the first that is there."""


def read_times(path: Path) -> Floats:
    """The GPS times (s) in a file, in order, each once.

    A file is a CSV table with a column `gps`, `time` or `peak_time`, or has a number first on each line; lines that are
    empty or begin with `#` do not count. Raises NoDataError where the file cannot be read or has no time, UsageError
    for a line without a number.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise NoDataError(f"cannot read the list of times {path}: {problem}") from problem
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and line.lstrip()[0] != "#"]
    if not numbered:
        raise NoDataError(f"no time in {path}", "expected one GPS time a line, or a CSV table with a column gps")
    header = [name.strip().lower() for name in _split(numbered[0][1])]
    named = next((name for name in COLUMNS if name in header), None)
    place = header.index(named) if named else 0
    rows = numbered[1:] if named else numbered
    return np.unique(np.array([_time(line, place, f"line {number} of {path}") for number, line in rows], float))


def _time(line: str, place: int, where: str) -> float:
    words = _split(line) if "," in line else line.split()
    try:
        value = float(words[place])
    except (ValueError, IndexError):
        value = np.nan
    if not np.isfinite(value):
        raise UsageError(f"{where}: expected a GPS time in s, got {line.strip()[:80]!r}")
    return value


def _split(line: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error:  # a field that is too long, or a stray control character
        return []
