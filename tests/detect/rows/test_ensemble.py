"""Ranks of several detectors, averaged."""

from dataclasses import dataclass

import numpy as np
import pytest

from culpa.detect.rows import ensemble
from culpa.detect.rows.charts import Cusum
from culpa.detect.rows.contract import Windowed
from culpa.detect.rows.plain import LargestDeviation
from culpa.types import Floats, Indices


@dataclass(frozen=True)
class First(Windowed):
    """The reading of one sensor as it is, NaN where it is negative."""

    sensor: int

    def of(self, z: Floats, age: Indices) -> Floats:
        return np.where(z[:, self.sensor] < 0, np.nan, z[:, self.sensor])


def test_ranks_by_hand() -> None:
    reference = np.array([1.0, 2.0, 2.0, 4.0])
    scores = np.array([0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 8.0, np.nan])
    expected = [0, 0, 0.25, 0.25, 0.75, 0.75, 1.25, 2, np.nan]
    np.testing.assert_array_equal(ensemble.rank(scores, reference), expected)


def test_a_reference_without_a_positive_score_has_no_multiple_of_it() -> None:
    assert ensemble.rank(np.array([-3.0, -1.0, 7.0]), np.array([-2.0, -1.5])).tolist() == [0, 1, 1]
    assert ensemble.rank(np.array([0.0, 7.0]), np.zeros(4)).tolist() == [0, 1]


def test_a_reference_without_scores_ranks_nothing() -> None:
    assert np.isnan(ensemble.rank(np.array([1.0, np.nan]), np.empty(0))).all()


def test_ranks_are_averaged_over_the_detectors_that_know() -> None:
    reference = np.column_stack([np.arange(10.0), 10 * np.arange(10.0)])
    both = ensemble.of([First(0), First(1)], reference, np.arange(10))
    z = np.array([[5.0, 50.0], [9.0, 0.0], [18.0, 90.0], [-1.0, 20.0], [-1.0, -1.0]])
    scores, _ = both.score(z, np.arange(5), both.start())
    np.testing.assert_allclose(scores, [0.5, 0.45, (2 + 0.9) / 2, 0.2, np.nan])


def test_a_detector_that_knows_no_row_of_the_reference_counts_nothing() -> None:
    reference = np.column_stack([np.arange(10.0), np.full(10, -1.0)])
    both = ensemble.of([First(0), First(1)], reference, np.arange(10))
    scores, _ = both.score(np.array([[5.0, 3.0]]), np.arange(1), both.start())
    assert scores.tolist() == [0.5]


def test_each_detector_remembers_for_itself() -> None:
    rng = np.random.default_rng(0)
    reference, z = rng.standard_normal((200, 2)), rng.standard_normal((60, 2)) + 1
    models = (Cusum(), LargestDeviation())
    both = ensemble.of(models, reference, np.arange(200))
    ranks = []
    for model in models:
        own, scores = (model.score(of, np.arange(len(of)), model.start())[0] for of in (reference, z))
        ranks.append(ensemble.rank(scores, np.sort(own)))
    first, state = both.score(z[:25], np.arange(25), both.start())
    second, _ = both.score(z[25:], np.arange(25, 60), state)
    assert np.concatenate([first, second]) == pytest.approx(np.mean(ranks, axis=0))
