"""Events of scores that come in blocks: the very same ones as of all at once."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.condition.rows import Rows
from culpa.detect.rows import following, multiscale
from culpa.detect.rows.alarms import HOLD, Alarm, alarms
from culpa.detect.rows.contract import Model
from culpa.detect.rows.following import Follower, Seen
from culpa.detect.rows.plain import LargestDeviation
from culpa.types import Floats, Indices

BEFORE = 20


def follow(model: Model, z: Floats, age: Indices, scores: Floats, threshold: float, sizes: Sequence[int]) -> list[Seen]:
    rows = Rows(z, np.arange(len(z)), age)
    follower, found, first = Follower(model, threshold, BEFORE), list[Seen](), 0
    for size in sizes:
        block = slice(first, first + size)
        found += follower.push(rows.take(block), z[block], scores[block])
        first += size
    assert first >= len(z)
    return found + list(follower.finish())


def same(one: Seen, other: Seen) -> None:
    assert one.alarm == other.alarm
    for name in ("z", "scores", "before"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.rows.number, other.rows.number)


def by_hand(scores: Floats, threshold: float) -> list[Alarm]:
    """Runs with no more than HOLD rows between them, row by row."""
    found: list[list[int]] = []
    for row in range(len(scores)):
        if not scores[row] > threshold:
            continue
        if found and row - found[-1][-1] - 1 <= HOLD:
            found[-1].append(row)
        else:
            found.append([row])
    return [
        Alarm(run[0], run[-1], max(run, key=lambda row: (scores[row], -row)), float(scores[run].max())) for run in found
    ]


@given(st.integers(0, 10**6), st.lists(st.integers(0, 12), min_size=1, max_size=8))
@settings(max_examples=80)
def test_runs_of_any_scores_in_any_cut(seed: int, sizes: list[int]) -> None:
    """High scores in long and short runs, gaps about as long as what joins them, some scores not known."""
    rng = np.random.default_rng(seed)
    lengths = rng.choice([1, 2, HOLD, HOLD + 1, HOLD + 2, 30], 20)
    high = np.repeat(np.arange(20) % 2 == seed % 2, lengths)
    scores = np.where(high, 2.0, 0.5) + 0.1 * rng.integers(0, 3, len(high))
    scores[rng.random(len(high)) < 0.05] = np.nan
    z = scores[:, None]
    cuts = [*sizes, *[1 + sum(sizes)] * len(high)]
    found = follow(LargestDeviation(), z, np.arange(len(z)), scores, 1.0, cuts)
    assert [one.alarm for one in found] == by_hand(scores, 1.0)
    for one in found:
        inside = slice(one.alarm.first, one.alarm.last + 1)
        np.testing.assert_array_equal(one.scores, scores[inside])
        np.testing.assert_array_equal(one.rows.number, np.arange(len(z))[inside])
        assert len(one.before) == min(BEFORE, one.alarm.first)


def planted(unit: int | None) -> tuple[multiscale.Multiscale, Floats, Indices, Floats]:
    """Events at the first row and at the last, long and short ones, near and far from each other, lost readings."""
    rng = np.random.default_rng(1)
    model = multiscale.fit(rng.standard_normal((1200, 3)), np.arange(1200), 50.0)
    z = rng.standard_normal((700, 3))
    z[0] += 9
    z[100:250, 1] += 2
    z[265, 0] += 11
    z[285, 0] -= 12
    z[400:480] *= 2.2
    z[560:563, 2] += 8
    z[-1] -= 9
    age = np.arange(700) % (unit or 700)
    scores = model.of(z, age)
    scores[[150, 151, 452]] = np.nan
    return model, z, age, scores


@pytest.mark.parametrize("unit", [None, 90])
@pytest.mark.parametrize("threshold", [0.9, 1.3, 4.0])
def test_events_over_windows_are_the_same_in_any_cut(unit: int | None, threshold: float) -> None:
    model, z, age, scores = planted(unit)
    expected, _, _ = alarms(model, z, age, scores, threshold)
    assert len(expected) >= 5
    assert expected[0].first == 0
    assert expected[-1].last == 699
    whole = follow(model, z, age, scores, threshold, [700])
    assert [one.alarm for one in whole] == expected
    rng = np.random.default_rng(2)
    for sizes in ([1] * 700, [7] * 100, [64] * 11, [0, 700, 0], [*rng.integers(0, 90, 60)]):
        found = follow(model, z, age, scores, threshold, sizes)
        assert len(found) == len(whole)
        for one, other in zip(found, whole, strict=True):
            same(one, other)


@pytest.mark.parametrize("threshold", [0.9, 1.3])
def test_events_are_in_order_and_do_not_share_rows(threshold: float) -> None:
    model, z, age, scores = planted(None)
    found, _, free = alarms(model, z, age, scores, threshold)
    for one, after in pairwise(found):
        assert one.first <= one.peak <= one.last < after.first
    assert free <= 700


def test_what_an_event_is_compared_with_has_no_event() -> None:
    z = np.zeros((60, 1))
    z[20], z[40] = 9, 8
    found = follow(LargestDeviation(), z, np.arange(60), np.abs(z[:, 0]), 1.0, [25, 35])
    assert [one.alarm.first for one in found] == [20, 40]
    assert len(found[1].before) == BEFORE
    assert (found[1].before == 0).all()  # the spike 20 rows before has been taken out


def test_an_event_is_told_as_soon_as_no_later_row_can_join_it() -> None:
    z = np.zeros((40, 1))
    z[10] = 5
    rows, follower = Rows.plain(z), Follower(LargestDeviation(), 1.0, BEFORE)
    told = [
        len(list(follower.push(rows.take(slice(i, i + 1)), z[i : i + 1], np.abs(z[i : i + 1, 0])))) for i in range(40)
    ]
    assert np.flatnonzero(told).tolist() == [10 + HOLD + 1]
    assert list(follower.finish()) == []
    assert list(follower.finish()) == []


def test_no_more_rows_are_kept_than_later_events_need() -> None:
    model, z, age, scores = planted(None)
    for of, context in ((model, 2 * model.context), (LargestDeviation(), 0)):
        follower = Follower(of, 1e9, BEFORE)
        for first in range(0, 700, 50):
            block = slice(first, first + 50)
            list(follower.push(Rows(z[block], np.arange(700)[block], age[block]), z[block], scores[block]))
        assert follower._kept is not None
        assert len(follower._kept.rows) == context + BEFORE


def longest(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LONGEST", rows)
    monkeypatch.setattr("culpa.detect.rows.alarms.LONGEST", rows)


def test_a_run_without_end_is_told_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    longest(100, monkeypatch)
    z = np.full((350, 1), 5.0)
    for sizes in ([10] * 35, [350], [99, 1, 250], [101, 249]):
        found = follow(LargestDeviation(), z, np.arange(350), z[:, 0], 1.0, sizes)
        assert [(one.alarm.first, one.alarm.last) for one in found] == [(0, 99), (100, 199), (200, 299), (300, 349)]


@pytest.mark.parametrize("seed", range(20))
def test_the_parts_of_long_runs_are_the_same_in_any_cut(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    longest(30, monkeypatch)
    rng = np.random.default_rng(seed)
    scores = np.where(rng.random(400) < 0.4, 2.0, 0.5)
    scores[rng.random(400) < 0.02] = np.nan
    z = scores[:, None]
    expected, _, _ = alarms(LargestDeviation(), z, np.arange(400), scores, 1.0)
    assert max(one.last - one.first for one in expected) < 30
    for sizes in ([1] * 400, [400], rng.integers(0, 50, 40).tolist()):
        found = follow(LargestDeviation(), z, np.arange(400), scores, 1.0, sizes)
        assert [one.alarm for one in found] == expected


def test_without_rows_there_are_no_events() -> None:
    assert follow(LargestDeviation(), np.empty((0, 1)), np.empty(0, dtype=int), np.empty(0), 1.0, [0, 0]) == []
    assert list(Follower(LargestDeviation(), 1.0, 3).finish()) == []
