"""What `culpa train` was asked for, and the doing of it."""

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from .. import __version__
from .. import settings as toml
from ..acquire.atomic import atomic, remove_leftovers
from ..errors import NoDataError, UsageError, nearest
from ..evaluate.judgement import summary
from ..evaluate.scorefile import plain
from ..identify import backend
from ..identify.backend import Framework
from ..identify.folders import ImageSet
from ..identify.learning import HISTORY, MODEL, WEIGHTS
from ..identify.rendering import RenderSettings
from ..identify.settings import TrainSettings
from ..identify.shipped import FOLDER
from ..identify.tracking import Tracked, TrackingSettings, require
from ..report.model.comparison import Contender, write_comparison
from ..report.model.files import CARD, FIGURES, NUMBERS
from . import training_set
from .at_work import at_work
from .configuration import section
from .days import Day
from .lock import locked
from .stages import training_set as training_set_stage
from .training_day import OfDay
from .training_material import Material, check_start, material
from .training_model import held_out_score, train
from .training_task import Task
from .training_track import recorded

BOTH = "both"
FILES = (WEIGHTS, HISTORY, *FIGURES, CARD, MODEL, NUMBERS)


@dataclass(frozen=True)
class Request:
    """What is to be trained: with the images of a folder, or with those of a mock day, made first."""

    options: TrainSettings
    frameworks: tuple[Framework, ...]
    images: Path
    output: Path
    start: Path | None
    tracking: TrackingSettings
    of_day: OfDay | None = None

    def alone(self) -> AbstractContextManager[int]:
        """Nobody else writes into the folder meanwhile."""
        return at_work(self.of_day.day.folder) if self.of_day else locked(self.output)

    def store(self) -> Path:
        """The database of trainings."""
        home = self.of_day.day.results if self.of_day else self.output
        return self.tracking.store or home / "tracking" / "mlflow.db"


def request(
    which: date | None,
    images: Path | None,
    output: Path | None,
    framework: str,
    start: Path | None = None,
    track: bool = False,
    config_file: Path | None = None,
    **train: Any,
) -> Request:
    """The request that the command line means; `train` are settings over those of a file (None: not given).

    Raises UsageError where it contradicts itself, NoDataError where there is no model to start from.
    """
    options = toml.replace(toml.build(TrainSettings, section(config_file, "train"), "train"), **train)
    tracking = toml.build(TrackingSettings, section(config_file, "tracking"), "tracking")
    tracking = toml.replace(tracking, on=track or None)
    frameworks = _frameworks(framework)
    if start and not start.is_file():
        raise NoDataError(f"no model {start}", "give a model.keras of culpa train")
    if (which is None) == (images is None):
        raise UsageError("train with which images?", "give either --images DIR, or the DATE of a mock day")
    if which:
        render = toml.build(RenderSettings, section(config_file, "training_set"), "training_set")
        of_day = OfDay(Day(which, output or Path("results")), render.form, seed=render.seed)
        home = of_day.day.folder
        images, output = home / training_set_stage.FOLDER, home / FOLDER
        return Request(options, frameworks, images, output, start, tracking, of_day)
    if output is None:
        raise UsageError("where should the model go?", "give a folder with -o")
    if images and images.resolve() in (output.resolve(), *output.resolve().parents):
        raise UsageError(
            f"{output} is in the folder of the images, whose folders are classes", "give another folder with -o"
        )
    return Request(options, frameworks, images or Path(), output, start, tracking)


def _frameworks(word: str) -> tuple[Framework, ...]:
    known: tuple[Framework, ...] = get_args(Framework)
    if word != BOTH and word not in known:
        raise UsageError(f"unknown framework {word!r}", nearest(word, [*known, BOTH]))
    return known if word == BOTH else (backend.framework(word),)


def plan(of: Request) -> dict[str, Any]:
    """What would be done: the images of each part by class; of a day, the images that would be made."""
    if of.of_day:
        return {"folder": str(of.output), "training set": of.of_day.plan()}
    return {"folder": str(of.output), "split": material(of.images, of.options.seed, quiet=True).counts()}


def make(of: Request, workers: int, quiet: bool) -> tuple[dict[str, Any], Path]:
    """Train; returns what came of it, and the path of the model.

    Raises MissingExtraError where a framework or MLflow is not installed, and what reading the images and training do.
    """
    for name in of.frameworks:
        backend.require(name, f"training with {name}")
    if of.tracking.on:
        require()
    with of.alone():
        remove_leftovers(of.output)
        if of.of_day:
            training_set.make(of.of_day, of.images, workers, quiet)
        found = material(of.images, of.options.seed, quiet)
        if of.start:
            check_start(of.start, found, of.options)
        work = [_task(of, found, name) for name in of.frameworks]
        results = [train(task, quiet) for task in work]
        best = work[0] if len(work) == 1 else max(work, key=held_out_score)  # the first, if they are equal
        if len(work) > 1:
            _compare(found.exam(of.options.rarity), results, best, of.output)
        tracked = [recorded(task, of.store()) for task in work] if of.tracking.on else []
    return _summary(of, found, results, best, tracked), of.output / MODEL


def _task(of: Request, found: Material, name: Framework) -> Task:
    folder = of.output / name if len(of.frameworks) > 1 else of.output
    return Task(found, of.options, name, folder, of.images, of.start)


def _compare(exam: ImageSet, results: list[Contender], best: Task, output: Path) -> None:
    """The frameworks side by side, and the files of the best of them on top, its numbers last: they say it is done."""
    (output / NUMBERS).unlink(missing_ok=True)
    names = [f"{path.parent.name}/{path.name}" for path in exam.files]
    write_comparison(results, names, exam.labels, output)
    for name in FILES:
        with atomic(output / name) as temporary:
            shutil.copyfile(best.folder / name, temporary)


def _summary(
    of: Request, found: Material, results: list[Contender], best: Task, tracked: list[Tracked]
) -> dict[str, Any]:
    chosen = {"framework": best.framework, "version": __version__, "settings": toml.plain(of.options)}
    return {
        "folder": str(of.output),
        **chosen,
        "split": found.counts(),
        "frameworks": {
            one.name: plain(
                {
                    "epochs": one.epochs,
                    "seconds": one.seconds,
                    "images_per_second": one.speed,
                    "test": summary(one.judgement),
                }
            )
            for one in results
        },
        "tracked": [vars(one) for one in tracked],
        "store": str(of.store()) if tracked else None,
    }


def tell(summary: dict[str, Any]) -> str:
    """How well it does, in a few lines."""
    lines = [_line(name, one) for name, one in summary["frameworks"].items()]
    if len(lines) > 1:
        lines.append(f"the model on top is that of {summary['framework']}: the better one on the calibration images")
    lines += [f"recorded as version {one['version']} of the model in {summary['store']}" for one in summary["tracked"]]
    return "\n".join([*lines, f"{summary['folder']}/{CARD} says what it is, how well it does, and where it fails"])


def _line(name: str, one: dict[str, Any]) -> str:
    test = one["test"]
    if not test["images"]:
        return (
            f"{name}: not judged, no image was left to test it with; {one['epochs']} epochs in {one['seconds']:.0f} s"
        )
    low, high = test["macro_f1_interval"]
    flagged = test["flags"]["known"]
    return (
        f"{name}: macro-F1 {test['macro_f1']:.3f} ({low:.3f}–{high:.3f}) on {test['images']:,} test images, "
        f"calibration error {test['calibration_error']:.3f}, {flagged['part']} of {flagged['whole']} flagged unknown; "
        f"{one['epochs']} epochs in {one['seconds']:.0f} s"
    )
