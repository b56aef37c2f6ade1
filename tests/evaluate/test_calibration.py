"""Confidence against what came true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.evaluate.calibration import brier, log_loss, reliability
from tests.naive import classes as naive


def test_bins_count_and_average() -> None:
    confidence = np.array([0.0, 0.1, 0.2, 0.5, 0.55, 1.0])
    right = np.array([False, False, True, True, False, True])
    of = reliability(confidence, right, 5)
    assert of.low.tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert of.count.tolist() == [3, 0, 2, 0, 1]  # each bin has its upper end, the first the zero too
    assert of.confidence[[0, 2, 4]].tolist() == pytest.approx([0.1, 0.525, 1.0])
    assert of.accuracy[[0, 2, 4]].tolist() == pytest.approx([1 / 3, 1 / 2, 1])
    assert np.isnan([of.confidence[[1, 3]], of.accuracy[[1, 3]]]).all()
    assert of.error == pytest.approx((3 * (1 / 3 - 0.1) + 2 * 0.025) / 6)


def test_believable_probabilities_have_no_error_and_boasts_have() -> None:
    rng = np.random.default_rng(4)
    confidence = rng.uniform(0.2, 1.0, 40_000)
    right = rng.random(40_000) < confidence
    assert reliability(confidence, right).error < 0.012
    assert reliability(confidence**0.5, right).error > 0.1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 20))
def test_the_error_is_that_of_counting_one_by_one(seed: int, many: int, bins: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.choice([0.0, 0.3, 1.0, *rng.random(20)], many)
    right = rng.random(many) < 0.6
    of = reliability(confidence, right, bins)
    edges = [*of.low, of.high[-1]]
    assert (edges[0], edges[-1], of.count.sum()) == (0, 1, many)
    assert of.error == pytest.approx(naive.calibration_error(confidence, right, edges))
    order = rng.permutation(many)
    assert reliability(confidence[order], right[order], bins).error == pytest.approx(of.error)


def test_nothing_to_judge() -> None:
    of = reliability(np.empty(0), np.empty(0, bool))
    assert of.count.sum() == 0
    assert np.isnan(of.error)
    assert np.isnan([brier(np.empty((0, 3)), np.empty(0, int)), log_loss(np.empty((0, 3)), np.empty(0, int))]).all()


@pytest.mark.parametrize(("confidence", "bins"), [([1.2], 15), ([-0.1], 15), ([np.nan], 15), ([0.5], 0)])
def test_what_is_no_probability_is_refused(confidence: list[float], bins: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        reliability(np.array(confidence), np.array([True]), bins)


def test_brier_and_log_loss() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]])
    assert brier(probabilities, np.array([0, 1])) == pytest.approx((0.09 + 0.04 + 0.01) / 2)
    assert brier(probabilities, np.array([0, 0])) == pytest.approx((0.14 + 2) / 2)
    assert log_loss(probabilities, np.array([1, 1])) == pytest.approx(-np.log(0.2) / 2)
    assert log_loss(probabilities, np.array([0, 2])) == pytest.approx((-np.log(0.7) - np.log(1e-15)) / 2)
