"""The isolation forest is scikit-learn's."""

import numpy as np
import pytest

from culpa.detect.rows import forest
from culpa.types import Floats


def normal(rows: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, 3))


def test_scores_are_between_0_and_1_high_for_odd_rows_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forest, "TREES", 60)
    reference, z = normal(500, 0), normal(300, 1)
    z[200] = [5.0, -5.0, 5.0]
    age = np.arange(500)
    one, again = (forest.fit(reference, age, 50.0) for _ in range(2))
    scores = one.of(z, age[:300])
    np.testing.assert_array_equal(scores, again.of(z, age[:300]))
    assert len(one.forest.estimators_) == 60
    assert scores.argmax() == 200
    assert 0 < scores.min() < np.median(scores) < 0.55 < scores[200] < 1
