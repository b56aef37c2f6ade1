"""T² and Q beside the textbook's matrices, and planes that hold everything."""

import numpy as np
import pytest

from culpa.detect.rows.pca import EXPLAINED, fit
from culpa.types import Floats, Indices

CLIP = 50.0


def normal(rows: int, sensors: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, sensors))


def none(z: Floats) -> Indices:
    return np.zeros(len(z), dtype=np.int64)


def slow(z: Floats, reference: Floats) -> Floats:
    """By singular values: the fewest components that hold the share, T² and Q of each row in units of their means."""
    mean = reference.mean(axis=0)
    _, values, directions = np.linalg.svd(reference - mean, full_matrices=False)
    variances = values**2 / len(reference)
    kept = next(k for k in range(1, len(values) + 1) if variances[:k].sum() >= EXPLAINED * variances.sum())
    kept = min(kept, z.shape[1] - 1)

    def both(row: Floats) -> tuple[float, float]:
        along = [float(directions[i] @ (row - mean)) for i in range(kept)]
        plane = sum((along[i] * directions[i] for i in range(kept)), start=np.zeros(len(row)))
        return sum(along[i] ** 2 / variances[i] for i in range(kept)), float(((row - mean - plane) ** 2).sum())

    usual = np.mean([both(row) for row in reference], axis=0)
    return np.array([sum(np.array(both(row)) / usual) for row in z])


@pytest.mark.parametrize("sensors", [2, 3, 12])
def test_scores_are_those_of_singular_values(sensors: int) -> None:
    mixing = normal(sensors, sensors, 1) * np.linspace(0.1, 2, sensors)
    reference, z = normal(200, sensors, 2) @ mixing + 0.3, normal(40, sensors, 3) @ mixing
    model = fit(reference, none(reference), CLIP)
    scores, _ = model.score(z, none(z), model.start())
    np.testing.assert_allclose(scores, slow(z, reference), rtol=1e-9)
    own, _ = model.score(reference, none(reference), model.start())
    assert own.mean() == pytest.approx(2)


def test_one_sensor_has_its_squared_deviation_as_score() -> None:
    reference = normal(300, 1, 4) + 2
    model = fit(reference, none(reference), CLIP)
    z = np.array([[2.0], [5.0]])
    expected = np.square(z[:, 0] - reference.mean()) / reference.var()
    np.testing.assert_allclose(model.of(z, none(z)), expected)


def test_odd_rows_of_the_reference_count_as_far_as_told() -> None:
    reference = normal(300, 3, 5)
    odd = reference.copy()
    odd[7] = 1000
    z = normal(20, 3, 6)
    tame = fit(np.clip(odd, -5, 5), none(odd), 5.0).of(z, none(z))
    np.testing.assert_allclose(fit(odd, none(odd), 5.0).of(z, none(z)), tame)


def test_what_rounding_leaves_of_a_plane_that_holds_all_is_no_measure() -> None:
    """A sensor that stood still in the reference, as did the plane: its last digit is no anomaly, one deviation is."""
    reference = np.column_stack([normal(500, 2, 7), np.zeros(500)])
    model = fit(reference, none(reference), CLIP)
    z = np.column_stack([normal(50, 2, 8), np.zeros(50)])
    quiet = model.of(z, none(z))
    assert quiet.max() < 20
    for moved, least, most in ((1e-12, 0, 1e-6), (1.0, 1e6, 1e12)):
        z[:, 2] = moved
        assert least <= (model.of(z, none(z)) - quiet).min()
        assert (model.of(z, none(z)) - quiet).max() <= most


def test_a_reference_that_does_not_move_has_no_plane() -> None:
    reference = np.ones((10, 3))
    model = fit(reference, none(reference), CLIP)
    assert model.directions.shape == (3, 0)
    assert model.of(np.array([[1.0, 1, 1], [2, 1, 3]]), none(reference[:2])).tolist() == [0, 5]
