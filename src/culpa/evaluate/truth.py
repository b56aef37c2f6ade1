"""Truth tables: what is in the data, known because it was put there."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import NoDataError, UsageError, nearest
from ..types import Floats, Mask

Texts = NDArray[np.str_]
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Truth:
    """Injections, one row per event and channel that contains it; every array has shape (rows,), in the file's order.

    `gps` s; `frequency` Hz and `q` of the waveform, NaN = has none; `snr` optimal SNR in that channel, NaN = the event
    is not there (it lies above the channel's Nyquist frequency); `coupled`: more than this channel knows the event;
    `event_id` is the same in all rows of an event.
    """

    gps: Floats
    family: Texts
    channel: Texts
    frequency: Floats
    q: Floats
    snr: Floats
    coupled: Mask
    event_id: Texts

    def __len__(self) -> int:
        return len(self.gps)


def read_truth(path: Path) -> Truth:
    """The truth table in a CSV file: columns `gps,family,channel,frequency,q,snr,coupled,event_id` in any order.

    An empty number is NaN; further columns are left alone. Raises NoDataError where the file cannot be read,
    UsageError for a missing column or a value that is none (with its line).
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _table(csv.reader(file), path)
    except OSError as problem:
        raise NoDataError(f"cannot read the truth table {path}: {problem.strerror or problem}") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise UsageError(f"{path} is not a table in text: {problem}", "a truth table is CSV in UTF-8") from problem


def _table(rows: Any, path: Path) -> Truth:
    header = [name.strip() for name in next(rows, [])]
    for name in _COLUMNS:
        if name not in header:
            others = [other for other in header if other not in _COLUMNS]
            raise UsageError(f"{path} has no column {name!r}", nearest(name, others or header))
    places = {name: header.index(name) for name in _COLUMNS}
    lines = [_line(row, rows.line_num, places, len(header), path) for row in rows if row]
    columns = zip(*lines, strict=True) if lines else ((),) * len(_COLUMNS)
    return Truth(*(np.array(values, kind.dtype) for kind, values in zip(_COLUMNS.values(), columns, strict=True)))


def _line(row: list[str], line: int, places: dict[str, int], width: int, path: Path) -> list[Any]:
    if len(row) != width:
        raise UsageError(f"line {line} of {path}: expected {width} values as in the header, got {len(row)}")
    return list(_values(row, line, places, path))


def _values(row: list[str], line: int, places: dict[str, int], path: Path) -> Iterator[Any]:
    for name, kind in _COLUMNS.items():
        text = row[places[name]].strip()
        try:
            yield kind.read(text)
        except (ValueError, KeyError):
            where = f"line {line} of {path}, column {name!r}"
            raise UsageError(f"{where}: expected {kind.expected}, got {text!r}") from None


def _number(text: str) -> float:
    return float(text or "nan")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError
    return value


def _snr(text: str) -> float:
    value = _number(text)
    if value < 0 or value == float("inf"):
        raise ValueError
    return value


def _name(text: str) -> str:
    if not text:
        raise ValueError
    return text


@dataclass(frozen=True)
class _Column:
    """What is expected, in words; how to read it; how to store it."""

    expected: str
    read: Callable[[str], Any]
    dtype: type


_COLUMNS = {
    "gps": _Column("a GPS time in s", _finite, np.float64),
    "family": _Column("a text", str, np.str_),
    "channel": _Column("a channel name", _name, np.str_),
    "frequency": _Column("a number of Hz, or nan", _number, np.float64),
    "q": _Column("a number, or nan", _number, np.float64),
    "snr": _Column("an SNR of at least 0, or nan", _snr, np.float64),
    "coupled": _Column("True or False", lambda text: _BOOLEANS[text.lower()], np.bool_),
    "event_id": _Column("a text", str, np.str_),
}
"""The columns of `Truth`, in its order."""
