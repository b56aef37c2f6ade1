"""Confusion, precision, recall, F1, flags."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.evaluate import classes
from culpa.evaluate.intervals import wilson
from tests.naive import classes as naive

# three examples of a, two of b, none of c; c was called once
TRUTH, PREDICTED = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 2, 1, 0])


@pytest.fixture
def matrix() -> np.ndarray:
    return classes.confusion(TRUTH, PREDICTED, 3)


def test_rows_are_what_it_is_and_columns_what_it_was_called(matrix: np.ndarray) -> None:
    assert matrix.tolist() == [[2, 0, 1], [1, 1, 0], [0, 0, 0]]


def test_each_class_has_its_numbers(matrix: np.ndarray) -> None:
    a, b, c = classes.per_class(matrix, ["a", "b", "c"])
    assert (a.truth, a.predicted, a.right) == (3, 3, 2)
    assert (a.recall.fraction, a.precision.fraction, a.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (b.recall.fraction, b.precision.fraction, b.f1) == pytest.approx((1 / 2, 1, 2 / 3))
    assert a.recall.interval == wilson(2, 3)
    assert c.name == "c"
    assert np.isnan(c.recall.fraction)
    assert np.isnan(c.recall.interval).all()
    assert (c.precision.fraction, c.f1) == (0, 0)


def test_a_class_that_nobody_speaks_of_has_no_score() -> None:
    one = classes.ClassMeasure("x", 0, 0, 0)
    assert np.isnan([one.recall.fraction, one.precision.fraction, one.f1]).all()


def test_macro_f1_is_over_the_classes_that_have_examples(matrix: np.ndarray) -> None:
    assert classes.macro_f1(matrix) == pytest.approx(2 / 3)
    without = classes.confusion(TRUTH[PREDICTED < 2], PREDICTED[PREDICTED < 2], 3)
    assert classes.macro_f1(without) == pytest.approx((4 / 5 + 2 / 3) / 2)  # the wrong "c" had cost recall of a


def test_accuracy(matrix: np.ndarray) -> None:
    assert classes.accuracy(matrix) == classes.Share(3, 5)
    assert classes.accuracy(matrix).fraction == 0.6


def test_nothing_to_score() -> None:
    empty = classes.confusion(np.array([], int), np.array([], int), 2)
    assert empty.tolist() == [[0, 0], [0, 0]]
    assert np.isnan(classes.macro_f1(empty))
    assert np.isnan(classes.accuracy(empty).fraction)
    assert np.isnan(classes.macro_f1_interval(empty, np.random.default_rng(0))).all()


@pytest.mark.parametrize(("truth", "predicted"), [([0, 3], [0, 0]), ([0, 0], [-1, 0]), ([0], [0, 1])])
def test_what_is_no_class_is_refused(truth: list[int], predicted: list[int]) -> None:
    with pytest.raises(ValueError, match="expected"):
        classes.confusion(np.array(truth), np.array(predicted), 3)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(0, 40))
def test_the_numbers_are_those_of_counting_one_by_one(seed: int, many: int, examples: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predicted = rng.integers(0, many, (2, examples))
    table = classes.confusion(truth, predicted, many)
    assert table.tolist() == naive.confusion(truth, predicted, many)
    expected = naive.macro_f1(truth.tolist(), predicted.tolist())
    assert classes.macro_f1(table) == pytest.approx(expected, nan_ok=True)


def test_the_numbers_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    truth, predicted = np.random.default_rng(3).integers(0, 5, (2, 400))
    truth = truth % 4  # class 4 has no example
    table = classes.confusion(truth, predicted, 5)
    np.testing.assert_array_equal(table, metrics.confusion_matrix(truth, predicted, labels=range(5)))
    score = metrics.f1_score(truth, predicted, labels=np.unique(truth), average="macro")
    assert classes.macro_f1(table) == pytest.approx(score)


def test_the_interval_of_macro_f1_holds_it_and_narrows_with_examples() -> None:
    wide, narrow = (
        classes.macro_f1_interval(np.array([[8, 2], [1, 9]]) * times, np.random.default_rng(1)) for times in (1, 100)
    )
    value = classes.macro_f1(np.array([[8, 2], [1, 9]]))
    for low, high in (wide, narrow):
        assert low < value < high
    assert wide[1] - wide[0] == pytest.approx(10 * (narrow[1] - narrow[0]), rel=0.2)
    assert wide[1] - wide[0] == pytest.approx(2 * 1.96 * np.sqrt(0.85 * 0.15 / 20), rel=0.15)  # as of an accuracy


def test_the_interval_is_the_bootstrap_of_the_examples() -> None:
    table = np.array([[40, 5, 5], [10, 30, 0], [0, 2, 8]])
    truth, predicted = (np.repeat(of.ravel(), table.ravel()) for of in np.indices(table.shape))
    rng = np.random.default_rng(5)
    draws = [
        classes.macro_f1(classes.confusion(truth[rows], predicted[rows], 3))
        for rows in rng.integers(0, len(truth), (2000, len(truth)))
    ]
    ours = classes.macro_f1_interval(table, np.random.default_rng(6), rounds=2000, level=0.9)
    assert ours == pytest.approx(tuple(np.quantile(draws, [0.05, 0.95])), abs=0.01)


def test_the_interval_is_the_same_for_the_same_generator() -> None:
    table = np.array([[80, 25], [11, 90]])
    first, again, other = (classes.macro_f1_interval(table, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_flags_among_what_is_known_and_what_is_not() -> None:
    rates = classes.flag_rates(np.array([True, False, False, True, True]), np.array([False, False, False, True, True]))
    assert (rates.known, rates.outside) == (classes.Share(1, 3), classes.Share(2, 2))
