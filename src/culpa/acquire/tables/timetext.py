"""Dates and times as people and machines write them, to seconds since 1970 (UTC)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...types import Floats, Indices

_ZONE = r"\s*(?P<zone>Z|z|UTC|GMT|KST|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
_HALF = r"(?P<{}>오전|오후|[AaPp]\.?[Mm]\.?)?"
_CLOCK = (
    _HALF.format("before") + r"\s*(?P<hour>[0-9]{1,2})\s*(?:"
    r"(?::|시)\s*(?P<minute>[0-9]{1,2})\s*분?(?:\s*:?\s*(?P<second>[0-9]{1,2})(?:[.,:](?P<part>[0-9]{1,9})[0-9]*)?\s*초?)?"
    r"|시)\s*" + _HALF.format("after") + _ZONE
)
_LATER = rf"(?:(?:[Tt_,]|\s)\s*{_CLOCK}|\s*$)"
_COMPACT_CLOCK = r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})(?:[.,]?(?P<part>[0-9]{1,9}))?$"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PATTERNS = {
    "year first": r"^(?P<year>[0-9]{4})\s*(?:[-/.]|년)\s*(?P<month>[0-9]{1,2})\s*(?:[-/.]|월)\s*"
    r"(?P<day>[0-9]{1,2})\s*[일.]?" + _LATER,
    "year last": rf"^(?P<a>[0-9]{{1,2}})[-/.]\s?(?P<b>[0-9]{{1,2}})[-/.]\s?{_YEAR}{_LATER}",
    "named month": rf"^(?P<day>[0-9]{{1,2}})[-\s./](?P<name>[A-Za-z]{{3,9}})\.?[-\s,./]+{_YEAR}{_LATER}",
    "month named first": rf"^(?P<name>[A-Za-z]{{3,9}})\.?\s+(?P<day>[0-9]{{1,2}}),?\s+{_YEAR}{_LATER}",
    "digits only": r"^(?P<year>(?:19|20)[0-9]{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])(?:[T_ -]?"
    + _COMPACT_CLOCK
    + r"|$)",
    "time of day": r"^" + _CLOCK,
}
"""Regular expressions (RE2) by the name of the layout that they match."""


@dataclass(frozen=True)
class Parts:
    """What cells of text say, integers of shape (rows,): `fields` by name, and which rows fit the layout at all."""

    fields: dict[str, Indices]
    fits: Any

    def field(self, name: str, default: int = 0) -> Indices:
        """A field, or the same number for all rows where the layout does not have it."""
        return self.fields.get(name, np.full(len(self.fits), default))


def parts(column: Any, layout: str) -> Parts:
    """The parts of the dates and times in a pyarrow array of trimmed text, by a layout of `PATTERNS`.

    Fields: year (four digits), month, day, a and b (day and month in either order), hour, minute, second, part (ns),
    half (-1 = not stated, 0 = before noon, 1 = after), zone (s east of UTC).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.extract_regex(column, PATTERNS[layout])
    fits = found.is_valid().to_numpy(zero_copy_only=False)
    text = {found.type.field(place).name: found.field(place) for place in range(found.type.num_fields)}
    text = {name: pc.if_else(pc.fill_null(pc.equal(cells, ""), True), None, cells) for name, cells in text.items()}
    fields: dict[str, Indices] = {}
    for name in ("year", "month", "day", "a", "b", "hour", "minute", "second"):
        if name in text:
            digits = pc.fill_null(pc.cast(text[name], pa.int64()), 1 if name in ("month", "day") else 0)
            fields[name] = digits.to_numpy()
    if "part" in text:
        padded = pc.utf8_rpad(text["part"], 9, "0")
        fields["part"] = pc.fill_null(pc.cast(padded, pa.int64()), 0).to_numpy()
    if "name" in text:
        short = pc.utf8_lower(pc.utf8_slice_codeunits(text["name"], 0, 3))
        fields["month"] = pc.fill_null(pc.index_in(short, pa.array(_MONTHS)), -1).to_numpy().astype(np.int64) + 1
    if "year" in fields:
        year = fields["year"]
        fields["year"] = np.where(year < 69, year + 2000, np.where(year < 100, year + 1900, year))
    if "before" in text:
        fields["half"] = _each(pc.coalesce(text["before"], text["after"]), _half)
        fields["zone"] = _each(text["zone"], _zone)
    return Parts(fields, fits)


def _each(column: Any, meaning: Any) -> Indices:
    """A function of each cell, called once for each different one."""
    coded = column.fill_null("").dictionary_encode()
    meant = np.array([meaning(cell) for cell in coded.dictionary.to_pylist()], dtype=np.int64)
    return meant[coded.indices.to_numpy()] if len(meant) else meant


def _half(text: str) -> int:
    return -1 if not text else int(text == "오후" or text[0] in "Pp")


def _zone(text: str) -> int:
    if text == "KST":
        return 9 * 3600
    if not text or text[0] not in "+-":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if text[0] == "-" else 1)


def seconds_of_day(found: Parts) -> Floats:
    """Seconds since midnight, NaN where that is no time of day; the leap second 60 exists."""
    hour, minute, second = found.field("hour"), found.field("minute"), found.field("second")
    half = found.field("half", -1)
    wrong = ~found.fits | (minute > 59) | (second > 60) | (hour > 24) | ((hour == 24) & (minute + second > 0))
    wrong |= (half >= 0) & ((hour > 12) | (hour == 0)) & ~((half == 0) & (hour == 0))
    hour = np.where(half >= 0, hour % 12 + 12 * half, hour)
    return np.where(wrong, np.nan, hour * 3600.0 + minute * 60.0 + second + found.field("part") * 1e-9)


def unix_seconds(found: Parts, day_first: bool) -> Floats:
    """Seconds since 1970 without leap seconds, UTC; NaN where there is no such day or time."""
    month, day = found.field("month"), found.field("day")
    if "a" in found.fields:
        day, month = (found.field("a"), found.field("b")) if day_first else (found.field("b"), found.field("a"))
    possible = (month >= 1) & (month <= 12)
    months = (found.field("year") - 1970) * 12 + np.where(possible, month, 1) - 1
    start, after = _first_day(months), _first_day(months + 1)
    possible &= (day >= 1) & (start + day <= after)
    days = np.where(possible, start + day - 1.0, np.nan)
    return days * 86400.0 + seconds_of_day(found) - found.field("zone")


def _first_day(months: Indices) -> Indices:
    days: Indices = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days
