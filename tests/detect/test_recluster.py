"""Clustering of tiles from a file: as the slow twin does it, and idempotent."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from culpa.detect.recluster import recluster
from culpa.types import Events
from tests.naive.clusters import clusters

STEPS = st.integers(0, 80).map(lambda n: n / 16)


@st.composite
def tiles(draw: st.DrawFn) -> Events:
    size = draw(st.integers(1, 12))
    time, before, after = (
        draw(arrays(float, size, elements=values)) for values in (STEPS, *[STEPS.map(lambda s: s / 8)] * 2)
    )
    frequency = draw(arrays(float, size, elements=st.integers(20, 900).map(float)))
    snr = np.array(draw(st.permutations(range(5, 5 + size))), float)
    columns = {"time": time, "tstart": time - before, "tend": time + after, "frequency": frequency, "snr": snr}
    return Events(columns | {"fstart": frequency * 0.9, "fend": frequency * 1.1, "q": snr / 2})


@settings(max_examples=200, deadline=None)
@given(tiles(), st.sampled_from([0.0625, 0.125, 0.5]))
def test_clusters_are_those_of_the_slow_twin(events: Events, gap: float) -> None:
    result = recluster(events, gap)
    expected = clusters(events["tstart"], events["tend"], gap)
    assert len(result) == len(expected)
    loudest = sorted(max(group, key=lambda i: events["snr"][i]) for group in expected)
    for name in ("time", "frequency", "q", "snr"):
        assert sorted(result[name]) == sorted(events[name][loudest])
    extents = sorted(
        (
            min(events["tstart"][list(g)]),
            max(events["tend"][list(g)]),
            min(events["fstart"][list(g)]),
            max(events["fend"][list(g)]),
        )
        for g in expected
    )
    assert sorted(zip(*(result[name] for name in ("tstart", "tend", "fstart", "fend")), strict=True)) == extents
    assert (np.diff(result["time"]) >= 0).all()


@settings(max_examples=100, deadline=None)
@given(tiles(), st.sampled_from([0.0, 0.125]))
def test_what_is_clustered_stays(events: Events, gap: float) -> None:
    once = recluster(events, gap)
    twice = recluster(once, gap)
    for name in events.columns:
        np.testing.assert_array_equal(once[name], twice[name])


def test_without_extent_the_peak_stands_for_it() -> None:
    events = Events({"time": np.array([1.0, 1.05, 2.0]), "snr": np.array([6.0, 7.0, 8.0])})
    result = recluster(events, 0.1)
    assert result["time"].tolist() == [1.05, 2.0]
    assert (result["tstart"].tolist(), result["tend"].tolist()) == ([1.0, 2.0], [1.05, 2.0])
    assert np.isnan(result["fstart"]).all()


def test_nothing_stays_nothing() -> None:
    assert len(recluster(Events.empty(), 0.1)) == 0
