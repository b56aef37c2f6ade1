from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from culpa.explain.coherence.bands import banded, runs

RISING = st.lists(st.integers(0, 40).map(lambda i: i / 2), unique=True).map(sorted)


@given(RISING, st.lists(st.integers(0, 40), min_size=2, max_size=6, unique=True).map(sorted))
def test_a_band_holds_the_frequencies_from_its_lower_border_to_before_its_upper_one(
    frequencies: list[float], borders: list[int]
) -> None:
    found = banded(np.array(frequencies), [float(border) for border in borders])
    expected = {}
    for low, high in pairwise(borders):
        inside = [f for f in frequencies if low <= f < high]
        if inside:
            expected[low, high] = inside
    assert {band: frequencies[where] for band, where in found} == expected
    assert [band for band, _ in found] == sorted(band for band, _ in found)


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 4))
def test_runs_are_found_by_walking(marked: list[bool], apart: int) -> None:
    expected: list[list[int]] = []
    for place, mark in enumerate(marked):
        if mark and expected and place - expected[-1][-1] - 1 < apart:
            expected[-1].append(place)
        elif mark:
            expected.append([place])
    found = runs(np.array(marked, bool), apart)
    assert found == [slice(run[0], run[-1] + 1) for run in expected]


def test_one_unmarked_place_does_not_end_a_run_and_two_do() -> None:
    assert runs(np.array([True, False, True, False, False, True])) == [slice(0, 3), slice(5, 6)]
    assert runs(np.zeros(5, bool)) == []
