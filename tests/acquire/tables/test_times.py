"""Cells to times: every layout, the guesses and their reasons, leap seconds, what is wrong."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa import gpstime
from culpa.acquire.tables.problems import Wrong
from culpa.acquire.tables.timeforms import find_form
from culpa.acquire.tables.times import gps_seconds, iso, one_time, times

NOON = gpstime.parse("2024-01-31T12:00:00")


def read(cells: list[object], name: str = "") -> tuple[str, list[float]]:
    column = pa.array(cells)
    form = find_form(column, name)
    assert form is not None
    return form.clock, times(column, form).values.tolist()


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("2024-01-31 12:00:00", 0),
        ("2024-01-31T12:00", 0),
        ("2024-01-31T12:00:00Z", 0),
        ("2024-01-31T12:00:00.25", 0.25),
        ("2024-01-31T21:00:00+09:00", 0),
        ("2024-01-31 21:00:00 +0900", 0),
        ("2024-01-31 21:00 KST", 0),
        ("2024-01-31 12:00:00 UTC", 0),
        ("2024-01-31", -43200),
        ("2024/1/31 12:00", 0),
        ("2024-01-31 12:00:00:500", 0.5),
        ("2024-01-31_12:00:00", 0),
        ("2024-01-31 12:00:00.123456789", 0.123456789),
        ("2024-01-31 24:00", 43200),
        ("31.01.2024 12:00", 0),
        ("31/01/24 12:00", 0),
        ("01/31/2024 1:05 PM", 3900),
        ("1/31/2024 12:05:06 AM", -43200 + 306),
        ("2024년 1월 31일", -43200),
        ("2024년 1월 31일 오후 3:05", 11100),
        ("2024년 01월 31일 12시 5분 6초", 306),
        ("2024년 1월 31일 12시", 0),
        ("2024. 1. 31. 오전 9:00:00", -10800),
        ("31-Jan-2024 12:00", 0),
        ("31 JAN 24 12:00", 0),
        ("Jan 31, 2024 12:00", 0),
        ("20240131120000", 0),
        ("20240131", -43200),
        ("20240131_120000.5", 0.5),
    ],
)
def test_a_date(text: str, after: float) -> None:
    clock, values = read([f" {text} ", text, "NA"])
    assert clock == "utc"
    assert values == [pytest.approx(NOON + after, abs=1e-6)] * 2 + [pytest.approx(np.nan, nan_ok=True)]


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "2024-13-01 12:00", "2024-01-31 25:00", "2024-01-31 12:60", "13/13/2024", "31 Foo 2024", "13:05 PM"],
)
def test_no_date(text: str) -> None:
    assert find_form(pa.array([text])) is None
    form = find_form(pa.array(["2024-01-31 12:00"]))
    assert form is not None
    assert times(pa.array(["", "2024-01-31 12:00", text]), form, first=7).wrong == Wrong(1, 9, text)


@pytest.mark.parametrize(
    ("cells", "day", "why"),
    [
        (["03/02/2024", "13/02/2024"], 3, "months after the twelfth"),
        (["03/02/2024", "02/13/2024"], 2, "months after the twelfth"),
        (["03.02.2024"], 3, "points have the day first"),
        (["03/02/2024"], 2, "both orders are possible, so this is a guess"),
    ],
)
def test_days_and_months(cells: list[str], day: int, why: str) -> None:
    form = find_form(pa.array(cells))
    assert form is not None
    assert why in form.reason
    assert gpstime.to_utc(float(times(pa.array(cells), form).values[0])).day == day


@pytest.mark.parametrize(
    ("scale", "unit"),
    [(1, "holds seconds"), (1e3, "holds milliseconds"), (1e6, "holds microseconds"), (1e9, "holds nanoseconds")],
)
@pytest.mark.parametrize("kind", [str, int, float])
def test_seconds_since_1970(scale: float, unit: str, kind: type) -> None:
    unix = dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC).timestamp()
    column = pa.array([kind(int(unix * scale))])
    form = find_form(column)
    assert form is not None
    assert form.reason.startswith(unit)
    assert times(column, form).values[0] == pytest.approx(NOON, abs=1e-5)


def test_numbers_that_count() -> None:
    assert read([0.5, 1.5]) == ("number", [0.5, 1.5])
    assert read(["3", "4"]) == ("number", [3, 4])
    assert read(["20249999", "20250000"]) == ("number", [20249999, 20250000])
    assert read([1e9, 1e9 + 1], "gps_time") == ("utc", [1e9, 1e9 + 1])
    assert read([20240131120000]) == ("utc", [NOON])
    assert read(["오후 3:05", "15:04:05.5"]) == ("number", [54300, 54245.5])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Asia/Seoul"])
def test_timestamps(unit: str, zone: str | None) -> None:
    column = pa.array([dt.datetime(2024, 1, 31, 12), None]).cast(pa.timestamp(unit)).cast(pa.timestamp(unit, zone))
    form = find_form(column)
    assert form is not None
    found = times(column, form)
    assert (found.values[0], found.missing) == (NOON, 1)


def test_a_day_is_its_first_second() -> None:
    assert read([dt.date(2024, 1, 31)]) == ("utc", [NOON - 43200])


def test_a_form_reads_blocks_of_other_types() -> None:
    """Excel's columns may be dates in one block, and text or nothing in the next."""
    form = find_form(pa.array([dt.datetime(2024, 1, 31, 12)]))
    assert form is not None
    assert times(pa.array(["2024-01-31 12:00:00", "?"]), form).values[0] == NOON
    assert np.isnan(times(pa.nulls(2, pa.float64()), form).values).all()
    text = find_form(pa.array(["2024-01-31 12:00:00"]))
    assert text is not None
    assert times(pa.array([dt.datetime(2024, 1, 31, 12)]), text).values[0] == NOON


