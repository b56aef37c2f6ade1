from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.detect.layout import chunks, groups
from culpa.detect.settings import SearchSettings

lengths = st.floats(4, 30000)
starts = st.integers(0, 1_500_000_000)


@given(starts, lengths, st.sampled_from([(64, 4), (32, 2), (16, 8), (4, 1), (128, 1)]))
def test_cores_tile_the_stretch_once_and_lie_inside_their_segments(start, length, timing):
    settings = SearchSettings(segment=float(timing[0]), overlap=float(timing[1]))
    found = groups(start, start + length, settings)
    cores = [core for group in found for core in group.cores]
    overlap = found[0].overlap
    assert cores[0][0] == pytest.approx(start + overlap / 2, abs=1e-5)
    assert cores[-1][1] == pytest.approx(start + length - overlap / 2, abs=1e-5)
    for before, after in pairwise(cores):
        assert before[1] == after[0]
    for group in found:
        for segment, (a, b) in zip(group.starts, group.cores, strict=True):
            assert a <= b
            assert segment >= start - 1e-5
            assert segment + group.duration <= start + length + 1e-5
            assert a >= segment + overlap / 2 - 1e-5
            assert b <= segment + group.duration - overlap / 2 + 1e-5
        assert group.data[0] >= start - 1e-5


@given(starts, lengths)
def test_groups_are_about_as_long_as_asked(start, length):
    found = groups(start, start + length, SearchSettings())
    if length > 2048:
        assert all(500 < group.data[1] - group.data[0] < 1600 for group in found)
    else:
        assert len(found) in (1, 2)


@given(starts, st.floats(0, 100000), st.floats(1, 20000))
def test_chunks_are_whole_groups_in_order(start, length, chunk):
    settings = SearchSettings(chunk=chunk)
    found = groups(start, start + length, settings)
    assert [group for part in chunks(found, settings) for group in part] == found


def test_short_stretches_use_the_longest_segment_that_fits():
    (group,) = groups(0, 32, SearchSettings())
    assert (group.duration, group.overlap, group.cores) == (32, 4, ((2, 30),))
    (group,) = groups(0, 5, SearchSettings())
    assert (group.duration, group.overlap) == (4, 1)
    assert groups(0, 3.9, SearchSettings()) == []
