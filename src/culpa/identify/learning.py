"""From labelled images to the files of a trained network: training apart, then calibration and novelty."""

import csv
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..acquire.atomic import atomic
from ..errors import NoDataError
from ..types import NONE_OF_THESE, Floats
from . import apart, calibration, inference, kerasfile, modelfile, novelty, tasks
from .backend import Framework
from .description import Description
from .images import ImageForm, Pixels
from .inference import Predictions
from .settings import TrainSettings
from .training import Examples, Tick, class_weights

MODEL, WEIGHTS, HISTORY = "model.onnx", "model.keras", "history.csv"


@dataclass(frozen=True)
class Lesson:
    """What is to be learned: sets that share no glitch, of images of one form, labels being indices into `classes`.

    `training` changes the weights, `validation` says when to stop, `held_out` gives temperature and threshold. `record`
    goes into the model's description, for people.
    """

    classes: tuple[str, ...]
    form: ImageForm
    training: Examples
    validation: Examples
    held_out: Examples
    record: Mapping[str, Any] = field(default_factory=dict)


def learn(
    lesson: Lesson,
    options: TrainSettings,
    framework: Framework,
    folder: Path,
    work: Path,
    start: Path | None = None,
    tick: Tick = lambda _done, _total: None,
) -> Description:
    """Train a network and write `model.onnx`, `model.keras` and `history.csv` into a folder.

    `work` is a folder for what lies between, which the caller removes in the end: a training that was killed goes on
    from there. `start` is a `model.keras` whose weights to begin with. Raises MissingExtraError without the framework,
    NoDataError for a class or a set without images, UsageError for a `work` or a `start` of another training.
    """
    stranger = lesson.classes.index(NONE_OF_THESE) if NONE_OF_THESE in lesson.classes else None
    familiar = lesson.held_out.labels != (-1 if stranger is None else stranger)
    if not familiar.any():
        raise NoDataError("no image is held out to calibrate with", "give more images: some of each class are held out")
    labels = lesson.training.labels
    weights = class_weights(labels, len(lesson.classes), stranger) if options.balance else np.ones(len(lesson.classes))
    parts = weights, lesson.form, lesson.training, lesson.validation
    tasks.put_training(work, options, *parts, start)
    apart.perform("train", framework, work, tick)
    graph = (work / tasks.GRAPH).read_bytes()
    session = modelfile.open_graph(graph, options.threads)
    training, held_out = (inference.outputs(session, part.images) for part in (lesson.training, lesson.held_out))
    known = novelty.statistics(training, labels, len(lesson.classes))
    rarity = options.rarity / _learned(weights * np.bincount(labels, minlength=len(weights)), stranger)
    description = Description(
        lesson.classes,
        options.architecture,
        lesson.form,
        calibration.fitted_temperature(held_out.logits, lesson.held_out.labels),
        novelty.fit(known, held_out.take(familiar), options.false_flags, stranger, rarity),
        {**lesson.record, "framework": framework, "settings": options},
    )
    modelfile.write(folder / MODEL, graph, description)
    kerasfile.write(folder / WEIGHTS, work / tasks.WEIGHTS, description)
    with atomic(folder / HISTORY) as temporary:
        temporary.write_bytes((work / tasks.HISTORY).read_bytes())
    return description


def _learned(weights: Floats, stranger: int | None) -> float:
    """How much the class of strangers weighs in the loss, for each other class on average."""
    return 1.0 if stranger is None else float(weights[stranger] / np.delete(weights, stranger).mean())


def read_history(path: Path) -> tuple[dict[str, float], ...]:
    """The rows of a `history.csv`, one per epoch: epoch, learning_rate, loss, accuracy, val_loss, val_accuracy."""
    with path.open(newline="") as file:
        return tuple({name: float(value) for name, value in row.items()} for row in csv.DictReader(file))


@dataclass(frozen=True)
class FrameworkClassifier:
    """A trained network in `model.keras`, run by a framework: says what `inference.Classifier` says, to about 1e-5."""

    model: Path
    framework: Framework
    threads: int = 1

    @cached_property
    def description(self) -> Description:
        """What is known of the network. Raises UsageError for a file that is not one."""
        return kerasfile.read_description(self.model)

    def __call__(
        self, images: Pixels, form: ImageForm | None = None, tick: Tick = lambda _done, _total: None
    ) -> Predictions:
        """Predictions for images (n, height, width, views).

        Raises MissingExtraError without the framework, UsageError for images of another form.
        """
        inference.require_form(self.description, images, form)
        with tempfile.TemporaryDirectory(prefix="culpa-") as folder:
            tasks.put_images(Path(folder), self.model, images, self.threads)
            apart.perform("infer", self.framework, Path(folder), tick)
            return inference.interpreted(self.description, tasks.get_outputs(Path(folder)))
