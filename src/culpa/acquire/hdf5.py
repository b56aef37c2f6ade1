"""One HDF5 file with time series, as GWOSC publishes them or as gwpy writes them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ChannelNotFoundError, CulpaError, NoDataError
from ..types import Series

# What every function here raises: NoDataError where the file is missing, truncated or not HDF5, ChannelNotFoundError
# where it is sound but has no such channel.


def channels(path: str) -> list[str]:
    """Names of all channels; the strain of a GWOSC file is listed as `H1:GWOSC-STRAIN`."""
    with _opened(path) as file:
        return list(_tables(file))


def span(path: str) -> tuple[float, float]:
    """GPS s of the earliest first sample and of the latest end."""
    with _opened(path) as file:
        tables = [(_timing(table), len(table)) for table in _tables(file).values()]
        if not tables:
            raise NoDataError(f"{path} has no time series")
        return min(t0 for (t0, _), _ in tables), max(t0 + count / rate for (t0, rate), count in tables)


def sample_rate(path: str, channel: str) -> float:
    """Sampling rate of a channel in Hz."""
    with _opened(path) as file:
        return _timing(_find(file, path, channel))[1]


def pieces(path: str, channel: str, start: float, end: float) -> Iterator[Series]:
    """The samples of a channel in `[start, end)` GPS s; nothing else is loaded."""
    with _opened(path) as file:
        table = _find(file, path, channel)
        t0, rate = _timing(table)
        first = max(0, round((start - t0) * rate))
        last = min(len(table), round((end - t0) * rate))
        if first < last:
            unit = _text(table.attrs.get("unit", table.attrs.get("Yunits", "")))
            yield Series(table[first:last], t0 + first / rate, rate, channel, unit)


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    import h5py

    if not Path(path).is_file():
        raise NoDataError(f"cannot read {path}: no such file")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except CulpaError:
        raise
    except Exception as problem:  # a damaged file shows as nearly any type: OSError, KeyError, ZeroDivisionError ...
        reason = str(problem).partition("\n")[0]
        raise NoDataError(f"cannot read {path} (truncated or corrupt?): {reason}") from problem


def _tables(file: Any) -> dict[str, Any]:
    found = {}
    if "strain/Strain" in file:
        found[f"{_detector(file)}:GWOSC-STRAIN"] = file["strain/Strain"]

    def note(name: str, item: Any) -> None:
        if getattr(item, "ndim", 0) == 1 and {"x0", "dx"} & set(item.attrs):
            found[_text(item.attrs.get("channel", "")) or _text(item.attrs.get("name", "")) or name] = item

    file.visititems(note)
    return found


def _find(file: Any, path: str, channel: str) -> Any:
    tables = _tables(file)
    if channel not in tables and "strain/Strain" in file and re.fullmatch(f"{_detector(file)}:.*STRAIN", channel):
        return file["strain/Strain"]
    if channel not in tables:
        raise ChannelNotFoundError(channel, path, tables)
    return tables[channel]


def _detector(file: Any) -> str:
    return _text(file["meta/Detector"][()]) if "meta/Detector" in file else "X1"


def _timing(table: Any) -> tuple[float, float]:
    """GPS s of the first sample, and Hz."""
    attributes = table.attrs
    start, step = (
        attributes.get("Xstart", attributes.get("x0", 0.0)),
        attributes.get("Xspacing", attributes.get("dx", 1.0)),
    )
    if not np.issubdtype(table.dtype, np.floating) and not np.issubdtype(table.dtype, np.integer):
        raise ValueError(f"{table.name} is not a series of real samples")
    return float(start), 1.0 / float(step)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
