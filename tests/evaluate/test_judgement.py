"""A classifier judged by its probabilities."""

import json

import numpy as np
import pytest

from culpa.evaluate.calibration import brier, log_loss
from culpa.evaluate.classes import Share
from culpa.evaluate.judgement import Judgement, judge, summary
from culpa.evaluate.scorefile import plain

LABELS = np.array([0, 0, 1, 1, -1, -1])
PROBABILITIES = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.5, 0.5], [1.0, 0.0]])
FLAGGED = np.array([True, False, False, False, True, False])


@pytest.fixture
def judgement() -> Judgement:
    return judge("test", ("a", "b"), LABELS, PROBABILITIES, FLAGGED, np.random.default_rng(0))


def test_images_of_no_class_are_judged_by_their_flags_alone(judgement: Judgement) -> None:
    assert judgement.matrix.tolist() == [[1, 1], [0, 2]]
    assert judgement.accuracy == Share(3, 4)
    assert judgement.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert judgement.interval[0] <= judgement.macro_f1 <= judgement.interval[1]
    assert judgement.reliability.count.sum() == 4
    assert judgement.reliability.error == pytest.approx((0.1 + 0.6 + 0.2 + 0.3) / 4)
    assert judgement.brier == brier(PROBABILITIES[:4], LABELS[:4])
    assert judgement.log_loss == log_loss(PROBABILITIES[:4], LABELS[:4])
    assert (judgement.flags.known, judgement.flags.outside) == (Share(1, 4), Share(1, 2))


def test_as_numbers(judgement: Judgement) -> None:
    told = summary(judgement)
    assert json.loads(json.dumps(told)) == told
    assert (told["images"], told["right"], told["accuracy"]) == (4, 3, 0.75)
    assert told["class"]["a"] == {
        "examples": 2, "called": 1, "right": 1, "recall": 0.5, "precision": 1.0, "f1": pytest.approx(2 / 3),
    }  # fmt: skip
    assert told["flags"]["outside"] == {"part": 1, "whole": 2}
    assert told["confusion"] == [[1, 1], [0, 2]]


def test_flags_on_what_is_none_of_these_do_not_count() -> None:
    classes, labels = ("a", "none_of_these"), np.array([0, 0, 1, -1])
    flagged = np.array([True, False, True, True])
    of = judge("test", classes, labels, PROBABILITIES[:4], flagged, np.random.default_rng(0))
    assert (of.flags.known, of.flags.outside) == (Share(1, 2), Share(1, 1))
    assert of.accuracy.whole == 3


def test_no_image_at_all() -> None:
    nothing = judge("none", ("a", "b"), LABELS[:0], PROBABILITIES[:0], FLAGGED[:0], np.random.default_rng(0))
    assert np.isnan([nothing.macro_f1, nothing.brier, nothing.log_loss, nothing.reliability.error]).all()
    assert json.dumps(plain(summary(nothing)), allow_nan=False)


def test_a_sum_that_rounding_took_above_one_is_one() -> None:
    above = np.array([[1.0 + 2e-16, 0.0]])
    assert judge("x", ("a", "b"), np.array([0]), above, np.array([False]), np.random.default_rng(0)).accuracy.part == 1
