"""The trigger columns of a table, under the names that programs give them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...types import TRIGGER_COLUMNS, Events, Floats

SPELLINGS = {
    "time": ("time", "peak", "peak_time", "gps", "gps_time"),
    "tstart": ("tstart", "start_time"),
    "tend": ("tend", "stop_time"),
    "frequency": ("frequency", "peak_frequency", "central_freq", "central_frequency"),
    "fstart": ("fstart", "flow"),
    "fend": ("fend", "fhigh"),
    "snr": ("snr", "rho"),
}
"""Names of a column, that which counts first; nanoseconds may be in a column beside it, as `peak_time_ns`."""


def events_of(names: Iterable[str], read: Callable[[str], NDArray[Any]]) -> Events:
    """The events of a table with columns of these names (capitals do not matter), each read by its name.

    There is a column `channel` where the table has one. Raises ValueError where there is no time or no SNR, and for
    values that are no numbers.
    """
    known = {name.lower(): name for name in names}
    require(known, SPELLINGS["time"], SPELLINGS["snr"])
    found = {name: next(filter(known.__contains__, SPELLINGS.get(name, (name,))), None) for name in TRIGGER_COLUMNS}

    def number(spelling: str) -> Floats:
        values = np.asarray(read(known[spelling]), dtype=np.float64)
        return values + 1e-9 * number(f"{spelling}_ns") if f"{spelling}_ns" in known else values

    columns: dict[str, NDArray[Any]] = {name: number(spelling) for name, spelling in found.items() if spelling}
    if "channel" in known:
        columns["channel"] = text(read(known["channel"]))
    if any(column.ndim != 1 for column in columns.values()):
        raise ValueError("expected one value in each row of a column")
    return Events(columns)


def require(present: Iterable[str], *choices: Sequence[str]) -> None:
    """Raise ValueError, which names the columns that are present, where there is none of a choice of names."""
    columns = sorted(present)
    for names in choices:
        if not set(names) & set(columns):
            raise ValueError(f"no column {' or '.join(names)}; its columns: {', '.join(columns[:20]) or 'none'}")


def text(values: NDArray[Any]) -> NDArray[np.str_]:
    """Words as str, whether they were bytes, str or objects of these; blanks around them are no part of them."""
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    elif values.dtype.kind == "O":
        values = np.array([word.decode() if isinstance(word, bytes) else str(word) for word in values], dtype=np.str_)
    return np.char.strip(values.astype(np.str_))
