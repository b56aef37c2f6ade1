"""The choice of rows: what it means, and that nothing else gets in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa import gpstime
from culpa.acquire.tables.query import parse
from culpa.errors import UsageError
from culpa.types import Table

NAN = float("nan")
NAMES = ["stamp", "wafer", "step", "fault", "class", "two words", "온도", "pressure", "level", "skipped", "a`b"]
TABLE = Table(
    values=np.array([[1.0, 10], [2, 20], [NAN, 30], [-4, 40]]),
    sensors=("pressure", "온도"),
    times=gpstime.parse("2024-01-05") + np.array([-60.0, 0, 60, NAN]),
    clock="utc",
    words={
        name: np.array(words, dtype=object)
        for name, words in {
            "wafer": ["W1", "W1", "W2", ""],
            "step": ["4", "5", "x", ""],
            "fault": ["", "", "RF +8", ""],
            "class": ["a", "b", "a", "b"],
            "two words": ["1", "2", "3", "4"],
        }.items()
    },
    first=400,
)


def rows(text: str, table: Table = TABLE) -> list[int]:
    mask = parse(text, NAMES, "stamp").mask(table)
    assert (mask.dtype, mask.shape) == (np.bool_, (len(table),))
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('fault == ""', [0, 1, 3]),
        ("fault != ''", [2]),
        ('fault == "RF +8"', [2]),
        ("row < 402", [0, 1]),
        ("row == 403", [3]),
        ("pressure > 1", [1]),
        ("pressure >= 1", [0, 1]),
        ("1 <= pressure < 2", [0]),
        ("2 > pressure", [0, 3]),
        ("pressure == -4", [3]),
        ("pressure == +1.0e0", [0]),
        ("pressure != 1", [1, 2, 3]),
        ("not pressure > 1", [0, 2, 3]),
        ("step in [4, 5]", [0, 1]),
        ("step in ('4',)", [0]),
        ("step not in [4, 5]", [2, 3]),
        ("step > 4", [1]),
        ('step > "4"', [1, 2]),
        ("pressure in [1, -4]", [0, 3]),
        ('wafer == "W1" and pressure == 1', [0]),
        ('wafer == "W2" or pressure == 1 or row == 403', [0, 2, 3]),
        ('(wafer == "W2" or pressure == 1) and not (row == 402)', [0]),
        ('wafer == "W1" and pressure == 1 or row == 403', [0, 3]),
        ("`two words` >= 3", [2, 3]),
        ("온도 > 20", [2, 3]),
        ("`온도` > 20", [2, 3]),
        ('class == "a"', [0, 2]),
        ('wafer == "class in `x`"', []),
        ('time < "2024-01-05"', [0]),
        ('stamp >= "2024-01-05T00:01:00Z"', [2]),
        ('stamp == "2024-01-05 09:00:00+09:00"', [1]),
        ('"2024-01-04" < time < "2024-01-05 00:00:30"', [0, 1]),
        ("time > 0", [0, 1, 2]),
        ("  pressure\n> 1 ", [1]),
        ("pressure == True", [0]),
    ],
)
def test_what_is_chosen(text: str, expected: list[int]) -> None:
    assert rows(text) == expected


def test_columns_that_must_be_read() -> None:
    found = parse('skipped == 1 and time > 0 and row < 5 and stamp > 0 and wafer == "" and skipped < 4', NAMES, "stamp")
    assert found.columns == ("skipped", "wafer")
    with pytest.raises(UsageError, match="column 'skipped' was not read"):
        found.mask(TABLE)


def test_names_of_columns_go_before_time_and_row() -> None:
    table = Table(np.array([[1.0, 5], [2, 6]]), ("row", "time"), np.arange(2.0))
    assert parse("row == 2", table.sensors).mask(table).tolist() == [False, True]
    assert parse("time == 5", table.sensors).mask(table).tolist() == [True, False]


def test_times_that_are_numbers() -> None:
    table = Table(np.zeros((3, 1)), ("a",), np.array([1.5, 2, 3]), "number")
    assert parse("time >= 2", ["a", "t"], "t").mask(table).tolist() == [False, True, True]
    with pytest.raises(UsageError, match="the time of this table is a number and cannot be compared with the text"):
        parse('t > "2024"', ["a", "t"], "t").mask(table)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no choice of rows"),
        ("pressure >", "is no choice of rows"),
        ("pressure = 1", "is no choice of rows"),
        ("pressure > 1; wafer == 2", "is no choice of rows"),
        ("(" * 300 + "row > 1" + ")" * 300, "is no choice of rows"),
        ("pressure > 1\x00", "is no choice of rows"),
        ("pressure", "'pressure' is compared with nothing"),
        ("5", "'5' is no comparison"),
        ("True", "'True' is no comparison"),
        ("pressure > level", "something other than a column with a value"),
        ("1 < 2", "something other than a column with a value"),
        ("pressure + 1 > 2", "something other than a column with a value"),
        ("abs(pressure) > 2", "something other than a column with a value"),
        ("pressure > 1 + 1", "'1 . 1' is neither a number nor text"),
        ("pressure > None", "'None' is neither a number nor text"),
        ("pressure > 1j", "'1j' is neither a number nor text"),
        ("pressure > [1]", "'.1.' is neither a number nor text"),
        ('pressure > -"1"', "a sign without a number"),
        ('wafer == f"{1}"', "is neither a number nor text"),
        ('wafer == b"x"', "is neither a number nor text"),
        ("pressure is 1", "a comparison other than == != < <= > >= in"),
        ("pressure in 5", "'in' without a list such as"),
        ("pressure in []", "'in' without a list such as"),
        ("pressure in [x for x in wafer]", "'in' without a list such as"),
        ("pressure > 1 & row < 5", "neither a number nor text"),
        ("pressure.real > 1", "something other than a column"),
        ("pressure[0] > 1", "something other than a column"),
        ("lambda: 1", "is no comparison"),
        ("[1 for x in 'abc']", "is no comparison"),
        ("__import__('os').system('true')", "is no comparison"),
        ("__import__('os') == 1", "something other than a column"),
        ("(x := 5) > 1", "something other than a column"),
        ("not " * 60 + "row > 1", "too many levels"),
        ("-(pressure > 1)", "is no comparison"),
    ],
)
def test_what_is_not_in_the_language(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse(text, NAMES, "stamp")
    assert caught.value.hint.startswith('for example: fault == ""')


def test_too_long() -> None:
    with pytest.raises(UsageError, match="has 4,004 characters"):
        parse(" " * 4000 + "row ", NAMES)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("presure > 1", "no column is called 'presure'", "did you mean pressure?"),
        ("`two word` > 1", "no column is called 'two word'", "two words"),
        ("time > 1", "no column is called 'time'", ""),
    ],
)
def test_unknown_columns(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse(text, NAMES)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('pressure > "1"', "column 'pressure' holds numbers and cannot be compared with the text '1'"),
        ('row > "1"', "the row is a number and cannot be compared with the text '1'"),
        ('time > "soon"', "'soon' is not a time"),
    ],
)
def test_what_cannot_be_compared(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        rows(text)
    assert caught.value.hint


@given(st.text(st.sampled_from("abcdeprsu01. ()[]<>=!&|^~-+*/%@:,`'\"\\\n{}_andortime"), max_size=40))
def test_nothing_but_usage_errors(text: str) -> None:
    try:
        mask = parse(text, [*NAMES, "a", "b"], "stamp").mask(TABLE)
    except UsageError:
        return
    assert mask.shape == (4,)
