import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.explain.hveto.coincidence import coincidences, has_neighbour, within
from culpa.explain.hveto.cover import Clock, cover
from culpa.explain.hveto.marks import count as many
from culpa.explain.hveto.marks import marks_of
from culpa.explain.hveto.witnesses import Witnesses
from culpa.types import Segments
from tests.naive import hveto as naive

THRESHOLDS, WINDOWS = (8.0, 10.0, 15.0), (0.25, 1.0, 4.0)
# on a lattice of 1/8 s windows end exactly on events, and events are simultaneous
TICKS = st.integers(0, 400).map(lambda tick: 1e9 + tick / 8)
ANY = st.floats(1e9, 1e9 + 50)
TIMES = st.lists(TICKS | ANY, max_size=40)
SNRS = st.sampled_from([7.9, 8.0, 9.0, 10.0, 14.999, 15.0, 100.0])


def witnesses(*channels: list[tuple[float, float]]) -> Witnesses:
    tables = {
        f"C{i}": tuple(np.array(column, float) for column in zip(*pairs, strict=True))
        for i, pairs in enumerate(channels)
    }
    return Witnesses.of({name: table or (np.empty(0), np.empty(0)) for name, table in tables.items()}, THRESHOLDS)


def count(primary: list[float], found: Witnesses) -> list[object]:
    return coincidences(np.sort(np.array(primary, float)), found, len(THRESHOLDS), WINDOWS).tolist()


Pairs = list[tuple[float, float]]
PAIRS = st.lists(st.tuples(TICKS | ANY, SNRS), max_size=60)


@settings(max_examples=300, deadline=None)
@given(TIMES, st.tuples(PAIRS, PAIRS))
def test_counts_are_those_of_brute_force(primary: list[float], channels: tuple[Pairs, ...]) -> None:
    assert count(primary, witnesses(*channels)) == [
        [[naive.count(primary, pairs, s, w) for w in WINDOWS] for s in THRESHOLDS] for pairs in channels
    ]


def test_counts_do_not_depend_on_how_many_are_done_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    primary = (1e9 + rng.integers(0, 400, 50) / 8).tolist()
    found = witnesses(
        *(list(zip(1e9 + rng.integers(0, 400, 80) / 8, 30 * rng.random(80), strict=True)) for _ in range(3))
    )
    together = count(primary, found)
    monkeypatch.setattr("culpa.explain.hveto.coincidence._PAIRS", 7)
    assert count(primary, found) == together


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=5), st.tuples(PAIRS, PAIRS))
def test_cover_is_the_union_of_the_windows_inside_the_segments(intervals: Pairs, channels: tuple[Pairs, ...]) -> None:
    live = Segments.of((min(pair), max(pair) + 1) for pair in intervals)
    found = witnesses(*channels)
    result = cover(found, Clock.of(live), found.numbers(len(THRESHOLDS)), WINDOWS)
    expected = [[[naive.union(pairs, s, w, live) for w in WINDOWS] for s in THRESHOLDS] for pairs in channels]
    np.testing.assert_allclose(result, expected, atol=1e-5)


EXACT = st.lists(st.tuples(TICKS, SNRS), max_size=60)
"""Middles of pairs are exact too: elsewhere rounding may decide on the very end of a window."""


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(TICKS, min_size=5, max_size=5), min_size=1, max_size=4), st.tuples(EXACT, EXACT))
def test_many_sets_at_once_are_counted_as_one_by_one(sets: list[list[float]], channels: tuple[Pairs, ...]) -> None:
    found = witnesses(*channels)
    marks = marks_of(found, len(THRESHOLDS), WINDOWS[-1])
    counts = many(np.sort(np.array(sets)), marks, WINDOWS)
    assert counts.tolist() == [count(primary, found) for primary in sets]


def one(times: object, snrs: object, thresholds: tuple[float, ...] = (8.0,)) -> Witnesses:
    return Witnesses.of({"A": (np.asarray(times, float), np.asarray(snrs, float))}, thresholds)


