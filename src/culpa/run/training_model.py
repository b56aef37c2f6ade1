"""One trained network in a folder: learned, judged by images that it has not seen, described."""

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from .. import settings as toml
from ..acquire.atomic import atomic
from ..evaluate.classes import confusion, macro_f1
from ..evaluate.judgement import judge
from ..identify import kerasfile, modelfile, tasks
from ..identify.backend import Framework
from ..identify.checkpoint import fingerprint
from ..identify.description import Description
from ..identify.drift import make_reference
from ..identify.features import image_features
from ..identify.folders import NONE_OF_THESE
from ..identify.inference import Classifier
from ..identify.learning import HISTORY, MODEL, WEIGHTS, Lesson, learn, read_history
from ..identify.novelty import Novelty
from ..identify.settings import TrainSettings
from ..report.model.comparison import Contender
from ..report.model.files import NUMBERS, write_model_report
from ..report.model.record import ModelRecord
from .code import code_version
from .plan import HIDDEN
from .progress import progress
from .training_material import Material, command, sources, without_places

log = logging.getLogger(__name__)

BEGUN = "identity"
"""File, in the folder of a training that is not finished, that says which one it is."""
_UNEQUAL = 3
"""Classes of which one has so many times the images of another are not equally frequent."""
_PACKAGES = {
    "pytorch": ("keras", "torch", "onnx", "onnxruntime", "numpy"),
    "tensorflow": ("keras", "tensorflow", "tensorflow-cpu", "onnx", "onnxruntime", "numpy"),
}


@dataclass(frozen=True)
class Task:
    """A network to be trained with a framework; its files go into `folder`, `source` is the folder of the images."""

    material: Material
    options: TrainSettings
    framework: Framework
    folder: Path
    source: Path
    start: Path | None = None

    def identity(self) -> str:
        """Equal where the result would be the same, on this machine."""
        code = code_version(("identify",), _PACKAGES[self.framework])
        start = sha256(self.start.read_bytes()).hexdigest() if self.start else ""
        return fingerprint(self.framework, self.options, self.material.digest(), start, code)

    def record(self) -> dict[str, Any]:
        """What goes into the model's file: the same wherever the images lie and whenever it is trained."""
        return {
            "command": command(self.material, self.options, self.framework, self.start),
            "data": [without_places(part) for part in self.material.parts],
            "images": self.material.digest(),
            "split": self.material.counts(),
        }


def train(task: Task, quiet: bool) -> Contender:
    """Train and write the files of a network, and say how well it does; what was done already is not done again.

    A training that was interrupted goes on, one of other images or settings begins anew. Raises as `learning.learn`.
    """
    identity, work = task.identity(), task.folder / HIDDEN / "training"
    if is_done(task.folder, identity):
        log.warning("%s is trained with these images and settings already: nothing to do", task.folder)
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
    write_model_report(_told(task, description, found, identity, seconds, resumed), task.folder)


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


def _told(task: Task, of: Description, found: Contender, identity: str, seconds: float, resumed: bool) -> ModelRecord:
    history = read_history(task.folder / HISTORY)
    speed = f"{found.speed:,.0f} images per second with onnxruntime, {task.options.threads} threads, on this machine"
    facts = {"Inference": speed}
    if resumed:
        facts["Interrupted"] = "the time of training is that after the last interruption"
    return ModelRecord(
        title="Classifier of glitches",
        architecture=of.architecture,
        framework=task.framework,
        parameters=_parameters(task.folder / WEIGHTS),
        classes=of.classes,
        image=f"energies of a Q-scan, 8 bit, {of.form}.",
        sources=sources(task.material, task.source),
        counts=task.material.counts(),
        split=_split(task),
        settings=vars(task.options),
        history=history,
        best=1 + int(np.argmin([row["val_loss"] for row in history])),
        judgements=(found.judgement,),
        temperature=of.temperature,
        unknown=_unknown(of.novelty, task.options),
        command=of.training["command"],
        versions=versions(task.framework),
        seconds=seconds,
        fingerprint=identity,
        limits=tuple(_limits(task)),
        facts=facts,
    )


def _unknown(by: Novelty, options: TrainSettings) -> str:
    """When the flag is raised, for people."""
    share = 1 - options.false_flags
    if by.stranger is None:
        return (
            f"The flag `unknown` is raised where an image lies farther from those of training than {100 * share:g} % "
            "of the held-out images of known classes do."
        )
    return (
        f"The flag `unknown` is raised where the odds of {NONE_OF_THESE} are larger than for {100 * share:g} % of the "
        "held-out images of known classes, or where it is the most probable class. It is taken to be "
        f"{options.rarity:g} times as frequent as a class on average, and is as frequent among the test images."
    )


def _split(task: Task) -> str:
    many = len({*task.material.divided.block.tolist()})
    shares = ", ".join(f"{100 * share:g} % {name}" for name, share in _shares(task.material).items())
    return (
        f"By glitch and by time, in {many:,} blocks that share neither: {shares} (seed {task.options.seed}). "
        "A check of its own found no leak."
    )


def _shares(of: Material) -> Mapping[str, float]:
    return {name: round(len(of.divided.rows(name)) / len(of.images), 3) for name in of.divided.names}


def _limits(task: Task) -> Iterator[str]:
    kinds = {part.kind for part in task.material.parts}
    if kinds and kinds <= {"rendered", "day"}:
        yield "It has seen simulated glitches only; real ones vary more."
    if kinds == {"rendered"} and not any("files" in part.details for part in task.material.parts):
        yield "It has seen simulated noise only."
    if task.start:
        yield (
            f"It began with the weights of {task.start.name}: images that those have learned may be among the test "
            "images, and the numbers too good."
        )
    counts = [count for name, count in task.material.counts()["train"].items() if name != NONE_OF_THESE]
    if task.options.balance and max(counts) > _UNEQUAL * min(counts):
        yield (
            f"Its classes had from {min(counts):,} to {max(counts):,} images to train with, and weighed the same: "
            "probabilities are those of data in which all of them are equally frequent."
        )
    yield from task.material.lacking()


def versions(framework: Framework) -> dict[str, str]:
    """The versions that the weights depend on: culpa, and the packages that train with a framework, if installed."""
    found = {"culpa": __version__}
    for name in _PACKAGES[framework]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _parameters(path: Path) -> int:
    """How many numbers the weights file of a network holds."""
    import zipfile
    from io import BytesIO

    import h5py

    total = 0

    def count(_: str, found: Any) -> None:
        nonlocal total
        total += found.size if isinstance(found, h5py.Dataset) else 0

    with zipfile.ZipFile(path) as archive, h5py.File(BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(count)
    return total
