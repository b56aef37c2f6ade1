"""What is said of times: intervals, steps backwards, duplicates, gaps; where time may start again."""

from collections.abc import Sequence

import numpy as np
import pytest

from culpa.acquire.tables.survey import survey, surveyed


def places(rows: Sequence[int]) -> list[str]:
    return [f"line {row + 2}" for row in rows]


def test_regular_times() -> None:
    found = survey(np.arange(10) * 2.0)
    assert (found.median, found.regular, found.longest) == (2, True, 2)
    assert (found.backwards, found.duplicates, found.gaps, found.first_gap) == (0, 0, 0, -1)


def test_each_kind_is_counted_with_its_first() -> None:
    found = survey(np.array([0, 1, 2, 2, np.nan, 3, 9, 10, 5, 6, 6, 20.0]), first=100)
    assert (found.backwards, found.first_backwards) == (1, 108)
    assert (found.duplicates, found.first_duplicate) == (2, 103)
    assert (found.gaps, found.first_gap, found.longest) == (2, 106, 14)
    assert (found.median, found.regular) == (1, False)


def test_no_interval() -> None:
    for times in ([], [5.0], [np.nan, np.nan], [3.0, 3.0]):
        found = survey(np.array(times))
        assert np.isnan(found.median)
        assert not found.regular


def test_jitter_is_regular_below_a_tenth() -> None:
    assert survey(np.array([0, 1, 2.05, 3.0])).regular
    assert not survey(np.array([0, 1, 2.2, 3.2])).regular


def words(text: str) -> np.ndarray:
    return np.array(list(text), dtype=object)


def test_time_may_start_again_with_the_unit() -> None:
    times = np.array([0, 1, 2, 0, 1, 2, 0, 1.0])
    found, notes = surveyed(times, {"wafer": words("aaabbbcc")}, "wafer", places)
    assert (found.backwards, found.regular, notes) == (0, True, [])


def test_a_group_with_which_time_starts_again_is_named() -> None:
    times = np.array([0, 1, 2, 0, 1, 2, 0, 1.0])
    groups = {"tool": words("xyxyxyxy"), "lot": words("aaabbbcc")}
    found, notes = surveyed(times, groups, "", places)
    assert (found.backwards, notes) == (0, ["the time starts again with each lot"])


def test_what_is_odd_is_told_with_its_line() -> None:
    _, notes = surveyed(np.array([0, 1, 2, 1, 2, 2, 8, 9.0]), {}, "", places)
    assert notes == [
        "the time goes back once in the first 8 rows, first in line 5",
        "the time of the row before repeats once in the first 8 rows, first in line 7",
        "there is a gap of more than 3 usual intervals once in the first 8 rows, first in line 8",
    ]


@pytest.mark.parametrize("unit", ["", "wafer"])
def test_steps_between_units_are_no_gaps(unit: str) -> None:
    found, _ = surveyed(np.array([0, 1, 2, 50, 51, 52.0]), {"wafer": words("aaabbb")}, unit, places)
    assert found.gaps == (0 if unit else 1)
