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


def test_shares_are_each_sensors_term_of_the_distance():
    reference, seen = data(300, 5), data(20, 5, 1)
    found = covariance.fit(reference, 0.1, 1e9)
    centred, sigma = seen - reference.mean(axis=0), np.cov(reference.T, bias=True)
    weighed = centred @ np.linalg.inv(sigma + 0.1 * np.trace(sigma) / 5 * np.eye(5))
    np.testing.assert_allclose(found.shares(seen), centred * weighed, rtol=1e-8, atol=1e-9)


def test_more_than_four_hundred_sensors_are_those_of_the_textbook():
    """As many directions as the reference has are kept, so that nothing is lost."""
    reference, seen = data(100, 450), data(10, 450, 1)
    found = covariance.fit(reference, 0.1, 1e9)
    assert found.precision is None
    np.testing.assert_allclose(found.distances(seen), t_squared(seen, reference, 0.1), rtol=1e-7)
    np.testing.assert_allclose(found.shares(seen).sum(axis=1), found.distances(seen), rtol=1e-9)


@pytest.mark.parametrize("dense", [400, 10])
def test_directions_beyond_the_strongest_share_one_variance(dense, monkeypatch):
    monkeypatch.setattr(covariance, "MOST", 6)
    monkeypatch.setattr(covariance, "DENSE", dense)
    reference, seen = data(300, 20), data(10, 20, 1)
    found = covariance.fit(reference, 0.05, 1e9)
    variances, directions = np.linalg.eigh(np.cov(reference.T, bias=True))
    shrunk = np.r_[np.full(14, variances[:14].mean()), variances[14:]] + 0.05 * variances.mean()
    along = (seen - reference.mean(axis=0)) @ directions
    np.testing.assert_allclose(found.distances(seen), (along**2 / shrunk).sum(axis=1), rtol=1e-8)


@pytest.mark.parametrize("sensors", [1, 2, 3, 40, 450])
@pytest.mark.parametrize("order", ["C", "F"])
def test_neither_neighbours_nor_the_order_in_memory_change_a_bit(sensors, order):
    found = covariance.fit(data(100, sensors), 0.03, 50.0)
    seen = data(60, sensors, 1)
    alone = [found.distances(seen[i : i + 1])[0] for i in range(60)]
    shares = [found.shares(seen[i : i + 1])[0] for i in range(60)]
    stored = np.array(seen, order=order)
    assert found.distances(stored).tolist() == alone
    assert np.array_equal(found.shares(stored), shares)
    strided = np.repeat(np.repeat(seen, 2, axis=0), 2, axis=1)[::2, ::2]
    assert found.distances(strided).tolist() == alone
    assert found.distances(seen[::-1]).tolist() == alone[::-1]


def test_values_beyond_the_clip_are_learnt_as_the_clip_and_seen_as_they_are():
    reference = data(200, 3)
    found = covariance.fit(reference, 0.03, 4.0)
    np.testing.assert_allclose(
        found.distances(10 * reference), t_squared(10 * reference, np.clip(reference, -4, 4), 0.03), rtol=1e-8
    )


def test_the_mean_of_the_reference_is_no_distance_and_no_distance_is_below_zero():
    reference = data(300, 8)
    found = covariance.fit(reference, 0.03, 1e9)
    assert found.distances(found.mean[None]).tolist() == [0]
    assert (found.distances(found.mean + 1e-12 * data(50, 8)) >= 0).all()
    assert found.distances(np.empty((0, 8))).shape == (0,)
    assert found.shares(np.empty((0, 8))).shape == (0, 8)


@pytest.mark.parametrize(("rows", "sensors"), [(200, 5), (30, 30), (20, 150), (400, 100)])
def test_the_shrinkage_is_that_of_ledoit_and_wolf(rows, sensors):
    from sklearn.covariance import ledoit_wolf_shrinkage

    rng = np.random.default_rng(rows)
    values = rng.normal(size=(rows, sensors)) @ rng.normal(size=(sensors, sensors)) + 3
    weight = ledoit_wolf_shrinkage(values)
    assert covariance.shrinkage(values, 1e6) == pytest.approx(weight / (1 - weight), rel=1e-6)


def test_the_shrinkage_has_bounds():
    rng = np.random.default_rng(0)
    assert covariance.shrinkage(np.zeros((5, 3)), 50.0) == 1000
    assert covariance.shrinkage(rng.normal(size=(100_000, 3)) * [1, 10, 100], 1e6) == 0.01
    odd = rng.normal(size=(50, 4))
    odd[3] = 1e6
    assert covariance.shrinkage(odd, 5.0) == covariance.shrinkage(np.clip(odd, -5, 5), 50.0)
