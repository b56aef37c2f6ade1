"""What a network is trained with: the images of a folder, divided, and where they come from."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from .. import settings as toml
from ..errors import UsageError
from ..identify import kerasfile
from ..identify.folders import ImageSet, check_trainable, list_labelled, read_images
from ..identify.rendering import RenderSettings
from ..identify.settings import TrainSettings
from ..identify.splits import Split, split
from ..identify.training import Examples
from ..report.model.record import Source
from ..types import NONE_OF_THESE
from .progress import progress
from .training_parts import Part, read_parts

log = logging.getLogger(__name__)

PARTS = {"train": 0.7, "validation": 0.1, "calibration": 0.1, "test": 0.1}
"""Shares of the images: what changes the weights, what says when to stop, what gives temperature and threshold, and
what the result is judged by, to which nothing is fitted."""


@dataclass(frozen=True)
class Material:
    """Images with their classes, the part of each, and the parts of the folder that they are from."""

    images: ImageSet
    divided: Split
    parts: tuple[Part, ...]

    def of(self, *names: str) -> ImageSet:
        """The images of some parts of the split."""
        return self.images.take(sorted(row for name in names for row in self.divided.rows(name).tolist()))

    def exam(self, rarity: float, part: str = "test") -> ImageSet:
        """A part of the images, with `rarity` times as many of none_of_these as of a class on average, if it has more.

        Probabilities are those of such a mixture; the training images are another one. Of many it takes some evenly.
        """
        some = self.of(part)
        strange = some.labels == (some.classes.index(NONE_OF_THESE) if NONE_OF_THESE in some.classes else -1)
        rows, others = np.flatnonzero(strange), np.flatnonzero(~strange)
        wanted = max(1, round(rarity * len(others) / max(1, len(some.classes) - 1)))
        if len(rows) > wanted:
            rows = rows[np.linspace(0, len(rows) - 1, wanted).astype(np.int64)]
        return some.take(np.sort(np.concatenate([rows, others])))

    def examples(self, name: str) -> Examples:
        """The images of a part and their classes."""
        some = self.of(name)
        return Examples(some.images, some.labels)

    def counts(self) -> dict[str, dict[str, int]]:
        """How many images of each class are in each part."""
        labels, classes = self.images.labels, self.images.classes
        found = {
            name: np.bincount(labels[self.divided.rows(name)], minlength=len(classes)) for name in self.divided.names
        }
        return {name: dict(zip(classes, counts.tolist(), strict=True)) for name, counts in found.items()}

    def digest(self) -> str:
        """SHA-256 of pixels, classes and split: equal for equal material, wherever it lies."""
        found = sha256(repr((self.images.classes, self.images.form, self.divided.names)).encode())
        for array in (self.images.images, self.images.labels, self.divided.part):
            found.update(array.data)
        return found.hexdigest()

    def lacking(self) -> list[str]:
        """Sentences about classes that a part has no image of."""
        missing = self.divided.missing(self.images.labels, self.images.classes)
        return [f"No image of {name} is in the part '{part}': too few independent ones." for part, name in missing]


def material(folder: Path, seed: int, quiet: bool, check: Callable[[ImageSet], None] = lambda _: None) -> Material:
    """The images of a training folder, checked and divided by glitch and time.

    Raises NoDataError for an empty folder or a class with one example, CulpaError for files that cannot be used, and
    what `check` and dividing raise.
    """
    listing = list_labelled(folder)
    with progress("reading images", len(listing), quiet) as tick:
        images = read_images(listing, progress=tick)
    check_trainable(images.labels, images.classes)
    check(images)
    found = Material(images, split(images, PARTS, seed), tuple(read_parts(folder)))
    for sentence in found.lacking():
        log.warning("%s", sentence)
    return found


def check_start(start: Path, of: Material, options: TrainSettings) -> None:
    """Raises UsageError unless weights can be taken over from a file: same network, classes and images."""
    known = kerasfile.read_description(start)
    pairs = (
        ("the architecture", known.architecture, options.architecture),
        ("the classes", ", ".join(known.classes), ", ".join(of.images.classes)),
        ("images of", known.form, of.images.form),
    )
    for what, theirs, ours in pairs:
        if theirs != ours:
            raise UsageError(
                f"{start} has {what} {theirs}; this training has {ours}",
                "give the model.keras of such a training, or leave --start out",
            )


def without_places(part: Part) -> dict[str, Any]:
    """A part as a table that is the same wherever its files lie, for the description of a model."""
    details = {name: value for name, value in part.details.items() if (part.kind, name) != ("day", "files")}
    for name in ("day", "folder", "table"):
        if details.get(name):
            details[name] = Path(details[name]).name
    if "files" in details:
        details["files"] = [{**file, "path": Path(file["path"]).name} for file in details["files"]]
    return {"kind": part.kind, "version": part.version, "images": dict(part.images), **details}


def background_files(training: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 and name of the files whose noise a model was trained with, from its description's `training`."""
    files = (file for part in training.get("data", ()) for file in part.get("files", ()))
    return {file["sha256"]: file["path"] for file in files}


