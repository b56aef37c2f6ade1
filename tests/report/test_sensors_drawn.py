"""All rows of a table in few places: any cut into blocks gives the same, and what is missing stays so."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.report.sensors import drawn
from culpa.report.sensors.drawn import PLACES, Overview
from culpa.types import Floats


def table(rows: int, sensors: int = 2) -> tuple[Floats, Floats]:
    """Readings and scores, some of each missing."""
    rng = np.random.default_rng(rows)
    values, score = rng.normal(size=(rows, sensors)), rng.exponential(size=rows)
    values[rng.random(values.shape) < 0.2] = np.nan
    score[rng.random(rows) < 0.2] = np.nan
    return values, score


def filled(values: Floats, score: Floats, cuts: list[int] | None = None) -> Overview:
    """The overview of a table that comes in blocks."""
    made = Overview(len(score), values.shape[1])
    edges = [0, *sorted(cuts or []), len(score)]
    for first, last in pairwise(edges):
        made.add(first, values[first:last], score[first:last])
    return made


def slow(values: Floats, score: Floats) -> list[Floats]:
    """The same, place by place: score, lowest, highest."""
    made = Overview(len(score), values.shape[1])
    parts = [slice(a, b) for a, b in pairwise(made.edges)]
    return [
        np.array([np.fmax.reduce(score[part]) for part in parts]),
        np.array([np.fmin.reduce(values[part]) for part in parts]),
        np.array([np.fmax.reduce(values[part]) for part in parts]),
    ]


def arrays(of: Overview) -> list[Floats]:
    return [of.score, of.lowest, of.highest]


def same(one: list[Floats], other: list[Floats]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("rows", [1, 7, PLACES - 1, PLACES, PLACES + 1, 3 * PLACES + 17])
def test_each_place_has_the_extremes_of_its_rows(rows: int) -> None:
    values, score = table(rows)
    made = filled(values, score)
    assert made.places == min(rows, PLACES) == len(made.score)
    assert made.edges[0] == 0 and made.edges[-1] == rows and np.diff(made.edges).min() >= 1
    assert same(arrays(made), slow(values, score))


@given(st.integers(1, 60), st.lists(st.integers(0, 60), max_size=6))
def test_any_cut_into_blocks_gives_the_same(rows: int, cuts: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn, "PLACES", 13)
        values, score = table(rows)
        whole = filled(values, score)
        assert len(whole.score) == min(rows, 13)
        assert same(arrays(filled(values, score, [min(cut, rows) for cut in cuts])), arrays(whole))


def test_fewer_rows_than_places_are_drawn_as_they_are() -> None:
    values, score = table(5)
    made = filled(values, score, [2])
    assert same(arrays(made), [score, values, values])
    assert made.middle.tolist() == [0, 1, 2, 3, 4]


def test_the_middle_of_a_place_is_that_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "PLACES", 2)
    assert Overview(10, 1).edges.tolist() == [0, 5, 10]
    assert Overview(10, 1).middle.tolist() == [2, 7]


def test_what_is_missing_stays_missing_but_hides_nothing() -> None:
    made = Overview(3, 1)
    made.add(0, np.array([[np.nan], [2.0], [np.nan]]), np.array([np.nan, 1.0, np.nan]))
    assert np.isnan(made.score).tolist() == np.isnan(made.lowest[:, 0]).tolist() == [True, False, True]
    assert (made.score[1], made.lowest[1, 0], made.highest[1, 0]) == (1.0, 2.0, 2.0)


def test_a_place_that_no_row_came_for_is_missing() -> None:
    made = Overview(4, 1)
    made.add(1, np.ones((2, 1)), np.ones(2))
    assert np.isfinite(made.score).tolist() == [False, True, True, False]


def test_no_rows_make_no_places() -> None:
    made = Overview(0, 3)
    made.add(0, np.empty((0, 3)), np.empty(0))
    assert (made.places, made.edges.tolist(), made.score.shape) == (0, [0], (0,))
    assert made.lowest.shape == made.highest.shape == (0, 3)
    assert len(made.middle) == 0
