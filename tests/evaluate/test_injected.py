"""Anomalies that are put in have the size that is stated, and what is seen of them is not what was there before."""

import numpy as np
import pytest

from culpa.evaluate.injected import APART, SHAPES, inject, seen, smallest

USUAL = np.broadcast_to([1.0, 10.0, 0.1], (4000, 3))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_only_the_stated_rows_of_one_sensor_change_by_the_stated_size(shape):
    values = np.zeros((4000, 3))
    changed, starts = inject(values, USUAL, shape, 4.0, np.random.default_rng(0))
    assert len(starts) in (9, 10)
    touched = np.zeros(4000, dtype=bool)
    for i, first in enumerate(starts):
        part = changed[first : first + shape.rows] / USUAL[0]
        touched[first : first + shape.rows] = True
        assert not part[:, [j for j in range(3) if j != i % 3]].any()
        largest = np.abs(part[:, i % 3]).max()
        assert largest > 4 if shape.name == "variance" else largest == pytest.approx(4)
    assert not changed[~touched].any()
    assert not values.any()


def test_both_signs_take_turns():
    changed, starts = inject(np.zeros((4000, 3)), USUAL, SHAPES[1], 2.0, np.random.default_rng(0))
    signs = [np.sign(changed[first, i % 3]) for i, first in enumerate(starts)]
    assert signs[:3] == [1, 1, 1]
    assert signs[3:6] == [-1, -1, -1]


def test_a_variance_is_stated_as_the_factor_of_the_deviation():
    draws = np.random.default_rng(1)
    values = draws.normal(size=(400_000, 1))
    changed, starts = inject(values, np.ones((400_000, 1)), SHAPES[4], 3.0, draws)
    rows = np.concatenate([np.arange(first, first + 50) for first in starts])
    assert changed[rows].std() == pytest.approx(3, rel=0.02)


def test_too_few_rows_are_an_error():
    with pytest.raises(ValueError, match="expected more than 201 rows"):
        inject(np.zeros((150, 1)), np.ones((150, 1)), SHAPES[0], 1.0, np.random.default_rng(0))


def test_what_exceeded_before_is_not_seen():
    starts = np.array([100, 100 + APART])
    before = np.zeros(1000, dtype=bool)
    before[500] = True
    after = before.copy()
    after[[103, 500]] = True
    assert seen(starts, 1, after, before).tolist() == [True, False]


def test_the_smallest_size_is_the_one_from_which_on_all_are_seen():
    assert smallest({1.0: 0.9, 2.0: 0.5, 3.0: 0.8, 4.0: 1.0}) == 3.0
    assert smallest({1.0: 1.0, 2.0: 0.0}) is None
