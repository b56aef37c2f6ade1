"""T² of single rows."""

import numpy as np
import pytest

from culpa.decompose.covariance import shrinkage
from culpa.detect.rows.distance import fit
from tests.naive import rows as naive


def test_scores_are_hotellings_in_units_of_what_is_usual() -> None:
    rng = np.random.default_rng(0)
    reference = rng.standard_normal((80, 6)) @ rng.standard_normal((6, 6))
    z, age = rng.standard_normal((20, 6)), np.zeros(100, dtype=np.int64)
    model = fit(reference, age[:80], 50.0)
    scores, _ = model.score(z, age[:20], model.start())
    shrink = shrinkage(reference, 50.0)
    usual = naive.t_squared(reference, reference, shrink).mean()
    np.testing.assert_allclose(scores, naive.t_squared(z, reference, shrink) / usual, rtol=1e-9)
    assert model.of(reference, age[:80]).mean() == pytest.approx(1)


def test_odd_rows_of_the_reference_count_as_far_as_told() -> None:
    rng = np.random.default_rng(1)
    reference, age = rng.standard_normal((80, 3)), np.zeros(80, dtype=np.int64)
    reference[3] = -1000
    one, other = (fit(of, age, 5.0) for of in (reference, np.clip(reference, -5, 5)))
    assert one.unit == other.unit
    np.testing.assert_array_equal(one.of(reference, age), other.of(reference, age))


def test_a_reference_that_does_not_move_counts_1() -> None:
    model = fit(np.zeros((5, 2)), np.zeros(5, dtype=np.int64), 50.0)
    assert model.unit == 1.0
    scores = model.of(np.array([[0.0, 0.0], [3.0, 0.0]]), np.zeros(2, dtype=np.int64))
    assert scores[0] == 0
    assert scores[1] == pytest.approx(9 / shrinkage(np.zeros((5, 2)), 50.0))
