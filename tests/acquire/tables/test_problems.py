"""What is wrong in a file: counted over blocks, said once with the place of the first."""

from collections.abc import Sequence

import pytest

from culpa.acquire.tables.problems import Problems, Wrong, WrongRows


def places(rows: Sequence[int]) -> list[str]:
    return [f"line {row + 2}" for row in rows]


def test_problems_add_up_and_keep_the_first(caplog: pytest.LogCaptureFixture) -> None:
    problems = Problems()
    problems.cell("pressure", "number", Wrong(2, 15, "ERR"))
    problems.cell("pressure", "number", None)
    problems.cell("pressure", "number", Wrong(1, 99, "x"))
    problems.cell("when", "time", Wrong(1, 3, "y" * 60))
    problems.rows = WrongRows(1, "line 7", 5, 4)
    problems.log("a.csv", places)
    assert caplog.messages == [
        "a.csv: 1 row has the wrong number of columns and is left out; the first is line 7: expected 5 columns, got 4",
        "a.csv: column 'pressure': 3 cells are not numbers; the first is 'ERR' in line 17",
        f"a.csv: column 'when': 1 cell is not a time; the first is '{'y' * 39}…' in line 5",
    ]


def test_nothing_wrong_says_nothing() -> None:
    assert Problems().lines(places) == []
