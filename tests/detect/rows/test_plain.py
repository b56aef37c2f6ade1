"""The simplest scores, beside numpy's own."""

import numpy as np
import pytest

from culpa.detect.rows.plain import VARIANCE_ROWS, Chance, LargestDeviation, MeanSquare, RollingVariance

Z = np.random.default_rng(0).standard_normal((300, 3)) + 2
AGE = np.concatenate([np.arange(170), np.arange(130)])


def test_scores_of_single_rows() -> None:
    z = np.array([[1.0, -3.0, 2.0], [0.0, 0.0, 0.0]])
    assert LargestDeviation().of(z, AGE[:2]).tolist() == [3, 0]
    assert MeanSquare().of(z, AGE[:2]).tolist() == pytest.approx([14 / 3, 0])


def test_the_rolling_variance_is_that_of_numpy_within_the_unit() -> None:
    model = RollingVariance()
    scores, _ = model.score(Z, AGE, model.start())
    reach = np.minimum(AGE, VARIANCE_ROWS - 1)
    expected = [Z[i - reach[i] : i + 1].var(axis=0).mean() for i in range(len(Z))]
    np.testing.assert_allclose(scores, expected, rtol=1e-9, atol=1e-12)
    assert scores[0] == scores[170] == 0


def test_the_rolling_variance_of_what_stands_still_is_not_below_0_by_rounding() -> None:
    z = np.full((200, 2), 1.1)
    assert (RollingVariance().of(z, np.arange(200)) >= 0).all()


def test_chance_says_nothing_and_repeats_itself() -> None:
    model = Chance(seed=3)
    scores, state = model.score(Z, AGE, model.start())
    np.testing.assert_array_equal(scores, np.random.default_rng(3).random(300))
    np.testing.assert_array_equal(model.score(-Z, AGE, model.start())[0], scores)
    later, _ = model.score(Z, AGE, state)
    assert not np.isin(later, scores).any()
    assert (Chance(seed=4).score(Z, AGE, Chance(seed=4).start())[0] != scores).all()
