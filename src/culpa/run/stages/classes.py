"""The class stage: an image of every trigger of the main channel, and what a network takes it for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ... import settings as toml
from ...acquire.atomic import atomic
from ...acquire.datafiles import at
from ...acquire.sources import Source
from ...acquire.triggerlists import load_lists
from ...evaluate.predictions import read_predictions
from ...identify.images import ImageForm
from ...identify.learning import WEIGHTS
from ...identify.shipped import FOLDER as FOLDER
from ...identify.shipped import OWN, ClassesSettings, classifier
from ...report.classes import FILE, class_table, write_class_table
from ...report.day.channels import vetoed_in
from ...types import UNKNOWN, Events
from ..assignment import Assignment
from ..blocks import REACH
from ..glitches import Seen, look, write_classified
from ..outcome import Action, Outcome
from ..plan import HIDDEN, Job, Resources
from ..scoring import PREDICTIONS, read_veto
from . import LISTS, hveto, training, triggers

NAME = "classes"
CODE = (
    "acquire",
    "condition",
    "decompose",
    "evaluate/predictions.py",
    "identify",
    "report/classes.py",
    "report/day/channels.py",
    "report/hveto/tables.py",
    "run/stages/classes.py",
    "run/drifting.py",
    "run/glitches.py",
    "run/blocks.py",
    "run/scans.py",
    "run/scoring.py",
)
PACKAGES = ("numpy", "scipy", "pyfftw", "gwframe", "onnxruntime", "pillow", *LISTS)
WITNESSES = f"{FOLDER}/{FILE}"

_SECONDS = 1.0, 0.05
"""Processor seconds per job, and per trigger: measured."""
_PER_HOUR = 300
"""Triggers per hour that are reckoned with."""
_MEMORY = 600.0
_BYTES = 1e4


def jobs(of: Assignment) -> Iterator[Job]:
    """Images for each chunk of the main channel, one table of their classes, one of these by witness.

    None where nothing is searched, and no table by witness where there can be no veto.
    """
    recording, form = of.recording, triggers.best_format(of)
    lists = triggers.files(of, recording.main, form)
    images, settings = [], {"image": toml.plain(_form(of))}
    for (start, end), found in zip(triggers.spans(of, recording.main), lists, strict=True):
        expected = _PER_HOUR * (end - start) / 3600
        images.append(f"{HIDDEN}/images/{int(start)}.npz")
        yield Job(
            f"{NAME}/images/{int(start)}",
            "images",
            settings,
            {"channel": recording.main, "sample_rate": recording.rates[recording.main]},
            (found, *recording.paths(start - REACH, end + REACH)),
            (images[-1],),
            Resources(_SECONDS[0] + _SECONDS[1] * expected, _MEMORY, 2 * _BYTES * expected),
        )
    if images:
        yield Job(
            f"{NAME}/table",
            "table",
            {"classes": toml.plain(of.classes)},
            {"channel": recording.main},
            (*images, *_model(of.classes)),
            (PREDICTIONS,),
            Resources(2.0, 500, 1e6),
        )
    if images and any(hveto.jobs(of)):
        inputs = (PREDICTIONS, f"{hveto.FOLDER}/summary.json", *lists)
        yield Job(f"{NAME}/witnesses", "witnesses", {}, {}, inputs, (WITNESSES,), Resources(0.5, 300, 1e4))


def _model(chosen: ClassesSettings) -> tuple[str, ...]:
    """The file of a model that is not culpa's."""
    if chosen.train:
        return (OWN if chosen.framework == "onnxruntime" else f"{FOLDER}/{WEIGHTS}",)
    file = chosen.file  # which is not there for every framework
    return (str(file),) if chosen.model else ()


def _form(of: Assignment) -> ImageForm:
    if of.classes.train:
        return training.form_of(of)
    if of.classes.model is None or not of.classes.file.exists():  # one that is gone is no reason not to plan the rest
        return ImageForm()
    return classifier(of.classes).description.form


def _images(job: Job, folder: Path) -> Outcome:
    what, form = job.parameters, toml.build(ImageForm, job.settings["image"], "image")
    channel = what["channel"]
    events = load_lists([folder / job.inputs[0]])[0].get(channel, Events.empty())
    files = [folder / path for path in job.inputs[1:] if (folder / path).exists()]
    seen = Seen(np.zeros((0, *form.shape), np.uint8), np.zeros(0))
    if len(events):
        seen = look(Source(tuple(at(files)), {channel: what["sample_rate"]}), channel, events["time"].tolist(), form)
    (path,) = job.outputs
    with atomic(folder / path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, pixels=seen.pixels, gps=seen.gps)
    return Outcome(job.outputs, {"remarks": sorted({*seen.problems})} if seen.problems else {})


def _table(job: Job, folder: Path) -> Outcome:
    parts = [np.load(folder / path) for path in job.inputs if path.endswith(".npz")]
    judge = classifier(toml.build(ClassesSettings, job.settings["classes"], "classes").of_day(folder))
    pixels, gps = (np.concatenate([part[name] for part in parts]) for name in ("pixels", "gps"))
    channel = np.full(len(gps), job.parameters["channel"])
    done = write_classified(judge, pixels, gps, channel, folder / FOLDER)
    table = done.table
    counts: dict[str, Any] = {name: table.names.count(name) for name in table.classes if name in table.names}
    result = {"images": len(table), "classes": counts, UNKNOWN: int(table.flagged.sum()), "drift": list(done.drifted)}
    return Outcome(tuple(path.relative_to(folder).as_posix() for path in done.files), result)


def _witnesses(job: Job, folder: Path) -> Outcome:
    predictions, summary, *lists = job.inputs
    if not (folder / summary).exists():
        return Outcome((), {"empty": "there was nothing to veto"})
    main, rounds = read_veto(folder / hveto.FOLDER)
    times = load_lists(folder / path for path in lists)[0].get(main, Events.empty())["time"]
    of = vetoed_in(times, {one.number: one.vetoed for one in rounds})
    winners = {one.number: one.winner for one in rounds}
    write_class_table(class_table(main, times, of, winners, read_predictions(folder / predictions)), folder / FOLDER)
    return Outcome(job.outputs)


ACTIONS: dict[str, Action] = {"images": _images, "table": _table, "witnesses": _witnesses}
