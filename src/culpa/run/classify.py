"""What `culpa classify` was asked for, and the doing of it."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from .. import gpstime
from .. import settings as toml
from ..acquire.sources import Source, open_source, resolve_channels
from ..acquire.triggerfolder import load_triggers
from ..errors import NoDataError, NoTriggersError, UsageError
from ..identify.folders import list_unlabelled, read_images
from ..identify.images import ImageForm
from ..identify.inference import Judge
from ..identify.predictions import (
    Predictions,
    check_sortable,
    read_predictions,
    sort_into_folders,
    write_predictions,
)
from ..identify.relabel import write_list
from ..identify.shipped import ClassesSettings, classifier
from ..report.numbers import plural
from ..types import UNKNOWN
from .assignment import Assignment, recorded
from .blocks import BLOCK, REACH
from .configuration import mock_data, section
from .days import Day
from .drifting import TABLE as DRIFT
from .drifting import changed, report
from .glitches import SORTED, TABLE, Seen, look, write_classified
from .hashes import read_file
from .lock import locked
from .pipeline import make_stage
from .pool import ordered
from .progress import progress
from .stages import classes
from .training_material import background_files
from .triggers import tell_apart

log = logging.getLogger(__name__)

RELABEL = "relabel.csv"
"""The list for people, in the folder of the predictions."""


@dataclass(frozen=True)
class Request:
    """What is classified: the triggers of a mock day, the images in a folder, or times (GPS s) in channels of data."""

    output: Path
    day: Day | None = None
    images: Path | None = None
    sources: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    times: tuple[float, ...] = ()


def request(
    which: date | None,
    output: Path | None,
    images: Path | None,
    sources: Sequence[str],
    channels: Sequence[str],
    times: Sequence[str],
    config_file: Path | None = None,
) -> Request:
    """The request that the command line means. Raises UsageError where it contradicts itself or says too little."""
    given = [which is not None, images is not None, bool(sources or channels or times)]
    if sum(given) != 1:
        raise UsageError(
            "classify what? give a DATE, or --images, or --source with --channel and --gps",
            "one of these three",
        )
    if which is not None:
        mock_data(config_file, classes.NAME)
        day = Day(which, output or Path("results"))
        return Request(day.folder / classes.FOLDER, day)
    if output is None:
        raise UsageError("where to? -o is missing", "give a folder for predictions.csv: -o classes")
    if images is not None:
        _check_apart(images.resolve(), output.resolve())
        return Request(output, images=images)
    if not (sources and channels and times):
        lacking = [name for name, of in (("--source", sources), ("--channel", channels), ("--gps", times)) if not of]
        raise UsageError(f"{' and '.join(lacking)} missing", "--source, --channel and --gps go together")
    moments = tuple(dict.fromkeys(round(gpstime.parse(time), 6) for time in times))  # as files are named
    return Request(output, None, None, tuple(sources), tuple(channels), moments)


def _check_apart(images: Path, output: Path) -> None:
    """Results among the images would be classified with them the next time; images among the results sorted away."""
    for inner, outer in ((output, images), (images, output / SORTED)):
        if inner == outer or outer in inner.parents:
            raise UsageError(
                f"the images in {images} and the results in {output} would mix", "give another folder with -o"
            )


def settings(config_file: Path | None, model: Path | None, framework: str | None = None) -> ClassesSettings:
    """The `[classes]` table of a file with options over it. Raises NoDataError where there is no such model."""
    chosen = toml.build(ClassesSettings, section(config_file, "classes"), "classes")
    if framework:
        chosen = toml.overlay(chosen, {"framework": framework}, "classes")
    if model:
        chosen = replace(chosen, train=False, model=model)
    chosen = chosen.anywhere()
    chosen.require()
    return chosen


def plan(asked: Request, chosen: ClassesSettings) -> dict[str, Any]:
    """What `make` would do: how many images are classified as what, and where to. Raises as `make`."""
    chosen = chosen.of_day(asked.day.folder) if asked.day else chosen
    known = classifier(chosen).description.classes
    return {"output": str(asked.output), "model": str(chosen.file), "images": _count(asked), "classes": list(known)}


def _count(asked: Request) -> int:
    if asked.images is not None:
        return len(list_unlabelled(asked.images))
    if asked.day is None:
        return len(asked.times) * len(resolve_channels(open_source(asked.sources), asked.channels))
    main = _recorded(asked.day).recording.main
    return len(load_triggers(asked.day.triggers)[0].get(main, ()))


def make(
    asked: Request, chosen: ClassesSettings, workers: int, quiet: bool, relabel: int | None = None
) -> dict[str, Any]:
    """Classify; the summary has counts by class. Raises NoDataError without data, NoTriggersError without a trigger,
    BusyError where another run is at work in the folder.

    The `relabel` images that are most worth a look are then listed for people, in `RELABEL`; raises CulpaError rather
    than lose a label that is in it.
    """
    if asked.day is not None:
        summary = _day(asked.day, asked, chosen, workers, quiet)
    else:
        table, problems = _folder(asked, chosen, quiet) if asked.images else _moments(asked, chosen, workers, quiet)
        summary = _summary(asked, table.names, int(table.flagged.sum()), problems)
    return summary | _to_look_at(asked.output, relabel) if relabel else summary


def _to_look_at(folder: Path, most: int) -> dict[str, Any]:
    """List the images that are most worth a look, for people. Raises CulpaError rather than lose a label of theirs."""
    count = write_list(folder / RELABEL, read_predictions(folder / TABLE), most)
    return {"relabel": {"list": str(folder / RELABEL), "images": count}}


def _day(day: Day, asked: Request, chosen: ClassesSettings, workers: int, quiet: bool) -> dict[str, Any]:
    if not chosen.train:
        classifier(chosen)  # what cannot classify stops here, before anything that is there is given up
    of = _recorded(day, classes=chosen)
    said = make_stage(of, classes.NAME, workers, quiet)
    table = next((one for one in said.values() if "classes" in one), None)
    if table is None or not table["images"]:
        raise NoTriggersError(f"no trigger of {of.recording.main} on {day.date}: nothing to classify")
    problems = [text for one in said.values() for text in one.get("remarks", ())] + _drifted(table["drift"])
    return {
        "output": str(asked.output),
        "images": table["images"],
        "classes": dict(table["classes"]),
        UNKNOWN: table[UNKNOWN],
        "problems": problems,
    }


def _recorded(day: Day, **stages: Any) -> Assignment:
    of = recorded(day, **stages)
    if of is None:
        raise NoDataError(
            f"{day.folder} was not made by a plan: its triggers are not known to be complete",
            f"make it first: culpa run {day.date}, or give --source, --channel and --gps",
        )
    return of


def _folder(asked: Request, chosen: ClassesSettings, quiet: bool) -> tuple[Predictions, list[str]]:
    assert asked.images is not None  # noqa: S101
    judge = _sorter(asked, chosen)
    listing = list_unlabelled(asked.images)
    with progress("images", len(listing), quiet) as tick:
        found = read_images(listing, judge.description.form, tick)
    said = judge(found.images, found.form)
    table = Predictions(
        found.files, found.gps, found.channel, said.classes, said.probabilities, said.best, said.unknown
    )
    with locked(asked.output):
        write_predictions(asked.output / TABLE, table)
        sort_into_folders(asked.output / SORTED, table)
        drift = report(judge.description, found.images, said, asked.output)
    return table, _drifted(changed(drift[0])) if drift else []


def _sorter(asked: Request, chosen: ClassesSettings) -> Judge:
    """What classifies, if there can be a folder for each of its classes."""
    judge = classifier(chosen)
    check_sortable(asked.output / SORTED, judge.description.classes)
    return judge


@dataclass(frozen=True)
class _Work:
    source: Source
    channel: str
    moments: tuple[float, ...]
    form: ImageForm


def _looked(work: _Work) -> Seen:
    return look(work.source, work.channel, work.moments, work.form)


def _moments(asked: Request, chosen: ClassesSettings, workers: int, quiet: bool) -> tuple[Predictions, list[str]]:
    judge = _sorter(asked, chosen)
    source = open_source(asked.sources)
    channels = resolve_channels(source, asked.channels)
    tell_apart(channels)
    parts = [work for name in channels for work in _parts(source, name, asked.times, judge.description.form)]
    with progress("images", len(parts), quiet) as tick:
        seen = []
        for one in ordered(_looked, parts, workers):
            seen.append(one)
            tick()
    problems = [text for one in seen for text in one.problems]
    pixels = np.concatenate([one.pixels for one in seen])
    if not len(pixels):
        raise NoDataError(problems[0])
    gps = np.concatenate([one.gps for one in seen])
    channel = np.concatenate([np.full(len(one.gps), part.channel) for part, one in zip(parts, seen, strict=True)])
    _warn_of_backgrounds(judge, source)
    with locked(asked.output):
        done = write_classified(judge, pixels, gps, channel, asked.output)
    return done.table, problems + _drifted(done.drifted)


def _warn_of_backgrounds(judge: Judge, source: Source) -> None:
    """Say which files of a source the model has learned from: what it says of them is no test."""
    learned = background_files(judge.description.training)
    names = {Path(path).name for path in learned.values()}
    for file in source.files:
        if Path(file.path).name in names and (seen := read_file(file.path)) and seen.sha256 in learned:
            log.warning("%s: the model has learned from the noise of this file", file.path)


def _drifted(names: Sequence[str]) -> list[str]:
    return [f"unlike the training data in {', '.join(names)}: see {DRIFT}"] if names else []


def _parts(source: Source, channel: str, times: Sequence[float], form: ImageForm) -> Iterator[_Work]:
    for block, some in groupby(sorted(times), key=lambda gps: gps // BLOCK):
        near = source.between(block * BLOCK - REACH, (block + 1) * BLOCK + REACH)
        yield _Work(near, channel, tuple(some), form)


def _summary(asked: Request, said: Sequence[str], unknown: int, problems: Sequence[str]) -> dict[str, Any]:
    counts = {name: said.count(name) for name in sorted({*said})}
    return {
        "output": str(asked.output),
        "images": len(said),
        "classes": counts,
        UNKNOWN: unknown,
        "problems": list(problems),
    }


def tell(summary: dict[str, Any]) -> str:
    """How many glitches of each class, in a few lines."""
    counts = sorted(summary["classes"].items(), key=lambda pair: (-pair[1], pair[0]))
    said = ", ".join(f"{count} {name}" for name, count in counts)
    first = f"classes of {plural(summary['images'], 'image')}: {said}; {summary[UNKNOWN]} flagged {UNKNOWN}"
    lines = [first, *summary["problems"][:5]]
    if (more := len(summary["problems"]) - 5) > 0:
        lines.append(f"and {plural(more, 'further problem')}")
    if listed := summary.get("relabel"):
        lines.append(
            f"{listed['list']}: {plural(listed['images'], 'image')} to look at; write classes into column label"
        )
    return "\n".join(lines)
