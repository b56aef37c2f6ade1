"""Cells to numbers: what counts as one, what is missing, what is wrong; fast and one by one."""

import decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.acquire.tables.numbers import numbers, one_number
from culpa.acquire.tables.problems import Wrong

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1.5", ".", 1.5),
        (" 2 ", ".", 2),
        ("+.5e3", ".", 500),
        ("7.", ".", 7),
        ("-0", ".", 0),
        ("1,234", ".", 1234),
        ("-1,234,567.5", ".", -1234567.5),
        ("45 %", ".", 45),
        ("TRUE", ".", 1),
        ("false", ".", 0),
        ("1,5", ",", 1.5),
        ("-1.234,5", ",", -1234.5),
        ("1.234", ",", 1234),
        ("20.5", ",", 20.5),
        (",5", ",", 0.5),
        ("5", ",", 5),
        ("1,5e-3", ",", 0.0015),
        *[(word, ".", NAN) for word in ("", " ", "NA", "n/a", "NaN", "null", "None", "-", "--", "?", "#N/A")],
    ],
)
def test_a_number(text: str, mark: str, number: float) -> None:
    found = numbers(pa.array([text, "ERR", text]), mark)
    np.testing.assert_array_equal(found.values, [number, NAN, number])
    assert found.wrong == Wrong(1, 1, "ERR")
    assert found.missing == (2 if np.isnan(number) else 0)


@pytest.mark.parametrize(
    "text", ["abc", "1 2", "1_000", "0x10", "1,2", "12,34.5", "1.2.3", "e5", "１", "inf", "-Infinity", "1e999"]
)
def test_no_number(text: str) -> None:
    found = numbers(pa.array(["1", text, text]), first=10)
    np.testing.assert_array_equal(found.values, [1, NAN, NAN])
    assert found.wrong == Wrong(2, 11, text)
    assert (found.missing, found.share) == (0, pytest.approx(1 / 3))


@pytest.mark.parametrize(
    ("array", "values", "missing"),
    [
        (pa.array([1, None, 3]), [1, NAN, 3], 1),
        (pa.array([1.5, NAN, None]), [1.5, NAN, NAN], 2),
        (pa.array([True, False, None]), [1, 0, NAN], 1),
        (pa.array([decimal.Decimal("1.50"), None]), [1.5, NAN], 1),
        (pa.array(["1", "x1", "1"]).dictionary_encode(), [1, NAN, 1], 0),
        (pa.array([2**60 + 1]), [2.0**60], 0),
        (pa.nulls(2), [NAN, NAN], 2),
        (pa.nulls(2, pa.string()), [NAN, NAN], 2),
        (pa.array([], pa.string()), [], 0),
    ],
)
def test_other_types(array: pa.Array, values: list[float], missing: int) -> None:
    found = numbers(array)
    np.testing.assert_array_equal(found.values, values)
    assert found.missing == missing


def test_what_has_no_numbers_is_wrong_throughout() -> None:
    found = numbers(pa.array([None, [1, 2], [3]]), first=5)
    assert (found.wrong, found.missing, found.share) == (Wrong(2, 6, "[1, 2]"), 1, 0)


def test_infinities_of_parquet_are_wrong() -> None:
    found = numbers(pa.array([1.0, np.inf, -np.inf]))
    np.testing.assert_array_equal(found.values, [1, NAN, NAN])
    assert found.wrong == Wrong(2, 1, "inf")


CELLS = st.one_of(
    st.floats(allow_infinity=False, width=32).map(str),
    st.sampled_from(["", "NA", " 1 ", "1,234", "1.234", "1,5", "x", "true", "5%", "1.234,5"]),
    st.text("0123456789.,+-eE% ", max_size=7),
)


@given(st.lists(CELLS, min_size=1, max_size=30), st.sampled_from([".", ","]))
@settings(max_examples=200)
def test_a_column_is_its_cells(cells: list[str], mark: str) -> None:
    one_by_one = [one_number(cell, mark) for cell in cells]
    expected = [NAN if number is None or np.isinf(number) else number for number in one_by_one]
    found = numbers(pa.array(cells), mark)
    np.testing.assert_array_equal(found.values, expected)
    wrong = [place for place, number in enumerate(one_by_one) if number is None or np.isinf(number)]
    assert found.wrong == (Wrong(len(wrong), wrong[0], cells[wrong[0]].strip()) if wrong else None) or (
        found.wrong is not None and found.wrong.text.strip() == cells[wrong[0]].strip()
    )
    assert found.missing == len(cells) - len(wrong) - np.isfinite(expected).sum()
