"""What is told of a trained network, for people: the content of its card."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..identify.description import Description
from ..identify.learning import HISTORY, WEIGHTS, read_history
from ..identify.novelty import Novelty
from ..identify.settings import TrainSettings
from ..report.model.comparison import Contender
from ..report.model.record import ModelRecord
from ..types import NONE_OF_THESE
from .training_material import Material, sources
from .training_task import Task, versions

_UNEQUAL = 3
"""Classes of which one has so many times the images of another are not equally frequent."""


def model_record(
    task: Task, of: Description, found: Contender, identity: str, seconds: float, resumed: bool
) -> ModelRecord:
    """The record of a task's network, which was trained in so many seconds, or went on (`resumed`) for so many."""
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
