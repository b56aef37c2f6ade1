"""Both frameworks, each in a process of its own, as `culpa train` and `culpa classify --framework` use them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from culpa.errors import NoDataError, UsageError
from culpa.identify import learning
from culpa.identify.backend import Framework
from culpa.identify.inference import Classifier
from culpa.identify.learning import Lesson
from culpa.identify.outputs import Outputs
from culpa.identify.training import Examples

from .conftest import OPTIONS, PACKAGES, draw

FRAMEWORKS = get_args(Framework)
Learned = dict[Framework, Path]


class StopError(Exception):
    """The training is to end here."""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_model_is_learned(learned: Learned, framework: Framework, lesson: Lesson) -> None:
    images, labels = draw(300, 9)
    classifier = Classifier(learned[framework] / "model.onnx")
    said = classifier(images, lesson.form)
    assert (said.best == labels).mean() > 0.95
    assert said.unknown.mean() < 0.25  # 5 % of the 60 that are held out, but of others more
    noise = np.random.default_rng(0).integers(0, 256, (100, *lesson.form.shape), dtype=np.uint8)
    assert classifier(noise).unknown.mean() > 0.9
    known = classifier.description
    assert (known.classes, known.form, known.architecture) == (lesson.classes, lesson.form, "compact")
    assert known.training["command"] == "culpa train"
    assert known.training["framework"] == framework
    history = learning.read_history(learned[framework] / "history.csv")
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert history[-1]["val_loss"] < history[0]["val_loss"]


def test_one_file_of_weights_gives_the_same_logits_everywhere(learned: Learned, lesson: Lesson) -> None:
    images, _ = draw(100, 8)
    tensorflow = learning.FrameworkClassifier(learned["pytorch"] / "model.keras", "tensorflow")(images, lesson.form)
    made_by_pytorch = Classifier(learned["pytorch"] / "model.onnx")(images)
    check_outputs(tensorflow.outputs, made_by_pytorch.outputs)
    np.testing.assert_array_equal(tensorflow.best, made_by_pytorch.best)
    np.testing.assert_allclose(tensorflow.surprise, made_by_pytorch.surprise, atol=1e-3)

    pytorch = learning.FrameworkClassifier(learned["tensorflow"] / "model.keras", "pytorch")(images, lesson.form)
    check_outputs(pytorch.outputs, Classifier(learned["tensorflow"] / "model.onnx")(images).outputs)


def check_outputs(got: Outputs, expected: Outputs) -> None:
    assert np.ptp(expected.logits) > 1
    np.testing.assert_allclose(got.logits, expected.logits, atol=1e-4)
    np.testing.assert_allclose(got.embedding, expected.embedding, atol=1e-4)


def test_a_training_that_was_killed_gives_the_same_model(learned: Learned, lesson: Lesson, tmp_path: Path) -> None:
    """Ten steps an epoch; the process that trains gets kill -9 in the middle of the third."""
    work, steps = tmp_path / "work", list[int]()
    with pytest.raises(StopError):
        learning.learn(lesson, OPTIONS, "tensorflow", tmp_path, work, tick=_stop)
    assert not (tmp_path / "model.onnx").exists()
    learning.learn(lesson, OPTIONS, "tensorflow", tmp_path, work, tick=lambda done, _: steps.append(done))
    assert steps == list(range(21, 41))
    assert (tmp_path / "model.onnx").read_bytes() == (learned["tensorflow"] / "model.onnx").read_bytes()


def _stop(done: int, total: int) -> None:
    assert total == 40
    if done == 25:
        raise StopError


def test_probabilities_know_how_many_strangers_there_are(
    needs: Callable[..., None], lesson: Lesson, tmp_path: Path
) -> None:
    """A network that learned from more of them than are expected has learned a prior that is not meant."""
    needs(*PACKAGES["pytorch"], "onnxruntime")
    images, labels = draw(400, 6)
    rows = np.concatenate([np.flatnonzero(labels == number)[:count] for number, count in enumerate((30, 60, 90))])
    training = Examples(images[rows], labels[rows])
    strange = replace(lesson, classes=("dot", "line", "none_of_these"), training=training)
    options = replace(OPTIONS, epochs=1, rarity=0.1)
    known = learning.learn(strange, options, "pytorch", tmp_path, tmp_path / "work").novelty
    assert (known.stranger, known.rarity) == (2, pytest.approx(0.1 / 2))


def test_something_must_be_held_out(lesson: Lesson, tmp_path: Path) -> None:
    empty = replace(lesson, held_out=Examples(*draw(0, 1)))
    with pytest.raises(NoDataError, match="no image is held out to calibrate with"):
        learning.learn(empty, OPTIONS, "pytorch", tmp_path, tmp_path / "work")
    images, labels = draw(9, 1)
    strange = replace(
        lesson, classes=("dot", "line", "none_of_these"), held_out=Examples(images, np.full_like(labels, 2))
    )
    with pytest.raises(NoDataError, match="no image is held out to calibrate with"):
        learning.learn(strange, OPTIONS, "pytorch", tmp_path, tmp_path / "work")


def test_images_of_another_form_are_refused_before_a_framework_is_loaded(learned: Learned) -> None:
    with pytest.raises(UsageError, match="got uint8"):
        learning.FrameworkClassifier(learned["pytorch"] / "model.keras", "tensorflow")(np.zeros((1, 8, 8, 2), np.uint8))
