"""The stage of training: a network of the day's own, which then classifies its triggers."""

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from ... import settings as toml
from ...errors import CulpaError
from ...identify import backend
from ...identify.folders import ImageSet, list_labelled
from ...identify.imagefiles import read_image
from ...identify.images import ImageForm
from ...identify.learning import HISTORY, MODEL, WEIGHTS
from ...identify.settings import TrainSettings
from ...identify.shipped import FOLDER
from ...report.model.files import CARD, FIGURES, NUMBERS
from ..assignment import Assignment
from ..outcome import Action, Outcome
from ..plan import Job, Resources
from ..training_material import material
from ..training_model import train
from ..training_parts import FILE, read_parts
from ..training_task import Task, versions
from . import training_set

NAME = "training"
CODE = (
    "acquire/atomic.py",
    "acquire/mock/families.py",
    "evaluate",
    "identify",
    "report/figures.py",
    "report/model",
    "report/numbers.py",
    "run/stages/training.py",
    "run/training_material.py",
    "run/training_model.py",
    "run/training_record.py",
    "run/training_task.py",
    "run/training_parts.py",
)
PACKAGES = ("numpy", "scipy", "pillow", "h5py", "matplotlib", "onnxruntime")
"""Besides those of the framework, which are a parameter: another framework changes nothing."""
OUTPUTS = tuple(f"{FOLDER}/{name}" for name in (WEIGHTS, HISTORY, *FIGURES, CARD, NUMBERS, MODEL))
SCORE = f"{FOLDER}/{NUMBERS}"

_SECONDS = {"compact": 1.5e-3, "resnet18": 16e-3, "resnet50": 55e-3}
"""Processor seconds per epoch and image, whatever part it is in: measured."""
_START = 40.0
"""Processor seconds before the first epoch and after the last one."""
_MEMORY = 1200.0, 3.0
"""MB of the framework, and copies of the images that are held."""
_BYTES = 5e6


def jobs(of: Assignment) -> Iterator[Job]:
    """One that trains, if a model is to be trained.

    Raises NoDataError or CulpaError for a folder of images that is none.
    """
    if not of.classes.train:
        return
    place, files = _images(of)
    pixels = len(files) * prod(form_of(of).shape) / 1e6
    options, framework = of.train, of.classes.trained_with
    steps = len(files) * options.epochs
    yield Job(
        f"{NAME}/network",
        "network",
        {"train": toml.plain(options)},
        {"images": place, "framework": framework, "packages": versions(framework), **_glitches_of(of)},
        (*files, f"{place}/{FILE}"),
        OUTPUTS,
        Resources(
            _START + _SECONDS[options.architecture] * steps,
            _MEMORY[0] + _MEMORY[1] * pixels,
            _BYTES + 2e6 * pixels,
            options.threads,
        ),
    )


def _glitches_of(of: Assignment) -> dict[str, Any]:
    """Where the glitches are that the network is going to classify: channel, first and last time (GPS s)."""
    bounds = of.recording.stretches[of.recording.main].bounds or ((0.0, 0.0),)
    return {"channel": of.recording.main, "start": bounds[0][0], "end": bounds[-1][1]}


def _images(of: Assignment) -> tuple[str, list[str]]:
    """The training folder, and the images in it."""
    if of.classes.images:
        return of.classes.images.as_posix(), [path.as_posix() for path in list_labelled(of.classes.images).files]
    rendered = (job for job in training_set.jobs(of) if job.action == "render")
    return training_set.FOLDER, [path for job in rendered for path in job.outputs]


def form_of(of: Assignment) -> ImageForm:
    """What the pixels of the images stand for that a model is trained with."""
    if of.classes.images is None:
        return of.training_set.form
    return read_image(list_labelled(of.classes.images).files[0]).form


def _network(job: Job, folder: Path) -> Outcome:
    """Always trains: what is there has been found not to be what it should be. One that was interrupted goes on."""
    what, options = job.parameters, toml.build(TrainSettings, job.settings["train"], "train")
    framework = backend.framework(what["framework"])
    backend.require(framework, f"training with {framework}")
    images = folder / what["images"]
    _check(job, images, folder)
    (folder / SCORE).unlink(missing_ok=True)

    def check(found: ImageSet) -> None:
        of_day = (found.channel == what["channel"]) & (what["start"] <= found.gps) & (found.gps < what["end"])
        if of_day.any():
            raise _knows_them(images)

    some = material(images, options.seed, quiet=True, check=check)
    train(Task(some, options, framework, folder / FOLDER, images), quiet=True)
    return Outcome(job.outputs, {"framework": framework, **score_of(folder)})


def _check(job: Job, images: Path, folder: Path) -> None:
    """Raises CulpaError where the network would learn from other images than planned, or from glitches of this day."""
    planned = {folder / path for path in job.inputs}
    if others := [path for path in list_labelled(images).files if path not in planned]:
        raise CulpaError(
            f"{images} has {len(others)} images that are not in the plan, such as {others[0].name}",
            "move those away that do not belong there, or run again if it was added to meanwhile",
        )
    day = str(folder.absolute())
    if any((part.kind, part.details.get("day")) == ("day", day) for part in read_parts(images)):
        raise _knows_them(images)


def _knows_them(images: Path) -> CulpaError:
    return CulpaError(
        f"{images} has glitches of this day: what learns from them knows their classes by heart",
        "train with images of other days, or with simulated ones (without [classes] images)",
    )


def score_of(folder: Path) -> dict[str, float]:
    """Number of test images of the day's own model and its macro-F1 on them; nothing where there are none."""
    path = folder / SCORE
    if not path.exists():
        return {}
    judged = json.loads(path.read_text(encoding="utf-8"))["judgements"][0]
    return {"images": judged["images"], "macro_f1": judged["macro_f1"]} if judged["images"] else {}


ACTIONS: dict[str, Action] = {"network": _network}
