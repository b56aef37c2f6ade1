import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.explain.hveto.coincidence import Clock, Witness, coincidences, covered, has_neighbour, range_maximum, within
from culpa.types import Segments
from tests.naive import hveto as naive

THRESHOLDS, WINDOWS = (8.0, 10.0, 15.0), (0.25, 1.0, 4.0)
# on a lattice of 1/8 s windows end exactly on events, and events are simultaneous
TICKS = st.integers(0, 400).map(lambda tick: 1e9 + tick / 8)
ANY = st.floats(1e9, 1e9 + 50)
TIMES = st.lists(TICKS | ANY, max_size=40)
SNRS = st.sampled_from([7.9, 8.0, 9.0, 10.0, 14.999, 15.0, 100.0])


def witness(pairs: list[tuple[float, float]]) -> Witness:
    ordered = sorted(pairs)
    times, snrs = (np.array(column, float) for column in (zip(*ordered, strict=True) if ordered else ((), ())))
    return Witness.of(times, snrs, THRESHOLDS)


@settings(max_examples=300, deadline=None)
@given(TIMES, st.lists(st.tuples(TICKS | ANY, SNRS), max_size=60))
def test_counts_are_those_of_brute_force(primary: list[float], pairs: list[tuple[float, float]]) -> None:
    counts = coincidences(np.sort(np.array(primary, float)), witness(pairs), len(THRESHOLDS), WINDOWS)
    assert counts.tolist() == [[naive.count(primary, pairs, s, w) for w in WINDOWS] for s in THRESHOLDS]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=5), st.lists(st.tuples(TICKS | ANY, SNRS), max_size=60))
def test_cover_is_the_union_of_the_windows_inside_the_segments(
    intervals: list[tuple[float, float]], pairs: list[tuple[float, float]]
) -> None:
    live = Segments.of((min(pair), max(pair) + 1) for pair in intervals)
    result = covered(witness(pairs), Clock.of(live), len(THRESHOLDS), WINDOWS)
    expected = [[naive.union(pairs, s, w, live) for w in WINDOWS] for s in THRESHOLDS]
    np.testing.assert_allclose(result, expected, atol=1e-5)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=50), st.data())
def test_the_largest_of_any_range(values: list[int], data: st.DataObject) -> None:
    array = np.array(values, np.uint16)
    pairs = data.draw(st.lists(st.integers(0, len(values) - 1).flatmap(
        lambda a: st.tuples(st.just(a), st.integers(a + 1, len(values)))), min_size=1))  # fmt: skip
    first, last = (np.array(column) for column in zip(*pairs, strict=True))
    assert range_maximum(array, first, last).tolist() == [max(values[a:b]) for a, b in pairs]


def test_a_neighbouring_primary_event_hides_nothing() -> None:
    """Primaries at 100.00 and 100.05 s, one auxiliary at 100.10 s, window 1 s: hveto 2.1.9 counts 1."""
    one = Witness.of(np.array([100.10]), np.array([20.0]), (8.0,))
    assert coincidences(np.array([100.0, 100.05]), one, 1, [1.0]).tolist() == [[2]]


@pytest.mark.parametrize("start", [0.0, 1.4e9])
def test_windows_are_closed_at_both_ends(start: float) -> None:
    one = Witness.of(start + np.array([10.0]), np.array([8.0]), (8.0,))
    primary = start + np.array([9.5, 10.5, np.nextafter(9.5, 0) if start == 0 else 9.5 - 3e-7])
    assert coincidences(np.sort(primary), one, 1, [1.0]).tolist() == [[2]]


def test_decimal_times_at_the_end_of_a_decimal_window_count() -> None:
    """As typed: 0.05 s apart, window 0.1 s, whatever the doubles are."""
    primary = 1_264_316_100 + np.arange(1000) * 1.0
    one = Witness.of(primary + 0.05, np.full(1000, 8.0), (8.0,))
    assert coincidences(primary, one, 1, [0.1]).tolist() == [[1000]]


def test_snr_at_the_threshold_counts_and_nan_does_not() -> None:
    one = Witness.of(np.arange(4.0), np.array([8.0, np.nextafter(8, 0), np.nan, 300.0]), (8.0, 300.0))
    assert one.at_least(2).tolist() == [2, 1]
    assert one.rows.tolist() == [0, 3]


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
