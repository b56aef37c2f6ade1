"""What a network said of each image: a table for people and programs, and the images sorted into folders."""

import csv
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..acquire.atomic import atomic
from ..errors import CulpaError, NoDataError, UsageError
from ..types import UNKNOWN, Floats, Indices, Mask
from .folders import class_name

COLUMNS = ("image", "gps", "channel", "class", "probability", "runner_up", "flag")


@dataclass(frozen=True)
class Predictions:
    """What is said of images; the first axis is the image.

    `files` the images; `gps` GPS s or NaN; `channel` text; `probabilities` (n, classes), calibrated; `label` (n,) the
    most probable class, a number of `classes`; `flagged` (n,) where the network should not be believed.
    """

    files: tuple[Path, ...]
    gps: Floats
    channel: NDArray[np.str_]
    classes: tuple[str, ...]
    probabilities: Floats
    label: Indices
    flagged: Mask

    def __len__(self) -> int:
        return len(self.files)

    @property
    def names(self) -> list[str]:
        """The class of each image."""
        return [self.classes[label] for label in self.label]

    def runner_up(self, row: int) -> str:
        """The second most probable class of an image, "" if there is one class only."""
        others = [label for label in range(len(self.classes)) if label != self.label[row]]
        return self.classes[max(others, key=lambda label: self.probabilities[row, label])] if others else ""

    @property
    def margin(self) -> Floats:
        """By how much the class is more probable than the runner-up, shape (n,)."""
        rows = np.arange(len(self))
        others = self.probabilities.copy()
        others[rows, self.label] = 0
        margin: Floats = self.probabilities[rows, self.label] - others.max(axis=1)
        return margin


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write the table as CSV; equal predictions give equal bytes.

    Columns: those of `COLUMNS`, then `p_{class}` in the order of the classes. Images are named from the folder of the
    table, so that both can be moved together; probabilities have six decimals; NaN is empty. Raises CulpaError where
    the system refuses.
    """
    check_classes(predictions.classes)
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*COLUMNS, *(f"p_{name}" for name in predictions.classes)])
        for row, image in enumerate(predictions.files):
            texts = [f"{value:.6f}" for value in predictions.probabilities[row]]
            table.writerow([relative(image, path), *said(predictions, row), *texts])


def said(predictions: Predictions, row: int) -> list[str]:
    """What is said of an image, in the order of `COLUMNS` from the time on."""
    gps, label = float(predictions.gps[row]), predictions.label[row]
    return [
        repr(gps).removesuffix(".0") if isfinite(gps) else "",
        str(predictions.channel[row]),
        predictions.classes[label],
        f"{predictions.probabilities[row, label]:.6f}",
        predictions.runner_up(row),
        UNKNOWN if predictions.flagged[row] else "",
    ]


def relative(image: Path, table: Path) -> str:
    """How a table names an image: from the table's folder, with `/`; in full where they have no folder in common."""
    place = image.parent.resolve() / image.name
    try:
        return Path(os.path.relpath(place, table.parent.resolve())).as_posix()
    except ValueError:  # another drive
        return place.as_posix()


