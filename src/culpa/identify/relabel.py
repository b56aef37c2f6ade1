"""People correct the network: a list of images to look at, and what they wrote into it added to the training set."""

import csv
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from io import StringIO
from math import isfinite
from pathlib import Path

import numpy as np

from ..acquire.atomic import atomic
from ..errors import CulpaError, NoDataError, UsageError, nearest
from .folders import class_name
from .imagefiles import read_image
from .images import ImageForm
from .predictions import COLUMNS, Predictions, relative, said

LABEL = "label"
"""The column for people: a class, or nothing where nobody has looked."""


@dataclass(frozen=True)
class Label:
    """What somebody calls an image, and where that is written."""

    image: Path
    name: str
    where: str


@dataclass(frozen=True)
class Added:
    """What became of labels: images added to the training set, moved in it to another class, and there already.

    `classes` has the number of labels of each class, `new` the classes that the training set did not have.
    """

    added: int
    moved: int
    unchanged: int
    classes: Mapping[str, int]
    new: tuple[str, ...]


def write_list(path: Path, predictions: Predictions, most: int | None = None) -> int:
    """Write the images that are most worth a look as CSV (at most `most`), with an empty column `label`; how many.

    First those that the network does not know, then those that it was least sure of. Labels that are in the file
    already are kept. Raises CulpaError rather than lose one, and where the system refuses.
    """
    order = np.lexsort((predictions.margin, ~predictions.flagged))[:most]
    files = [predictions.files[row] for row in order]
    given, lost = _kept(read_list(path) if path.exists() else [], files)
    if lost:
        raise CulpaError(
            f"{path} has {len(lost)} label(s) that would be lost, such as that of {lost[0].image}",
            "add its labels to a training set first, then remove it, or give another file",
        )
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*COLUMNS, LABEL])
        for row, image in zip(order, files, strict=True):
            table.writerow([relative(image, path), *said(predictions, row), given.get(image, "")])
    return len(order)


def _kept(labels: Sequence[Label], files: Sequence[Path]) -> tuple[dict[Path, str], list[Label]]:
    """The labels of images, and those of images that are not among them.

    An image that has come to another class since is known by its name, if only one has it.
    """
    paths = {file.resolve(): file for file in files}
    names = Counter(file.name for file in files)
    only = {file.name: file for file in files if names[file.name] == 1}
    found = [(label, paths.get(label.image.resolve()) or only.get(label.image.name)) for label in labels]
    return {file: label.name for label, file in found if file}, [label for label, file in found if not file]


