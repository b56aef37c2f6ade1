"""GPS time and UTC: the one place that knows leap seconds."""

import re
from datetime import UTC, date, datetime, timedelta
from math import floor

from .errors import UsageError

GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
_LEAP_MONTHS = (
    (1981, 7), (1982, 7), (1983, 7), (1985, 7), (1988, 1), (1990, 1), (1991, 1), (1992, 7), (1993, 7),
    (1994, 7), (1996, 1), (1997, 7), (1999, 1), (2006, 1), (2009, 1), (2012, 7), (2015, 7), (2017, 1),
)  # fmt: skip
LEAP_SECONDS = tuple(datetime(year, month, 1, tzinfo=UTC) for year, month in _LEAP_MONTHS)
"""The instants (UTC) from which one more leap second counts since the GPS epoch. Source: IERS Bulletin C."""

LAST = 2.0**32
"""GPS seconds that frame files can express end here."""
FIRST_DAY, LAST_DAY = date(1980, 1, 6), date(2116, 2, 11)

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def from_utc(moment: datetime) -> float:
    """GPS seconds of a UTC moment; a moment without time zone is taken as UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    leaps = sum(moment >= leap for leap in LEAP_SECONDS)
    return (moment - GPS_EPOCH).total_seconds() + leaps


def to_utc(gps: float) -> datetime:
    """UTC moment of GPS seconds (microseconds kept); a leap second itself reads as the second after it."""
    leaps = 0
    for leap in LEAP_SECONDS:
        if gps >= (leap - GPS_EPOCH).total_seconds() + leaps + 1:
            leaps += 1
    whole = floor(gps)
    return GPS_EPOCH + timedelta(seconds=whole - leaps, microseconds=round((gps - whole) * 1e6))


def show(gps: float) -> str:
    """GPS and UTC side by side, as every printed time has it: `1257811218 (2019-11-15 00:00:00 UTC)`."""
    number = f"{gps:.0f}" if gps == int(gps) else f"{gps:.3f}"
    return f"{number} ({to_utc(gps):%Y-%m-%d %H:%M:%S} UTC)"


def has_date(gps: float) -> bool:
    """Whether a GPS time (s) has a date in our calendar, years 1 to 9999."""
    return -6.2e10 < gps < 2.5e11


def day(text: str) -> date:
    """The date meant by `YYYY-MM-DD`.

    Raises UsageError for anything else, and for days of which no frame file can be written: these count GPS seconds
    from 1980-01-06 on in 32 bits.
    """
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        meant = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a date", "write it as YYYY-MM-DD, for example 2026-01-31") from None
    if not FIRST_DAY <= meant <= LAST_DAY:
        raise UsageError(f"{text} is outside GPS time", f"expected a day from {FIRST_DAY} to {LAST_DAY}")
    return meant


def day_start(of: date) -> int:
    """GPS second at which a UTC day begins."""
    return int(from_utc(datetime(of.year, of.month, of.day, tzinfo=UTC)))


def parse(text: str, now: datetime | None = None) -> float:
    """GPS seconds meant by a GPS number, an ISO UTC time, or a relative time such as `now-1d`.

    `now` stands for the clock where a test needs one. Raises UsageError where none of the three forms fits, or for a
    time outside the range of frame files (see `day`).
    """
    try:
        gps = _parsed(text.strip(), now)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is not a time", "give GPS seconds, an ISO time such as 2026-01-31T12:00Z, or now-1d"
        ) from None
    if not 0 <= gps < LAST:
        raise UsageError(f"{text} is outside GPS time", f"expected a time from {FIRST_DAY} to {LAST_DAY}")
    return gps


def _parsed(text: str, now: datetime | None) -> float:
    if re.fullmatch(r"\d+(\.\d*)?", text):
        return float(text)
    if relative := re.fullmatch(r"now(?:([+-])(\d+(?:\.\d+)?)([smhdw]))?", text):
        sign, amount, unit = relative.groups()
        offset = float(sign + amount) * _UNITS[unit] if sign else 0.0
        return from_utc(now or datetime.now(UTC)) + offset
    return from_utc(datetime.fromisoformat(text))
