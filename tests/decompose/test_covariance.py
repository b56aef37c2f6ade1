"""T² and the shares of sensors in it, against the textbook."""

import numpy as np
import pytest

from culpa.decompose import covariance
from tests.naive.rows import t_squared


def data(rows, sensors, seed=0):
    draws = np.random.default_rng(seed)
    return draws.normal(size=(rows, sensors)) @ draws.normal(size=(sensors, sensors)) + 3


@pytest.mark.parametrize(("rows", "sensors"), [(300, 1), (300, 2), (300, 12), (30, 80)])
@pytest.mark.parametrize("shrink", [0.01, 1.0])
def test_distances_are_those_of_the_shrunk_covariance(rows, sensors, shrink):
    reference, seen = data(rows, sensors), data(20, sensors, 1)
    found = covariance.fit(reference, shrink, 1e9)
    np.testing.assert_allclose(found.distances(seen), t_squared(seen, reference, shrink), rtol=1e-8)


def test_many_sensors_without_the_whole_inverse_are_the_same(monkeypatch):
    reference, seen = data(60, 30), data(10, 30, 1)
    whole = covariance.fit(reference, 0.1, 1e9)
    monkeypatch.setattr(covariance, "DENSE", 10)
    parts = covariance.fit(reference, 0.1, 1e9)
    assert whole.precision is not None
    assert parts.precision is None
    np.testing.assert_allclose(parts.distances(seen), whole.distances(seen), rtol=1e-9)
    np.testing.assert_allclose(parts.shares(seen), whole.shares(seen), rtol=1e-6, atol=1e-9)


def test_thousands_of_sensors_are_no_trouble():
    draws = np.random.default_rng(0)
    found = covariance.fit(draws.normal(size=(50, 3000)), 0.03, 5.0)
    assert np.isfinite(found.distances(draws.normal(size=(5, 3000)))).all()


def test_shares_add_up_and_name_the_sensor_that_left_the_relation():
    draws = np.random.default_rng(0)
    reference = draws.normal(size=(500, 4))
    reference[:, 1] = reference[:, 0] + 0.1 * reference[:, 1]
    found = covariance.fit(reference, 0.01, 1e9)
    seen = np.array([[0.0, 0.0, 4.0, 0.0], [2.0, 2.0, 0.0, 0.0], [2.0, -2.0, 0.0, 0.0]])
    np.testing.assert_allclose(found.shares(seen).sum(axis=1), found.distances(seen), rtol=1e-9)
    assert found.shares(seen)[0].argmax() == 2
    assert found.distances(seen)[2] > 20 * found.distances(seen)[1]


def test_a_row_is_the_same_to_the_last_bit_whatever_is_beside_it():
    found = covariance.fit(data(200, 9), 0.03, 50.0)
    seen = data(1000, 9, 1)
    whole = found.distances(seen)
    for cut in (1, 3, 64, 999):
        parts = [found.distances(seen[first : first + cut]) for first in range(0, 1000, cut)]
        assert np.array_equal(np.concatenate(parts), whole)


def test_deviations_of_the_reference_count_up_to_the_clip():
    reference = data(200, 3)
    odd = reference.copy()
    odd[0] = 1e6
    clipped = covariance.fit(np.clip(odd, -5, 5), 0.03, 1e9)
    found = covariance.fit(odd, 0.03, 5.0)
    np.testing.assert_array_equal(found.mean, clipped.mean)


def test_a_reference_that_never_moves_is_no_trouble():
    found = covariance.fit(np.zeros((10, 3)), 0.03, 50.0)
    assert np.isfinite(found.distances(np.ones((2, 3)))).all()
