"""A sample of rows: bounded, spread evenly, and the same however the rows come."""

import weakref
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.condition.rows import Rows
from culpa.condition.sample import Sample


def numbers(sample: Sample) -> list[int]:
    rows = sample.rows()
    return [] if rows is None else rows.number.tolist()


def sampled(count: int, cuts: list[int], most: int, stretch: int) -> Sample:
    sample, rows = Sample(most, stretch), Rows.plain(np.arange(float(count))[:, None])
    for first, last in pairwise([0, *sorted(cuts), count]):
        sample.add(rows.take(slice(first, last)))
    return sample


@pytest.mark.parametrize("count", [1, 9, 10, 25, 40])
def test_few_rows_are_all_kept(count: int) -> None:
    sample = sampled(count, [3] if count > 3 else [], 40, 10)
    assert numbers(sample) == list(range(count))
    assert sample.rows().values[:, 0].tolist() == numbers(sample)


def test_no_rows_are_no_sample() -> None:
    sample = Sample()
    assert sample.rows() is None
    sample.add(Rows.plain(np.empty((0, 3))))
    assert sample.rows() is None
    assert sample.seen == 0


@given(st.integers(0, 700), st.lists(st.integers(0, 700), max_size=8), st.integers(1, 60), st.integers(1, 15))
def test_how_the_rows_come_does_not_matter(count: int, cuts: list[int], most: int, stretch: int) -> None:
    sample = sampled(count, [cut for cut in cuts if cut <= count], most, stretch)
    kept = numbers(sample)
    assert kept == numbers(sampled(count, [], most, stretch))
    assert sample.seen == count
    assert len(kept) <= max(most, stretch)

    stretches = sorted({number // stretch for number in kept})  # whole ones, and as far apart
    assert len({b - a for a, b in pairwise(stretches)}) <= 1
    assert kept == [i for of in stretches for i in range(of * stretch, min((of + 1) * stretch, count))]
    if count:
        assert stretches[0] == 0


def test_no_more_goes_than_has_to() -> None:
    for count in range(41, 400):
        kept = numbers(sampled(count, [], 40, 10))
        apart = next((b - a for a, b in pairwise(kept) if b > a + 1), 11) + 9
        assert len(kept) > 10, count
        assert count - max(kept) <= apart, count  # the end is seen as well as the rest
        assert apart // 2 // 10 * 40 < count + 10, count  # with half as many gone it would be too many


def test_a_block_is_let_go() -> None:
    sample = Sample(most=8, stretch=4)
    values = np.zeros((1000, 2))
    alive = weakref.ref(values)
    sample.add(Rows.plain(values))
    del values
    assert alive() is None
    assert len(numbers(sample)) <= 8


def test_the_context_comes_along() -> None:
    rows = Rows.plain(np.arange(30.0)[:, None])
    unit = np.array([f"W{i // 10}" for i in range(30)], dtype=object)
    sample = Sample(20, 5)
    sample.add(Rows(rows.values, rows.number, rows.age % 10, unit=unit))
    kept = sample.rows()
    assert kept is not None
    assert kept.unit is not None
    assert 0 < len(kept) < 30
    assert kept.unit.tolist() == [f"W{i // 10}" for i in kept.number]
    assert kept.age.tolist() == (kept.number % 10).tolist()
    assert kept.group is None
