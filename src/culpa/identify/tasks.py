"""What is done in a process with a framework: each task finds its input in a folder, and leaves its results there."""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import settings
from ..acquire.atomic import atomic
from ..types import Floats
from . import export, kerasfile
from .backend import Framework, keras
from .images import ImageForm, Pixels
from .inference import BATCH, answers, joined
from .outputs import Outputs
from .settings import TrainSettings
from .training import Examples, Tick, train

TASK = "task.json"
STATE = "state.npz"
GRAPH = "graph.onnx"
WEIGHTS = "weights.keras"
HISTORY = "history.csv"


def put_training(
    folder: Path,
    options: TrainSettings,
    weights: Floats,
    form: ImageForm,
    training: Examples,
    validation: Examples,
    start: Path | None = None,
) -> None:
    """Write what `_train` reads. A `STATE` in the folder stays: it is checked against the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {"settings": settings.plain(options), "form": settings.plain(form)}
    task = {**told, "weights": weights.tolist(), "start": start and str(start)}
    for name, part in (("training", training), ("validation", validation)):
        _save(folder / f"{name}_images.npy", part.images)
        _save(folder / f"{name}_labels.npy", part.labels)
    with atomic(folder / TASK) as temporary:
        temporary.write_text(json.dumps(task))


def _train(framework: Framework, folder: Path, tick: Tick) -> None:
    task = json.loads((folder / TASK).read_text())
    options = settings.build(TrainSettings, task["settings"], "train")
    training, validation = (_examples(folder, name) for name in ("training", "validation"))
    start = Path(task["start"]) if task["start"] else None
    trained = train(
        keras(framework, threads=options.threads),
        options,
        np.array(task["weights"]),
        settings.build(ImageForm, task["form"], "form"),
        training,
        validation,
        folder / STATE,
        start,
        tick,
    )
    trained.model.save(folder / WEIGHTS)
    (folder / GRAPH).write_bytes(export.onnx_graph(trained.model))
    write_history(folder / HISTORY, trained.history)


def _examples(folder: Path, name: str) -> Examples:
    return Examples(_load(folder / f"{name}_images.npy"), _load(folder / f"{name}_labels.npy"))


def write_history(path: Path, history: tuple[Mapping[str, float], ...]) -> None:
    """Rows of numbers, one per epoch, as CSV, atomically."""
    with atomic(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(history[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)


def put_images(folder: Path, model: Path, images: Pixels, threads: int) -> None:
    """Write what `_infer` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    _save(folder / "images.npy", images)
    (folder / TASK).write_text(json.dumps({"model": str(model.absolute()), "threads": threads}))


def get_outputs(folder: Path) -> Outputs:
    """What `_infer` left."""
    return Outputs(*(np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("logits", "embedding")))


def _infer(framework: Framework, folder: Path, tick: Tick) -> None:
    task = json.loads((folder / TASK).read_text())
    model = kerasfile.load(keras(framework, threads=task["threads"]), Path(task["model"]))
    images = _load(folder / "images.npy")
    results = []
    for index, answer in enumerate(answers(model.predict_on_batch, images)):
        results.append(answer)
        tick(index + 1, -(-len(images) // BATCH))
    said = joined(results, len(images), [output.shape[-1] for output in model.outputs])
    np.save(folder / "logits.npy", said.logits)
    np.save(folder / "embedding.npy", said.embedding)


def _save(path: Path, array: Any) -> None:
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.save(file, array)


def _load(path: Path) -> Any:
    return np.load(path, mmap_mode="r", allow_pickle=False)


TASKS: dict[str, Callable[[Framework, Path, Tick], None]] = {"train": _train, "infer": _infer}
