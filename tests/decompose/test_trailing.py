"""Means over the rows before: those of plain loops, and the same in any cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@st.composite
def units_and_a_cut(draw):
    units = draw(st.lists(st.integers(1, 90), min_size=1, max_size=6))
    return units, draw(st.integers(0, sum(units) - 1)), draw(st.integers(0, 2**32 - 1))


@given(units_and_a_cut())
def test_any_cut_with_enough_rows_in_front_changes_no_bit(drawn):
    units, start, seed = drawn
    age = np.concatenate([np.arange(unit) for unit in units])
    values = np.random.default_rng(seed).normal(size=(len(age), 2)) * 10.0 ** np.arange(2)
    lengths = windows(64)
    front = max(0, start - 63)
    whole = trailing_means(values, age, lengths)
    part = trailing_means(values[front:], age[front:], lengths)
    for length, mean, of in zip(lengths, part, whole, strict=True):
        assert np.array_equal(mean[start - front :], of[start:])
        np.testing.assert_allclose(of, trailing_mean(values, age, length), rtol=1e-9, atol=1e-9)


def test_rows_one_by_one_are_those_of_all_at_once():
    values, age = np.random.default_rng(0).normal(size=(90, 3)), np.r_[0:50, 0:40]
    whole = trailing_means(values, age, (1, 4, 16))
    for row in range(90):
        since = slice(max(0, row - 15), row + 1)
        for mean, of in zip(trailing_means(values[since], age[since], (1, 4, 16)), whole, strict=True):
            assert np.array_equal(mean[-1], of[row])


def test_no_window_reaches_into_the_unit_before():
    values, age = np.r_[np.full(30, 1e300), np.full(20, 1.0)], np.r_[0:30, 0:20]
    for mean in trailing_means(values, age, (1, 4, 16)):
        assert mean[30:].tolist() == [1.0] * 20
    values[:30] = np.nan
    for mean in trailing_means(values, age, (1, 4, 16)):
        assert mean[30:].tolist() == [1.0] * 20


def test_a_missing_reading_is_missing_from_every_window_that_holds_it():
    values = np.ones(40)
    values[10] = np.nan
    for length, mean in zip((1, 4, 16), trailing_means(values, np.arange(40), (1, 4, 16)), strict=True):
        assert np.flatnonzero(np.isnan(mean)).tolist() == list(range(10, 10 + length))


def test_only_the_lengths_that_are_asked_for_and_the_input_stays_as_it_is():
    values, age = np.arange(20.0), np.arange(20)
    (mean,) = trailing_means(values, age, (16,))
    np.testing.assert_allclose(mean, trailing_mean(values, age, 16))
    (same,) = trailing_means(values, age, (1,))
    same += 1
    assert values.tolist() == list(range(20))
    assert [of.shape for of in trailing_means(np.empty((0, 2)), np.empty(0, int), (1, 4))] == [(0, 2)] * 2