def test_nothing_is_no_time() -> None:
    assert find_form(pa.array(["", "NA"])) is None
    assert find_form(pa.array(["hello", "2024-01-31"])) is None
    assert find_form(pa.array([b"x"])) is None


@given(st.lists(st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2100, 1, 1)), min_size=1, max_size=20))
@settings(max_examples=60)
def test_as_the_rest_of_the_program_has_them(moments: list[dt.datetime]) -> None:
    expected = [gpstime.from_utc(moment) for moment in moments]
    unix = np.array([moment.replace(tzinfo=dt.UTC).timestamp() for moment in moments])
    np.testing.assert_allclose(gps_seconds(unix), expected, atol=1e-6)
    cells = pa.array([f"{moment:%d.%m.%Y %H:%M:%S.%f}" for moment in moments])
    form = find_form(cells)
    assert form is not None
    np.testing.assert_allclose(times(cells, form).values, expected, atol=1e-6)
    rounded = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
    shown = iso(np.array([gpstime.from_utc(moment) for moment in rounded]))
    assert shown == [f"{moment.isoformat(timespec='milliseconds')}Z" for moment in rounded]


def test_leap_seconds_count_from_their_instant_on() -> None:
    unix = np.array([leap.timestamp() for leap in gpstime.LEAP_SECONDS])
    np.testing.assert_array_equal(gps_seconds(unix), [gpstime.from_utc(leap) for leap in gpstime.LEAP_SECONDS])
    before = [gpstime.from_utc(leap - dt.timedelta(seconds=1)) for leap in gpstime.LEAP_SECONDS]
    np.testing.assert_array_equal(gps_seconds(unix - 1), before)


def test_what_has_no_date_is_shown_as_nothing() -> None:
    assert iso(np.array([np.nan, np.inf, 1e300, NOON])) == ["", "", "", "2024-01-31T12:00:00.000Z"]


def test_one_time() -> None:
    assert one_time("2024-01-31 12:00") == NOON
    assert one_time("soon") is None
    assert one_time("5") is None
