"""Means over the rows before: those of plain loops, and the same in any cut."""

import numpy as np
import pytest

from culpa.decompose.trailing import trailing_means, windows
from tests.naive.rows import trailing_mean


@pytest.mark.parametrize("columns", [None, 3])
def test_means_are_those_of_the_last_rows_of_the_unit(columns):
    draws = np.random.default_rng(0)
    values = draws.normal(size=300 if columns is None else (300, columns))
    age = np.concatenate([np.arange(120), np.arange(7), np.arange(173)])
    for length, mean in zip((1, 4, 16, 64), trailing_means(values, age, (1, 4, 16, 64)), strict=True):
        np.testing.assert_allclose(mean, trailing_mean(values, age, length), rtol=1e-12, atol=1e-12)


def test_with_enough_rows_in_front_they_are_the_same_to_the_last_bit():
    values = np.random.default_rng(0).normal(size=(500, 4))
    age = np.arange(500)
    whole = trailing_means(values, age, (1, 4, 16, 64))
    for start in (63, 64, 100, 437):
        part = trailing_means(values[start - 63 :], age[start - 63 :], (1, 4, 16, 64))
        for mean, of in zip(part, whole, strict=True):
            assert np.array_equal(mean[63:], of[start:])


def test_lengths_are_powers_of_four():
    assert windows(64) == (1, 4, 16, 64)
    assert windows(63) == (1, 4, 16)
    assert windows(1) == (1,)