def test_a_neighbouring_primary_event_hides_nothing() -> None:
    """Primaries at 100.00 and 100.05 s, one auxiliary at 100.10 s, window 1 s: hveto 2.1.9 counts 1."""
    assert coincidences(np.array([100.0, 100.05]), one([100.10], [20.0]), 1, [1.0]).tolist() == [[[2]]]


@pytest.mark.parametrize("start", [0.0, 1.4e9])
def test_windows_are_closed_at_both_ends(start: float) -> None:
    primary = start + np.array([9.5, 10.5, np.nextafter(9.5, 0) if start == 0 else 9.5 - 3e-7])
    assert coincidences(np.sort(primary), one([start + 10.0], [8.0]), 1, [1.0]).tolist() == [[[2]]]


def test_whole_seconds_and_the_end_of_a_decimal_window() -> None:
    """As typed: 0.05 s after a whole second, window 0.1 s."""
    primary = 1_264_316_100 + np.arange(1000) * 1.0
    assert coincidences(primary, one(primary + 0.05, np.full(1000, 8.0)), 1, [0.1]).tolist() == [[[1000]]]


def test_snr_at_the_threshold_counts_and_nan_does_not() -> None:
    found = one([0, 1, 2, 3, np.nan], [8.0, np.nextafter(8, 0), np.nan, 300.0, 9.0], (8.0, 300.0))
    assert found.numbers(2).tolist() == [[2, 1]]
    assert found.rows.tolist() == [0, 3]


def test_rows_of_unordered_tables_are_kept() -> None:
    found = one([3, 1, 2], [9.0, 10.0, 7.0])
    assert (found.times.tolist(), found.rows.tolist()) == ([1, 3], [1, 0])


@settings(max_examples=100, deadline=None)
@given(st.tuples(PAIRS, PAIRS, PAIRS), st.lists(st.tuples(TICKS, TICKS), max_size=4))
def test_taking_away_is_as_not_having_had(channels: tuple[Pairs, ...], borders: Pairs) -> None:
    gone = Segments.of((min(pair), max(pair) + 0.125) for pair in borders)
    rest = [[pair for pair in of if not any(a <= pair[0] <= b for a, b in gone)] for of in channels]
    left, fresh = witnesses(*channels).without(gone), witnesses(*rest)
    for name in ("times", "levels", "channels", "place"):
        assert getattr(left, name).tolist() == getattr(fresh, name).tolist()
    assert left.timeline.times.tolist() == fresh.timeline.times.tolist()
    assert count([1e9 + 20], left.part(1, 3)) == count([1e9 + 20], fresh)[1:]
    assert [fresh.times[own].tolist() for own in fresh.slices()] == [
        sorted(t for t, snr in of if snr >= 8) for of in rest
    ]


def test_neighbours_follow_the_same_rule() -> None:
    rng = np.random.default_rng(0)
    times, others = (np.sort(1e9 + rng.integers(0, 800, 200) / 8) for _ in range(2))
    found = has_neighbour(times, others, 0.5)
    assert found.tolist() == [bool(np.any((others >= t - 0.25) & (others <= t + 0.25))) for t in times]
    assert 0 < found.sum() < 200


def test_both_ends_of_an_interval_lie_within_it() -> None:
    intervals = Segments.of([(1, 2), (3, 4)])
    times = np.array([0.9, 1.0, 1.5, 2.0, 2.1, 3.0, 4.0, 4.1])
    assert within(times, intervals).tolist() == [False, True, True, True, False, True, True, False]
    assert not within(times, Segments()).any()


def test_the_clock_stands_still_between_segments() -> None:
    clock = Clock.of(Segments.of([(10, 20), (30, 35)]))
    assert clock.total == 15
    assert clock.at(np.array([5.0, 10.0, 15.0, 25.0, 30.0, 31.0, 99.0])).tolist() == [0, 0, 5, 10, 10, 11, 15]