def sources(of: Material, folder: Path) -> tuple[Source, ...]:
    """Where the images come from, for people."""
    known = tuple(_source(part) for part in of.parts)
    rest = len(of.images) - sum(source.images for source in known)
    if rest > 0:  # less where people gave images of the folder another class
        known = (*known, Source(folder.name, rest, "images that were in the folder, with classes"))
    return known


def _source(part: Part) -> Source:
    details, images = part.details, sum(part.images.values())
    if part.kind == "rendered":
        noise = f"noise of {details['channel']}" if "files" in details else "simulated noise"
        files = [file["sha256"] for file in details.get("files", ())]
        hashed = files[0] if len(files) == 1 else sha256("".join(files).encode()).hexdigest() if files else ""
        return Source(f"rendered {part.identity}", images, f"simulated glitches on {noise}", _seed(part), hashed)
    if part.kind == "day":
        name = Path(details["day"]).name
        return Source(name, images, f"triggers of {details['channel']}, classes by the truth table", details["seed"])
    words = {"gravity_spy": "plots of Gravity Spy, read back", "relabelled": "classes that people gave"}
    return Source(part.kind, images, words.get(part.kind, ""), sha256=part.identity)


def _seed(part: Part) -> int:
    return int(part.details["settings"]["seed"])


FLAGS = ("architecture", "epochs", "seed")
"""Settings that are options of the command."""


def command(of: Material, options: TrainSettings, framework: str, start: Path | None) -> str:
    """What makes the model again, as far as it can be said in command lines."""
    usual = vars(TrainSettings())
    changed = {name: value for name, value in vars(options).items() if value != usual[name]}
    words = ["culpa train --images DIR", f"--framework {framework}"]
    words += [f"--{name} {changed[name]}" for name in FLAGS if name in changed]
    if {*changed} - {*FLAGS}:
        words.append("-f SETTINGS.toml")
    if start:
        words.append(f"--start {start.name}")
    return "\n".join([*map(_made_by, of.parts), " ".join([*words, "-o OUT"])])


def _made_by(part: Part) -> str:
    details = part.details
    if part.kind == "rendered":
        return " ".join(["culpa training-set -o DIR", *_rendered_by(details)])
    if part.kind == "day":
        which = f"culpa training-set {Path(details['day']).name.partition('_')[0]}"
        return f"{which} --apart {details['apart']:g} --seed {details['seed']} -o DIR"
    if part.kind == "relabelled":
        return f"culpa training-set --relabelled {Path(details['table']).name} -o DIR"
    metadata = f" --metadata {Path(details['table']).name}" if details["table"] else ""
    return f"culpa training-set --gravity-spy {Path(details['folder']).name}{metadata} -o DIR"


def _rendered_by(details: Mapping[str, Any]) -> Iterator[str]:
    settings = toml.build(RenderSettings, details["settings"], "training_set")
    yield f"--per-class {settings.per_class} --seed {settings.seed}"
    if "files" in details:
        yield from (f"--background {Path(file['path']).name}" for file in details["files"])
        yield f"--channel {details['channel']}"
    if settings != RenderSettings(seed=settings.seed, per_class=settings.per_class):
        yield "-f SETTINGS.toml"
