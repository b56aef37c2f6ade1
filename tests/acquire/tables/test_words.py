"""Cells to words."""

import datetime as dt

import pyarrow as pa
import pytest

from culpa.acquire.tables.words import words


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (
            pa.array([" a ", "NA", "", None, "4.0", "-4,00", "007", "1.50", "v1.0"]),
            ["a", "", "", "", "4", "-4", "007", "1.50", "v1.0"],
        ),
        (pa.array([1.0, 2.5, None, float("nan")]), ["1", "2.5", "", ""]),
        (pa.array([4, None]), ["4", ""]),
        (pa.array([True, None]), ["true", ""]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", "", "a"]),
        (pa.array([[1], None]), ["[1]", ""]),
        (pa.array([dt.date(2024, 1, 31)]), ["2024-01-31"]),
        (pa.array([1e22, 1e-7]), ["1e+22", "1e-07"]),
        (pa.array([], pa.string()), []),
    ],
)
def test_words(array: pa.Array, expected: list[str]) -> None:
    found = words(array)
    assert found.dtype == object
    assert found.tolist() == expected
