"""Cells to times: GPS s where they are dates, the file's own numbers where they only count."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...gpstime import GPS_EPOCH, LEAP_SECONDS
from ...types import Floats
from .numbers import MISSING, numbers
from .problems import Wrong
from .timeforms import TimeForm, find_form, iso_cast
from .timetext import parts, seconds_of_day, unix_seconds


@dataclass(frozen=True)
class Times:
    """A column as times of shape (rows,), NaN = nothing stated or no time; `missing` counts the former.

    `wrong` are the cells that are neither, None = there are none.
    """

    values: Floats
    missing: int
    wrong: Wrong | None = None


def gps_seconds(unix: Floats) -> Floats:
    """GPS s of seconds since 1970 that count no leap seconds, as computers have them; shape as given, NaN stays."""
    leaps = np.array([leap.timestamp() for leap in LEAP_SECONDS])
    return unix - GPS_EPOCH.timestamp() + np.searchsorted(leaps, unix, side="right")


def times(column: Any, form: TimeForm, decimal: str = ".", first: int = 0) -> Times:
    """The times in a pyarrow array: GPS s, or for the clock "number" the numbers themselves (s for times of day).

    Times without a zone are taken as UTC. `first` is the row of the first cell in the file.
    """
    import pyarrow as pa

    if form.kind in ("epoch", "gps", "number"):
        found = numbers(column, decimal, first)
        values = gps_seconds(found.values * form.scale) if form.kind == "epoch" else found.values
        return Times(values, found.missing, found.wrong)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return Times(_stamps(column), column.null_count)
    return _from_text(column.cast(pa.string()), form, first)


def one_time(text: str) -> float | None:
    """GPS s of one date or time as any file may have it, None where it is none."""
    import pyarrow as pa

    form = find_form(pa.array([text]))
    if form is None or form.clock != "utc":
        return None
    return float(times(pa.array([text]), form).values[0])


def iso(gps: Floats) -> list[str]:
    """GPS s as ISO 8601 UTC to the ms, "" for NaN and for what has no date; a leap second reads as the one after it."""
    leaps = np.array([leap.timestamp() for leap in LEAP_SECONDS])
    counted = leaps - GPS_EPOCH.timestamp() + np.arange(len(leaps)) + 1
    unix = gps + GPS_EPOCH.timestamp() - np.searchsorted(counted, gps, side="right")
    dated = np.abs(unix) < 6e10
    stamps = np.datetime_as_string((np.where(dated, unix, 0) * 1e3).round().astype("datetime64[ms]"), timezone="UTC")
    return [text if there else "" for text, there in zip(stamps.tolist(), dated.tolist(), strict=True)]


def _stamps(column: Any) -> Floats:
    import pyarrow as pa

    kind = column.type
    scale = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit if pa.types.is_timestamp(kind) else "us"]
    exact = column if pa.types.is_timestamp(kind) else column.cast(pa.timestamp("us"))
    counts = exact.cast(pa.int64()).fill_null(0).to_numpy()
    whole, part = np.divmod(counts, scale)
    known = exact.is_valid().to_numpy(zero_copy_only=False)
    return np.where(known, gps_seconds(whole.astype(np.float64)) + part / scale, np.nan)


def _from_text(column: Any, form: TimeForm, first: int) -> Times:
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(column)
    stated = pc.if_else(pc.is_in(pc.utf8_lower(trimmed), pa.array(sorted(MISSING))), None, trimmed)
    if not form.layout and (stamps := iso_cast(stated)) is not None:
        return Times(_stamps(stamps), stated.null_count)
    found = parts(stated, form.layout or "year first")
    values = seconds_of_day(found) if form.is_daily else gps_seconds(unix_seconds(found, form.day_first))
    there = stated.is_valid().to_numpy(zero_copy_only=False)
    wrong = there & np.isnan(values)
    count = int(wrong.sum())
    place = int(np.argmax(wrong))
    told = Wrong(count, first + place, str(column[place].as_py())) if count else None
    return Times(np.where(there, values, np.nan), int((~there).sum()), told)
