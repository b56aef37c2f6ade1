import numpy as np
import pytest

from culpa.evaluate.calibration import log_loss
from culpa.identify.calibration import fitted_temperature, log_softmax, softmax


def test_softmax_is_a_probability_even_of_huge_logits() -> None:
    logits = np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0], [1.0, 2.0, 3.0]], np.float32)
    shares = softmax(logits)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(shares[:2], [[1, 0, 0], [1 / 3] * 3])
    np.testing.assert_allclose(shares[2], np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum())


def test_a_higher_temperature_makes_probabilities_more_equal() -> None:
    logits = np.array([[2.0, 0.0]])
    np.testing.assert_allclose(softmax(logits, 4.0), softmax(logits / 4))
    assert softmax(logits, 4.0)[0, 0] < softmax(logits)[0, 0]


def test_logarithms_of_probabilities_are_finite_where_these_vanish() -> None:
    np.testing.assert_allclose(log_softmax(np.array([[0.0, np.log(3)]]))[0], np.log([0.25, 0.75]))
    np.testing.assert_allclose(log_softmax(np.array([[1e4, 0.0]]))[0], [0, -1e4])


@pytest.mark.parametrize("true", [0.3, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(true: float) -> None:
    random = np.random.default_rng(5)
    logits = random.normal(scale=3, size=(20000, 4)) * true
    labels = (softmax(logits, true).cumsum(axis=1) < random.random((20000, 1))).sum(axis=1)
    assert fitted_temperature(logits, labels) == pytest.approx(true, rel=0.04)


def test_the_fitted_temperature_is_no_worse_than_its_neighbours() -> None:
    random = np.random.default_rng(6)
    labels = random.integers(0, 3, 5000)
    logits = random.normal(size=(5000, 3)) + 2 * np.eye(3)[labels]
    best = fitted_temperature(logits, labels)
    losses = [log_loss(softmax(logits, best * factor), labels) for factor in (0.9, 1.0, 1.1)]
    assert min(losses) == losses[1]


def test_no_labels_leave_the_logits_as_they_are() -> None:
    assert fitted_temperature(np.zeros((0, 3)), np.zeros(0, np.int64)) == 1.0


@pytest.mark.parametrize("margin", [2.0, 5.0, 20.0])
def test_answers_that_are_all_right_do_not_promise_another(margin: float) -> None:
    labels = np.arange(60) % 3
    logits = margin * np.eye(3)[labels]
    wrong = 1 - softmax(logits, fitted_temperature(logits, labels)).max(axis=1)
    np.testing.assert_allclose(wrong, 2 / 3 / 62, rtol=1e-3)  # a share 1 / 62 spread over three classes
