"""Intervals from stretches drawn anew."""

import numpy as np
import pytest

from culpa.evaluate.resampling import interval, stretches


def test_no_run_of_anomalies_is_cut_and_no_row_is_lost():
    truth = np.zeros(1000, dtype=bool)
    truth[95:160] = truth[400:402] = True
    parts = stretches(truth, 10)
    assert np.array_equal(np.concatenate(parts), np.arange(1000))
    assert 5 <= len(parts) <= 10
    for part in parts:
        assert not truth[part[0]] or part[0] == 0 or not truth[part[0] - 1]


def test_all_rows_anomalous_are_one_stretch():
    assert [len(part) for part in stretches(np.ones(50, dtype=bool))] == [50]


def test_the_interval_of_a_mean_is_about_two_standard_errors_to_both_sides():
    values = np.random.default_rng(0).normal(size=5000)
    low, high = interval(lambda rows: float(values[rows].mean()), stretches(np.zeros(5000, dtype=bool)), 400)
    assert low < values.mean() < high
    assert high - low == pytest.approx(4 / np.sqrt(5000), rel=0.3)


def test_dependent_rows_make_it_wider():
    draws = np.random.default_rng(0).normal(size=100)
    values = np.repeat(draws, 50)
    low, high = interval(lambda rows: float(values[rows].mean()), stretches(np.zeros(5000, dtype=bool)), 400)
    assert high - low > 3 * 4 / np.sqrt(5000)


def test_figures_that_are_never_known_have_no_interval():
    assert np.isnan(interval(lambda rows: float("nan"), [np.arange(3)], 5)).all()