def read_predictions(path: Path) -> Predictions:
    """The predictions that `write_predictions` wrote. Raises NoDataError for no file, CulpaError for another table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _table(path, csv.reader(file))
    except OSError as problem:
        raise NoDataError(f"cannot read {path}: {problem.strerror or problem}", "culpa classify writes it") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise CulpaError(f"{path} is not a CSV table: {problem}", "culpa classify writes it") from problem


def _table(path: Path, lines: Iterator[list[str]]) -> Predictions:
    header = next(lines, [])
    classes = tuple(column.removeprefix("p_") for column in header[len(COLUMNS) :])
    if header != [*COLUMNS, *(f"p_{name}" for name in classes)] or not classes or len(set(classes)) < len(classes):
        raise UsageError(
            f"{path} is not a table of predictions: expected the columns {','.join(COLUMNS)},p_..., "
            f"got {','.join(header) or 'nothing'}",
            "give the predictions.csv of culpa classify, as it was written",
        )
    check_classes(classes)
    numbers = {name: label for label, name in enumerate(classes)}
    rows = [_row(row, numbers, f"row {number} of {path}") for number, row in enumerate(lines, start=2) if row]
    return Predictions(
        tuple(path.parent / image for image, *_ in rows),
        np.array([gps for _, gps, *_ in rows], dtype=float),
        np.array([channel for _, _, channel, *_ in rows], dtype=np.str_),
        classes,
        np.array([probabilities for *_, probabilities in rows], dtype=float).reshape(len(rows), len(classes)),
        np.array([label for *_, label, _, _ in rows], dtype=np.int64),
        np.array([flagged for *_, flagged, _ in rows], dtype=bool),
    )


def _row(row: Sequence[str], numbers: Mapping[str, int], where: str) -> tuple[str, float, str, int, bool, list[float]]:
    if len(row) != len(COLUMNS) + len(numbers):
        raise CulpaError(f"{where}: expected {len(COLUMNS) + len(numbers)} values, got {len(row)}", "write it again")
    image, gps, channel, name, _, _, flag = row[: len(COLUMNS)]
    try:
        time, probabilities = float(gps or "nan"), [float(text) for text in row[len(COLUMNS) :]]
        if not all(0 <= value <= 1 for value in probabilities) or np.isinf(time):
            raise ValueError
    except ValueError:
        raise CulpaError(f"{where}: a time or probability is no such number", "write the table again") from None
    if name not in numbers or flag not in ("", UNKNOWN):
        got = f"class {name!r}, flag {flag!r}"
        raise CulpaError(f"{where}: expected a class of the header and the flag {UNKNOWN!r} or none, got {got}")
    return image, time, channel, numbers[name], bool(flag), probabilities


def check_classes(classes: Sequence[str]) -> None:
    """Raise CulpaError unless these are names of classes as `folders.class_name` gives them: they become folders."""
    for name in classes:
        if class_name(name) != name:
            raise CulpaError(f"{name!r} is not the name of a class, but {class_name(name)!r} is", "rename the class")


def sort_into_folders(folder: Path, predictions: Predictions) -> None:
    """Make `{folder}/{class}/` hold each image under its predicted class, and no other PNG file.

    The files are hard links where the file system can, else copies. PNG files of an earlier run that belong there no
    more are removed, and folders that are empty then. Raises CulpaError where a folder is a link, where images to be
    sorted lie in the folder itself, and where the system refuses.
    """
    check_sortable(folder, predictions.classes)
    if inside := [image for image in predictions.files if folder.resolve() in image.resolve().parents]:
        raise CulpaError(f"{inside[0]} cannot be sorted into {folder}, where it lies", "give another folder with -o")
    wanted = _targets(folder, predictions)
    for target, image in wanted.items():
        if not (target.exists() and target.samefile(image)):
            with atomic(target) as temporary:
                _link(image, temporary)
    remove_others(folder, wanted)


def check_sortable(folder: Path, classes: Sequence[str]) -> None:
    """Raise CulpaError where a class has a name that no folder should have, or a folder to sort into is a link."""
    check_classes(classes)
    for path in [folder, *(folder / name for name in classes)]:
        if path.is_symlink():
            raise CulpaError(f"{path} is a link: nothing is sorted into it", "remove the link, or give another folder")


def remove_others(folder: Path, wanted: Collection[Path]) -> None:
    """Remove the PNG files that are not wanted in all folders of a folder, and folders that are empty then."""
    for below in [path for path in folder.glob("*") if path.is_dir() and not path.is_symlink()]:
        for path in below.iterdir():
            if path.suffix.lower() == ".png" and path not in wanted:
                path.unlink()
        with suppress(OSError):  # not empty
            below.rmdir()


def _targets(folder: Path, predictions: Predictions) -> dict[Path, Path]:
    """Where each image goes; of two with one name the later gets a number."""
    targets: dict[Path, Path] = {}
    for image, name in zip(predictions.files, predictions.names, strict=True):
        target, number = folder / name / image.name, 1
        while target in targets:
            number += 1
            target = target.with_name(f"{image.stem}-{number}{image.suffix}")
        targets[target] = image
    return targets


def _link(image: Path, target: Path) -> None:
    try:
        target.hardlink_to(image.resolve())
    except OSError:  # another file system, or one without links
        shutil.copyfile(image, target)
