"""Trends: numbers of each stretch, against numpy."""

import numpy as np
import pytest

from culpa.decompose.trends import trends
from culpa.types import Series


def test_statistics_are_those_of_each_stretch():
    values = np.random.default_rng(0).normal(5, 2, size=1000)
    found = trends(Series(values, 0.0, 100.0), 2.0)
    parts = values.reshape(5, 200)
    np.testing.assert_allclose(found, np.column_stack([parts.mean(1), parts.std(1), parts.min(1), parts.max(1)]))


def test_what_is_left_over_is_left_out():
    assert trends(Series(np.ones(199), 0.0, 100.0), 1.0).shape == (1, 4)
    assert trends(Series(np.ones(50), 0.0, 100.0), 1.0).shape == (0, 4)


def test_stretches_that_are_half_there_count_and_others_do_not():
    values = np.arange(30.0)
    values[[0, 1, 2, 3, 4]] = values[10:16] = np.nan
    found = trends(Series(values, 0.0, 10.0), 1.0)
    assert found[0].tolist() == [7.0, np.std([5, 6, 7, 8, 9]), 5.0, 9.0]
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[2]).all()


def test_less_than_two_samples_are_an_error():
    with pytest.raises(ValueError, match="two samples or more"):
        trends(Series(np.ones(10), 0.0, 1.0), 1.0)
