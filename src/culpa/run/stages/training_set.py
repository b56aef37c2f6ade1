"""The stage of a training set: images of simulated glitches, from which a model of the day's own can learn."""

from collections.abc import Iterator
from pathlib import Path

from ... import settings as toml
from ...errors import CulpaError
from ...identify.rendering import RenderSettings
from ...identify.shipped import FOLDER as HOME
from ..assignment import Assignment
from ..outcome import Action, Outcome
from ..plan import Job, Resources
from ..training_parts import FILE, put_part, read_parts
from ..training_rendered import Item, identity_of, image_file, render_some, same_images, simulated

NAME = "training_set"
CODE = (
    "acquire/atomic.py",
    "acquire/mock",
    "condition",
    "decompose",
    "identify/backgrounds.py",
    "identify/checkpoint.py",
    "identify/folders.py",
    "identify/imagefiles.py",
    "identify/images.py",
    "identify/png.py",
    "identify/rendering.py",
    "identify/scanned.py",
    "run/stages/training_set.py",
    "run/training_parts.py",
    "run/training_rendered.py",
)
PACKAGES = ("numpy", "scipy", "pyfftw")
FOLDER = f"{HOME}/{NAME}"
PARTS = f"{FOLDER}/{FILE}"
"""Says what the images are made of."""

_BATCH = 250
"""Images of a job at most."""
_SECONDS = 0.5, 0.031
"""Processor seconds per job, and per image: measured."""
_MEMORY = 300.0
_BYTES = 8.8e3


def jobs(of: Assignment) -> Iterator[Job]:
    """The images in batches of one class, and what they are; none unless a model is trained on simulated glitches."""
    if not of.classes.train or of.classes.images:
        return
    settings = {"training_set": toml.plain(of.training_set)}
    yield Job(f"{NAME}/parts", "parts", settings, {}, (), (PARTS,), Resources(0.01, 100, 4e3))
    images = {"rendering": toml.plain(same_images(of.training_set))}
    for name in of.training_set.classes:
        for first in range(0, of.training_set.count(name), _BATCH):
            count = min(_BATCH, of.training_set.count(name) - first)
            yield Job(
                f"{NAME}/render/{name}/{first}",
                "render",
                images,
                {"class": name, "first": first, "count": count},
                (),
                tuple(_files(of.training_set, _items(name, first, count))),
                Resources(_SECONDS[0] + _SECONDS[1] * count, _MEMORY, _BYTES * count),
            )


def _items(name: str, first: int, count: int) -> list[Item]:
    return [(name, first + number) for number in range(count)]


def _files(settings: RenderSettings, items: list[Item]) -> Iterator[str]:
    identity = identity_of(settings)
    return (image_file(Path(FOLDER), identity, item).as_posix() for item in items)


def _parts(job: Job, folder: Path) -> Outcome:
    """Raises CulpaError where there are images of another origin: the model is to learn from these alone."""
    there = folder / FOLDER
    if others := [part.kind for part in read_parts(there) if part.kind != "rendered"]:
        raise CulpaError(
            f"{there} has images that this plan does not make ({', '.join(others)})",
            "move this folder away: a day is not classified by what has learned from its own glitches",
        )
    (folder / PARTS).unlink(missing_ok=True)  # it may tell of images of other settings
    put_part(there, simulated(toml.build(RenderSettings, job.settings["training_set"], "training_set")))
    return Outcome(job.outputs)


def _render(job: Job, folder: Path) -> Outcome:
    what, settings = job.parameters, toml.build(RenderSettings, job.settings["rendering"], "training_set")
    render_some(settings, _items(what["class"], what["first"], what["count"]), folder / FOLDER)
    return Outcome(job.outputs)


ACTIONS: dict[str, Action] = {"parts": _parts, "render": _render}
