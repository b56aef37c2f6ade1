"""Pairing of times and triggers: the fast way equals the slow one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from culpa.evaluate.match import extents, holds_any, nearest_trigger
from culpa.types import Events
from tests.naive import matching

# A coarse grid, so that ties and touching ends happen often; lengths from a point to most of the data.
STEPS = st.integers(0, 40).map(lambda n: n / 8)


@st.composite
def tables(draw: st.DrawFn) -> Events:
    size = draw(st.integers(0, 12))
    time, before, after = (draw(arrays(float, size, elements=STEPS)) for _ in range(3))
    lacking = draw(arrays(bool, (2, size)))
    snr = draw(arrays(float, size, elements=st.integers(5, 8).map(float)))
    return Events(
        {
            "time": time,
            "tstart": np.where(lacking[0], np.nan, time - before),
            "tend": np.where(lacking[1], np.nan, time + after),
            "snr": snr,
        }
    )


@settings(max_examples=300, deadline=None)
@given(arrays(float, st.integers(0, 12), elements=STEPS), tables(), st.sampled_from([0.0, 0.125, 1.0]))
def test_the_nearest_trigger_is_that_of_brute_force(times: np.ndarray, events: Events, window: float) -> None:
    chosen = nearest_trigger(times, extents(events, window), events["snr"])
    assert chosen.shape == times.shape
    for time, row in zip(times, chosen, strict=True):
        best = matching.nearest(time, events, window)
        found = (abs(events["time"][row] - time), -events["snr"][row], events["time"][row]) if row >= 0 else None
        assert found == best


@settings(max_examples=300, deadline=None)
@given(arrays(float, st.integers(0, 12), elements=STEPS), tables(), st.sampled_from([0.0, 0.125, 1.0]))
def test_unmatched_triggers_are_those_of_brute_force(times: np.ndarray, events: Events, window: float) -> None:
    lonely = ~holds_any(times, extents(events, window))
    assert lonely.sum() == matching.unmatched(times, events, window)


def test_a_peak_outside_its_extent_counts_as_part_of_it() -> None:
    events = Events(
        {"time": np.array([5.0]), "tstart": np.array([6.0]), "tend": np.array([7.0]), "snr": np.array([9.0])}
    )
    times = np.array([4.9, 5.5, 7.1, 7.2, 4.8])
    assert nearest_trigger(times, extents(events, 0.1), events["snr"]).tolist() == [0, 0, 0, -1, -1]


def test_a_long_trigger_is_found_behind_many_nearer_ones_that_end_before() -> None:
    near = np.arange(1.0, 100.0) / 100
    events = Events(
        {
            "time": np.append(near, 0.0),
            "tstart": np.append(near, 0.0),
            "tend": np.append(near, 10.0),
            "snr": np.full(100, 8.0),
        }
    )
    assert nearest_trigger(np.array([2.0, 0.505]), extents(events, 0.01), events["snr"]).tolist() == [99, 49]


def test_of_triggers_equally_near_the_louder_is_taken_and_one_without_snr_last() -> None:
    events = Events({"time": np.array([0.0, 0.0, 2.0, 0.0]), "snr": np.array([7.0, 8.0, 9.0, np.nan])})
    assert nearest_trigger(np.array([0.0, 1.0]), extents(events, 1.0), events["snr"]).tolist() == [1, 2]