def read_list(path: Path) -> list[Label]:
    """The labels that people gave, in the order of the file; rows without one are passed over.

    Reads what spreadsheets make of it: comma, semicolon or tab, with or without byte order mark, columns in any order,
    of which `image` and `label` are needed. A label is written as any name of a class may be (`Koi Fish`). Raises
    NoDataError for no file, CulpaError for another table, a label that is none, or two for one image.
    """
    labels: dict[Path, Label] = {}
    for where, row in _rows(path):
        text = (row.get(LABEL) or "").strip()
        if not text:
            continue
        image = path.parent / (row.get("image") or "").strip()
        try:
            label = Label(image, class_name(text), where)
        except CulpaError as problem:
            raise CulpaError(f"{where}: {problem.message}", problem.hint) from None
        before = labels.setdefault(image, label)
        if before.name != label.name:
            raise CulpaError(f"{where}: {image} is {label.name} here and {before.name} in {before.where}", "keep one")
    return list(labels.values())


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, str | None]]]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as problem:
        raise NoDataError(f"cannot read {path}: {problem.strerror or problem}") from problem
    except UnicodeDecodeError as problem:
        raise CulpaError(f"{path} is not in UTF-8: {problem}", 'save it as "CSV UTF-8"') from problem
    header = text.partition("\n")[0]
    table = csv.DictReader(StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    try:
        names = [name.strip() for name in table.fieldnames or ()]
        for name in ("image", LABEL):
            if name not in names:
                raise UsageError(f"{path} has no column {name!r}", nearest(name, names))
        table.fieldnames = names
        for number, row in enumerate(table, start=2):
            yield f"row {number} of {path}", row
    except csv.Error as problem:
        raise CulpaError(f"{path} is not a CSV table: {problem}", "culpa classify writes it") from problem


def add_labels(labels: Sequence[Label], folder: Path) -> Added:
    """Copy images into `{folder}/{class}/` of the classes that people gave them; those there already move.

    Doing it twice changes nothing more, and everything is checked before anything is written. An image that has been
    sorted into another class since is looked for beside the folder it was in. Raises CulpaError for an image that is
    not there, a file that is none of the training set's form, another glitch of the same file name, one glitch with two
    classes, and a class that looks like a slip of the pen: nearly the name of one of the training set's.
    """
    labels = [replace(label, image=_where_now(label.image)) for label in labels]
    classes = {class_name(path.name): path for path in sorted(folder.glob("[!.]*")) if path.is_dir()}
    places: dict[str, list[Path]] = {}
    for path in [path for below in classes.values() for path in sorted(below.glob("[!.]*"))]:
        places.setdefault(path.name, []).append(path)
    form: ImageForm | None = None
    unique: dict[str, Label] = {}
    for label in labels:
        _check_name(label, classes, folder)
        first = unique.setdefault(label.image.name, label)
        if first.name != label.name:
            raise CulpaError(
                f"{label.where}: {label.image} is {label.name}, and {first.image} is {first.name} in {first.where}",
                "they have one name: keep one, or rename one of the images if they are of two glitches",
            )
        if _is_moved(label, places):
            continue
        if not label.image.is_file():
            raise NoDataError(f"{label.where}: no image {label.image}", "images are named from the folder of the list")
        form = form or _form(places)
        form = read_image(label.image, form).form
        for other in [first.image, *places.get(label.image.name, ())]:
            _check_same_glitch(label, other)
    once = unique.values()
    outcomes = Counter(_put(label, classes.get(label.name, folder / label.name), places) for label in once)
    numbers = Counter(label.name for label in once)
    new = tuple(sorted(set(numbers) - set(classes)))
    return Added(outcomes["added"], outcomes["moved"], outcomes["unchanged"], dict(sorted(numbers.items())), new)


def _where_now(image: Path) -> Path:
    """The image itself, or the only one of its name in the folders beside its own."""
    beside = (
        [] if image.is_file() else [path for path in image.parent.parent.glob("[!.]*/*.png") if path.name == image.name]
    )
    return beside[0] if len(beside) == 1 else image


def _check_name(label: Label, classes: Mapping[str, Path], folder: Path) -> None:
    near = get_close_matches(label.name, classes, n=1, cutoff=0.8)
    if label.name not in classes and near:
        raise CulpaError(
            f"{label.where}: no class {label.name} in {folder}",
            f"did you mean {near[0]}? If it is a class of its own, make the folder {folder / label.name} first",
        )


def _is_moved(label: Label, places: Mapping[str, Sequence[Path]]) -> bool:
    """Whether an image of the training set itself is where its label said, since the last time."""
    there = places.get(label.image.name, ())
    return not label.image.exists() and any(class_name(path.parent.name) == label.name for path in there)


def _form(places: Mapping[str, Sequence[Path]]) -> ImageForm | None:
    """The form of the training set, None where it has no image yet."""
    first = next((path for paths in places.values() for path in paths if path.suffix.lower() == ".png"), None)
    return read_image(first).form if first else None


def _check_same_glitch(label: Label, other: Path) -> None:
    """Images of one file name are of one glitch: the same channel and time, or the same pixels."""
    one, two = read_image(label.image), read_image(other)
    same = isfinite(one.gps) and (one.channel, one.gps) == (two.channel, two.gps)
    if not same and not np.array_equal(one.pixels, two.pixels):
        raise CulpaError(
            f"{label.where}: {label.image} and {other} have one name and are not of one glitch", "rename one of them"
        )


def _put(label: Label, below: Path, places: Mapping[str, Sequence[Path]]) -> str:
    """Put an image into a class folder, and take it out of the others: what was done, in a word."""
    target = below / label.image.name
    if _is_moved(label, places):
        return "unchanged"
    new = not target.exists() or target.read_bytes() != label.image.read_bytes()
    if new:
        with atomic(target) as temporary:
            shutil.copyfile(label.image, temporary)
    others = [path for path in places.get(target.name, ()) if path != target]
    for path in others:
        path.unlink()
        with suppress(OSError):  # not empty
            path.parent.rmdir()
    return "moved" if others else "added" if new else "unchanged"
