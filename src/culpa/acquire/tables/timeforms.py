"""How a column states its times: which cells are dates, and in which layout."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...types import Floats
from .numbers import MISSING, Numbers, numbers
from .timetext import PATTERNS, parts, seconds_of_day, unix_seconds

_EPOCHS = {1.0: "seconds", 1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}
_FROM, _TO = 946_684_800.0, 4_102_444_800.0  # 2000 and 2100: numbers between them, in s to ns, are taken for dates
_DIGITS = "digits only"
_ENOUGH = 0.9  # of the cells that state something


@dataclass(frozen=True)
class TimeForm:
    """How a column states times. `kind` is one of these.

    "stamp": it has times already; "text": in a `layout` of `timetext.PATTERNS`, or ISO 8601 for ""; "epoch": `scale` to
    the second since 1970; "gps": GPS s; "number": s or counts from some start.
    """

    kind: str
    reason: str
    layout: str = ""
    scale: float = 1.0
    day_first: bool = False

    @property
    def clock(self) -> str:
        """What `Table.clock` says of such times."""
        return "number" if self.kind == "number" or self.is_daily else "utc"

    @property
    def is_daily(self) -> bool:
        """Whether these are times of day without a date."""
        return self.layout == "time of day"


def find_form(column: Any, name: str = "", decimal: str = ".", known: Numbers | None = None) -> TimeForm | None:
    """How a column states times, from its first cells (a pyarrow array); None where it does not.

    Numbers always do, in form "number", unless they are dates or the `name` says GPS. `known` are the cells as numbers,
    None = not yet known.
    """
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return TimeForm("stamp", "holds dates and times")
    known = known or numbers(column, decimal)
    if known.share >= _ENOUGH:
        return _number_form(column, name, known.values[~np.isnan(known.values)])
    if not pa.types.is_string(column.type):
        return None
    stated = _stated(column)
    return _text_form(stated) if len(stated) else None


def _number_form(column: Any, name: str, values: Floats) -> TimeForm:
    import pyarrow as pa

    if "gps" in re.split(r"[^a-z]+", name.lower()):
        return TimeForm("gps", "holds GPS seconds, as its name says")
    least, most = values.min(), values.max()
    for scale, unit in _EPOCHS.items():
        if _FROM * scale <= least and most < _TO * scale:
            return TimeForm("epoch", f"holds {unit} since 1970", scale=1 / scale)
    digits = pa.types.is_string(column.type) or pa.types.is_integer(column.type)
    for example, scale in (("20240131", 1e6), ("20240131120000", 1e12)) if digits else ():
        dated = 19 * scale < least and most < 21 * scale
        if dated and _share(_stated(column.cast(pa.string())), _DIGITS) >= _ENOUGH:
            return TimeForm("text", f"holds dates written as {example}", _DIGITS)
    return TimeForm("number", "holds numbers")


def _text_form(stated: Any) -> TimeForm | None:
    if iso_cast(stated) is not None:
        return TimeForm("text", f"holds times such as {stated[0].as_py()}")
    shares = {layout: _share(stated, layout) for layout in PATTERNS}
    layout = max(shares, key=lambda name: shares[name])
    if shares[layout] < _ENOUGH:
        return None
    reason = f"holds times such as {stated[0].as_py()}"
    if layout != "year last":
        return TimeForm("text", reason, layout)
    day_first, why = _day_first(stated)
    return TimeForm(
        "text", f"{reason}, read as {'day, month' if day_first else 'month, day'}, year: {why}", layout, 1, day_first
    )


def _share(stated: Any, layout: str) -> float:
    """How many of the cells are times in this layout, 0 to 1."""
    found = parts(stated, layout)
    if layout == "time of day":
        return float(np.isfinite(seconds_of_day(found)).mean())
    both = np.isfinite(unix_seconds(found, True)) | np.isfinite(unix_seconds(found, False))
    return float(both.mean())


def _day_first(stated: Any) -> tuple[bool, str]:
    found = parts(stated, "year last")
    days_in_front, days_behind = (int((found.field(name) > 12).sum()) for name in ("a", "b"))
    if days_in_front != days_behind:
        return days_in_front > days_behind, "the other order has months after the twelfth"
    if "." in stated[0].as_py()[:6]:
        return True, "dates with points have the day first"
    return False, "both orders are possible, so this is a guess"


def _stated(column: Any) -> Any:
    """The cells with something in them, trimmed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(column.drop_null())
    return trimmed.filter(pc.invert(pc.is_in(pc.utf8_lower(trimmed), pa.array(sorted(MISSING)))))


def iso_cast(column: Any) -> Any:
    """A column of ISO 8601 as timestamps, None where a cell is anything else."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return pc.cast(column, kind)
        except pa.ArrowInvalid:
            continue
    return None
