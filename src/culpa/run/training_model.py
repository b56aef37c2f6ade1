"""One trained network in a folder: learned, judged by images that it has not seen, described."""

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import settings as toml
from ..acquire.atomic import atomic
from ..evaluate.classes import confusion, macro_f1
from ..evaluate.judgement import judge
from ..identify import kerasfile, modelfile, tasks
from ..identify.description import Description
from ..identify.drift import make_reference
from ..identify.features import image_features
from ..identify.inference import Classifier
from ..identify.learning import HISTORY, MODEL, WEIGHTS, Lesson, learn, read_history
from ..report.model.comparison import Contender
from ..report.model.files import NUMBERS, write_model_report
from .plan import HIDDEN
from .progress import progress
from .training_record import model_record
from .training_task import Task

log = logging.getLogger(__name__)

BEGUN = "identity"
"""File, in the folder of a training that is not finished, that says which one it is."""


def train(task: Task, quiet: bool) -> Contender:
    """Train and write the files of a network, and say how well it does; what was done already is not done again.

    A training that was interrupted goes on, one of other images or settings begins anew. Raises as `learning.learn`.
    """
    identity, work = task.identity(), task.folder / HIDDEN / "training"
    if is_done(task.folder, identity):
        log.warning("%s is trained with these images and settings already: nothing to do", task.folder)
        shutil.rmtree(work, ignore_errors=True)  # where its removal was interrupted
        return contender(task)
    resumed = prepare(work, identity)
    images, examples = task.material.images, task.material.examples
    lesson = Lesson(
        images.classes,
        images.form,
        examples("train"),
        examples("validation"),
        examples("calibration"),
        task.record(),
    )
    begun = time.perf_counter()
    with _bar(task, quiet) as tick:
        learned = learn(lesson, task.options, task.framework, work / "learned", work, task.start, tick)
    _finish(task, learned, work, identity, time.perf_counter() - begun, resumed)
    shutil.rmtree(work)
    return contender(task)


def is_done(folder: Path, identity: str) -> bool:
    """Whether a folder has all files of a network that is the result of this training."""
    try:
        found = json.loads((folder / NUMBERS).read_text(encoding="utf-8"))["fingerprint"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return bool(found == identity) and all((folder / name).exists() for name in (MODEL, WEIGHTS, HISTORY))


def prepare(work: Path, identity: str) -> bool:
    """Make the folder of an unfinished training that of this one; whether there was something of it."""
    mark = work / BEGUN
    there = mark.read_text(encoding="utf-8") if mark.exists() else ""
    if there == identity:
        return (work / tasks.STATE).exists()
    if there:
        log.warning("%s holds an unfinished training with other images or settings: begun anew", work)
    if work.exists():  # without a mark, too: its removal was interrupted
        shutil.rmtree(work)
    with atomic(mark) as temporary:
        temporary.write_text(identity, encoding="utf-8")
    return False


@contextmanager
def _bar(task: Task, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar over the steps of all epochs; it ends early where the training does."""
    images, done = len(task.material.divided.rows("train")), 0
    steps = task.options.epochs * (images // max(1, min(task.options.batch, images)))
    with progress(f"training with {task.framework}", steps, quiet) as step:

        def tick(now: int, _total: int) -> None:
            nonlocal done
            for _ in range(now - done):
                step()
            done = now

        yield tick


def _finish(task: Task, learned: Description, work: Path, identity: str, seconds: float, resumed: bool) -> None:
    """The files of the network, the numbers last: they say that it is done, and until then nothing does."""
    (task.folder / NUMBERS).unlink(missing_ok=True)
    found = contender(replace(task, folder=work / "learned"))
    description = replace(learned, training={**learned.training, **_known_of(task, work / "learned", found)})
    modelfile.write(task.folder / MODEL, (work / tasks.GRAPH).read_bytes(), description)
    kerasfile.write(task.folder / WEIGHTS, work / tasks.WEIGHTS, description)
    with atomic(task.folder / HISTORY) as temporary:
        shutil.copyfile(work / tasks.HISTORY, temporary)
    write_model_report(model_record(task, description, found, identity, seconds, resumed), task.folder)


def _known_of(task: Task, folder: Path, found: Contender) -> dict[str, Any]:
    """What the model's file says of images that the network has not learned from."""
    some = task.material.of("calibration", "test")
    said = Classifier(folder / MODEL, task.options.threads)(some.images)
    features = image_features(some.images, some.form) | {"probability": said.probabilities.max(axis=1)}
    reference = make_reference(features, said.best, some.classes)
    judged = found.judgement
    numbers = {"images": judged.accuracy.whole, "macro_f1": judged.macro_f1, "right": judged.accuracy.part}
    return {"test": numbers, "drift": toml.plain(reference)}


def contender(task: Task) -> Contender:
    """What the network in the folder says of the images that nothing was fitted to, and how fast."""
    classifier, test = Classifier(task.folder / MODEL, task.options.threads), task.material.exam(task.options.rarity)
    begun = time.perf_counter()
    said = classifier(test.images)
    speed = len(test) / (time.perf_counter() - begun)
    random = np.random.default_rng(task.options.seed)
    judgement = judge("test images", test.classes, test.labels, said.probabilities, said.unknown, random)
    epochs = len(read_history(task.folder / HISTORY))
    return Contender(task.framework, judgement, said.probabilities, epochs, _seconds(task.folder), speed)


def _seconds(folder: Path) -> float:
    try:
        return float(json.loads((folder / NUMBERS).read_text(encoding="utf-8"))["seconds"])
    except FileNotFoundError:
        return float("nan")


def held_out_score(task: Task) -> float:
    """Macro-F1 on the images that the network was calibrated with: by it, not by the test, frameworks are chosen."""
    some = task.material.exam(task.options.rarity, "calibration")
    said = Classifier(task.folder / MODEL, task.options.threads)(some.images)
    return macro_f1(confusion(some.labels, said.best, len(some.classes)))
