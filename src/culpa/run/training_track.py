"""A trained network in MLflow's records."""

import json
from pathlib import Path
from typing import Any

from .. import settings as toml
from ..identify.learning import HISTORY, MODEL, WEIGHTS, read_history
from ..identify.tracking import Tracked, Training, track
from ..report.model.files import CARD, FIGURES, NUMBERS
from .training_task import Task

NAME = "culpa-glitches"
"""Of the model, in the registry."""


def recorded(task: Task, store: Path) -> Tracked:
    """Record a finished training, with its files; one that is recorded already is not recorded again."""
    numbers = json.loads((task.folder / NUMBERS).read_text(encoding="utf-8"))
    names = (MODEL, WEIGHTS, HISTORY, NUMBERS, CARD, *FIGURES)
    training = Training(
        numbers["fingerprint"],
        NAME,
        {"framework": task.framework, "images": len(task.material.images), **toml.plain(task.options)},
        read_history(task.folder / HISTORY),
        _metrics(numbers),
        [task.folder / name for name in names],
    )
    return track(training, store)


def _metrics(numbers: dict[str, Any]) -> dict[str, float]:
    """The numbers of the test that are numbers."""
    test = numbers["judgements"][0]
    names = ("macro_f1", "accuracy", "calibration_error", "log_loss", "brier")
    found = {f"test_{name}": test[name] for name in names} | {"training_seconds": numbers["seconds"]}
    return {name: value for name, value in found.items() if value is not None}
