"""GPS time and UTC."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.errors import UsageError
from culpa.gpstime import LEAP_SECONDS, day, day_start, from_utc, parse, show, to_utc

MOMENTS = st.datetimes(datetime(1980, 1, 6), datetime(2100, 1, 1), timezones=st.just(UTC))


def test_the_leap_seconds_are_those_of_lal() -> None:
    import lal

    for number, moment in enumerate(LEAP_SECONDS, start=1):
        for offset in (-2, -1, 0, 1):
            shifted = moment + timedelta(seconds=offset)
            assert from_utc(shifted) == lal.UTCToGPS(shifted.timetuple())
        assert lal.LeapSeconds(int(from_utc(moment))) == number + 19  # TAI was 19 s ahead of UTC when GPS began
    assert lal.LeapSeconds(2_000_000_000) == len(LEAP_SECONDS) + 19


@given(st.integers(0, 2**31 - 1))
def test_utc_is_that_of_lal(gps: int) -> None:
    import lal

    expected = datetime(*lal.GPSToUTC(gps)[:5], tzinfo=UTC) + timedelta(seconds=lal.GPSToUTC(gps)[5])
    assert to_utc(gps) == expected


@given(MOMENTS)
def test_utc_to_gps_and_back(moment: datetime) -> None:
    assert to_utc(from_utc(moment)) == moment
    assert from_utc(moment.replace(tzinfo=None)) == from_utc(moment)
    assert from_utc(moment.astimezone(timezone(timedelta(hours=9)))) == from_utc(moment)


@given(st.floats(0, 4e9))
def test_gps_to_utc_and_back(gps: float) -> None:
    back = from_utc(to_utc(gps))
    in_leap_second = any(from_utc(moment) - 1 <= gps < from_utc(moment) for moment in LEAP_SECONDS)
    assert back == pytest.approx(gps + in_leap_second, abs=1e-6)


@given(MOMENTS, MOMENTS)
def test_time_goes_forward(one: datetime, two: datetime) -> None:
    assert (from_utc(one) < from_utc(two)) == (one < two)


def test_a_leap_second_reads_as_the_second_after_it() -> None:
    midnight = datetime(2017, 1, 1, tzinfo=UTC)
    assert from_utc(midnight) == 1167264018
    assert to_utc(1167264016) == midnight - timedelta(seconds=1)
    assert to_utc(1167264017) == to_utc(1167264018) == midnight
    assert to_utc(1167264017.25) == midnight + timedelta(seconds=0.25)


def test_times_are_shown_as_gps_and_utc() -> None:
    assert show(1257811218) == "1257811218 (2019-11-15 00:00:00 UTC)"
    assert show(1257811218.5) == "1257811218.500 (2019-11-15 00:00:00 UTC)"


NOW = datetime(2019, 11, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "gps"),
    [
        ("1257811218", 1257811218),
        (" 1257811218.5 ", 1257811218.5),
        ("0", 0),
        ("2019-11-15", 1257811218),
        ("2019-11-15T00:00Z", 1257811218),
        ("2019-11-15 00:00:01.25", 1257811219.25),
        ("2019-11-15T09:00+09:00", 1257811218),
        ("now", 1257811218),
        ("now-1d", 1257811218 - 86400),
        ("now+90m", 1257811218 + 5400),
        ("now-0.5h", 1257811218 - 1800),
        ("now-2w", 1257811218 - 1209600),
        ("now+1s", 1257811219),
    ],
)
def test_forms_of_a_time(text: str, gps: float) -> None:
    assert parse(text, NOW) == gps


@pytest.mark.parametrize(
    "text", ["", "yesterday", "now-1y", "now-d", "-5", "1e9", "2019-13-01", "12:00", "nan", "now -1d"]
)
def test_what_is_not_a_time(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time") as caught:
        parse(text, NOW)
    assert "now-1d" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["4294967296", "9" * 400, "now-9999w", "now+99999999999999999w", "1979-12-31", "2116-03-01"]
)
def test_times_that_frame_files_cannot_express(text: str) -> None:
    with pytest.raises(UsageError, match="is outside GPS time") as caught:
        parse(text, NOW)
    assert caught.value.hint == "expected a time from 1980-01-06 to 2116-02-11"


@pytest.mark.parametrize("text", ["1980-01-05", "2116-02-12", "0001-01-01", "9999-12-31"])
def test_days_that_frame_files_cannot_express(text: str) -> None:
    with pytest.raises(UsageError, match=f"{text} is outside GPS time"):
        day(text)
    assert day("1980-01-06") == date(1980, 1, 6)
    assert day_start(day("2116-02-11")) + 86400 < 2**32


def test_without_a_clock_given_now_is_now() -> None:
    before = from_utc(datetime.now(UTC))
    assert before <= parse("now") <= before + 60


@given(st.dates(date(1980, 1, 6), date(2099, 12, 31)))
def test_days(of: date) -> None:
    assert day(of.isoformat()) == of
    assert to_utc(day_start(of)) == datetime(of.year, of.month, of.day, tzinfo=UTC)
    assert day_start(of + timedelta(days=1)) - day_start(of) in (86400, 86401)


@pytest.mark.parametrize("text", ["2026-1-31", "20260131", "2026-02-30", "2026-01-31T00:00", "today", "", "2026-W05-1"])
def test_what_is_not_a_date(text: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        day(text)
