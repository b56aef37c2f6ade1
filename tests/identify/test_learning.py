"""Both frameworks, each in a process of its own, as `culpa train` and `culpa classify --framework` use them."""

from concurrent.futures import ThreadPoolExecutor
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
from culpa.identify.training import Examples

from .conftest import OPTIONS, draw

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
    assert said.unknown.mean() < 0.15
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
    pairs = [(made, read) for made in FRAMEWORKS for read in FRAMEWORKS if made != read]

    def said(pair: tuple[Framework, Framework]):  # type: ignore[no-untyped-def]
        return learning.classify(learned[pair[0]] / "model.keras", pair[1], images, lesson.form)

    with ThreadPoolExecutor() as pool:
        for (made, read), got in zip(pairs, pool.map(said, pairs), strict=True):
            expected = Classifier(learned[made] / "model.onnx")(images)
            assert np.ptp(expected.outputs.logits) > 1
            for name in ("logits", "embedding"):
                values, truth = getattr(got.outputs, name), getattr(expected.outputs, name)
                np.testing.assert_allclose(values, truth, atol=1e-4, err_msg=f"{name}, {made} to {read}")
            np.testing.assert_array_equal(got.best, expected.best)
            np.testing.assert_allclose(got.surprise, expected.surprise, atol=1e-3)


def test_a_training_that_was_killed_gives_the_same_model(learned: Learned, lesson: Lesson, tmp_path: Path) -> None:
    """Ten steps an epoch; the process that trains gets kill -9 in the middle of the third."""

    def resumed(framework: Framework) -> list[int]:
        folder, steps = tmp_path / framework, list[int]()
        with pytest.raises(StopError):
            learning.learn(lesson, OPTIONS, framework, folder, folder / "work", tick=_stop)
        learning.learn(lesson, OPTIONS, framework, folder, folder / "work", tick=lambda done, _: steps.append(done))
        return steps

    with ThreadPoolExecutor() as pool:
        for framework, steps in zip(FRAMEWORKS, pool.map(resumed, FRAMEWORKS), strict=True):
            assert steps == list(range(21, 41))
            model = (tmp_path / framework / "model.onnx").read_bytes()
            assert model == (learned[framework] / "model.onnx").read_bytes()


def _stop(done: int, total: int) -> None:
    assert total == 40
    if done == 25:
        raise StopError


def test_something_must_be_held_out(lesson: Lesson, tmp_path: Path) -> None:
    empty = replace(lesson, held_out=Examples(*draw(0, 1)))
    with pytest.raises(NoDataError, match="no image is held out to calibrate with"):
        learning.learn(empty, OPTIONS, "pytorch", tmp_path, tmp_path / "work")


def test_images_of_another_form_are_refused_before_a_framework_is_loaded(learned: Learned) -> None:
    with pytest.raises(UsageError, match="got uint8"):
        learning.classify(learned["pytorch"] / "model.keras", "tensorflow", np.zeros((1, 8, 8, 2), np.uint8))
