"""Folders of images: one folder for each class, or images whose class nobody has said yet."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import CulpaError, NoDataError
from ..evaluate.predictions import snake_case
from ..types import Floats, Indices
from .imagefiles import read_image
from .images import PLAIN, ImageForm, Pixels, parse_name

UNLABELLED = -1
"""The label of an image whose class is not known."""
_CLASS = re.compile(r"[A-Za-z0-9 _-]+")


@dataclass(frozen=True)
class ImageSet:
    """Images of equal form, with what is known of each; the first axis of every array is the image.

    `images` uint8 (n, height, width, views); `labels` int64 (n,), numbers of `classes`, -1 for not known; `gps` (n,)
    GPS s or NaN; `channel` and `group` (n,) text, "" for not known (see `images.GlitchImage`); `files` where they are.
    """

    images: Pixels
    labels: Indices
    classes: tuple[str, ...]
    gps: Floats
    channel: NDArray[np.str_]
    group: NDArray[np.str_]
    files: tuple[Path, ...]
    form: ImageForm

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Any) -> Self:
        """The images chosen by a mask or an index array, of the same classes."""
        chosen = np.arange(len(self))[rows]
        arrays = {f.name: getattr(self, f.name)[chosen] for f in fields(self) if f.name not in _NOT_ARRAYS}
        return replace(self, **arrays, files=tuple(self.files[row] for row in chosen))

    def counts(self) -> dict[str, int]:
        """How many images there are of each class."""
        return {name: int(np.sum(self.labels == label)) for label, name in enumerate(self.classes)}


_NOT_ARRAYS = {"classes", "files", "form"}


@dataclass(frozen=True)
class Listing:
    """Image files in the order in which they are read, each with the name of its class ("" for not known)."""

    folder: Path
    files: tuple[Path, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.files)


def class_name(text: str) -> str:
    """The name of a class as it is written everywhere: `Koi_Fish`, `KoiFish` and `koi fish` are `koi_fish`.

    Raises CulpaError for a name without letters and digits of ASCII, or with others than these, blanks, `-` and `_`.
    """
    name = snake_case(text)
    if not name or not _CLASS.fullmatch(text):
        raise CulpaError(
            f"{text!r} cannot be the name of a class",
            "use letters a to z, digits and _, such as scattered_light",
        )
    return name


def list_labelled(folder: Path) -> Listing:
    """The images in `{folder}/{class}/*.png`, by class and file name.

    Names that begin with a dot, files that are not PNG and views plotted for people are passed over. Raises
    NoDataError where there is no class folder, or one of them has no image; CulpaError for names of folders that are
    no class names, or two that mean the same class.
    """
    _check_folder(folder)
    folders: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        name = class_name(path.name)
        if name in folders:
            raise CulpaError(
                f"{folders[name]} and {path} are both class {name}", "move the images of one of them to the other"
            )
        folders[name] = path
    if not folders:
        raise NoDataError(
            f"no class folder in {folder}", "expected one folder of PNG images for each class: DIR/blip/*.png"
        )
    listed = {name: _images_in(folders[name]) for name in sorted(folders)}
    for name, files in listed.items():
        if not files:
            raise NoDataError(f"no image in {folders[name]}", "put images of this class there, or remove the folder")
    pairs = [(file, name) for name, files in listed.items() for file in files]
    return Listing(folder, tuple(file for file, _ in pairs), tuple(name for _, name in pairs))


def list_unlabelled(folder: Path) -> Listing:
    """The images in a folder and the folders in it, by path; what is passed over is as in `list_labelled`.

    Raises NoDataError where there is none.
    """
    _check_folder(folder)
    files = _images_in(folder, deep=True)
    if not files:
        raise NoDataError(
            f"no image in {folder}", "expected plain images, such as culpa classify and culpa training-set write"
        )
    return Listing(folder, files, ("",) * len(files))


def read_images(
    listing: Listing, form: ImageForm | None = None, progress: Callable[[], None] = lambda: None
) -> ImageSet:
    """The images of a listing; `progress` is called after each.

    Takes `height * width * views` bytes of memory for each image (16 kB in the default form). Raises CulpaError for
    a file that is damaged, or of another form than `form` (None: that of the first file); and for a glitch that has
    two classes, which no network can learn.
    """
    first = read_image(listing.files[0], form)
    images = np.empty((len(listing), *first.form.shape), dtype=np.uint8)
    gps, channel, group = np.full(len(listing), np.nan), [], []
    for row, path in enumerate(listing.files):
        image = read_image(path, first.form)
        images[row], gps[row] = image.pixels, image.gps
        channel.append(image.channel)
        group.append(image.group)
        progress()
    classes = tuple(sorted({name for name in listing.names if name}))
    numbers = {"": UNLABELLED} | {name: label for label, name in enumerate(classes)}
    labels = np.array([numbers[name] for name in listing.names], dtype=np.int64)
    _check_one_class(images, labels, classes, gps, channel, listing.files)
    return ImageSet(
        images, labels, classes, gps, np.array(channel, np.str_), np.array(group, np.str_), listing.files, first.form
    )


def check_trainable(labels: Indices, classes: Sequence[str], least: int = 2) -> None:
    """Raise NoDataError for less than two classes, or one with less than `least` examples to learn and test it by."""
    if len(classes) < 2:
        got = f"only {classes[0]}" if classes else "no class"
        raise NoDataError(f"expected two classes or more to tell apart, got {got}", "add a folder of another class")
    numbers = np.bincount(labels[labels >= 0], minlength=len(classes))
    few = [f"{name} ({number})" for name, number in zip(classes, numbers, strict=True) if number < least]
    if few:
        raise NoDataError(
            f"too few examples of {', '.join(few)}: a class needs at least {least}",
            "add images of these classes, of a day by making a longer one, or move their folders away",
        )


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise NoDataError(f"no folder {folder}", "give a folder of images")


def _images_in(folder: Path, deep: bool = False) -> tuple[Path, ...]:
    found: Iterable[Path] = folder.rglob("*") if deep else folder.iterdir()
    images = tuple(sorted(path for path in found if _is_image(path.relative_to(folder)) and path.is_file()))
    for path in images:
        try:
            str(path.relative_to(folder)).encode()
        except UnicodeEncodeError:
            raise CulpaError(f"the name of the image {str(path)!r} is not in UTF-8", "rename it") from None
    return images


def _is_image(path: Path) -> bool:
    """Whether a network's image goes by this name: names that are not ours may be."""
    if path.suffix.lower() != ".png" or any(part.startswith(".") for part in path.parts):
        return False
    name = parse_name(path)
    return name is None or name.view == PLAIN


def _check_one_class(
    images: Pixels, labels: Indices, classes: Sequence[str], gps: Floats, channel: Sequence[str], files: Sequence[Path]
) -> None:
    """A glitch (a channel at a time, or the same pixels) has one class."""
    first: dict[Any, int] = {}
    for row in range(len(labels)):
        keys: list[Any] = [blake2b(images[row].data, digest_size=16).digest()]
        if np.isfinite(gps[row]):
            keys.append((channel[row], gps[row]))
        for key in keys:
            other = first.setdefault(key, row)
            if labels[other] != labels[row]:
                raise CulpaError(
                    f"one glitch in two classes: {files[other]} is {classes[labels[other]]} "
                    f"and {files[row]} is {classes[labels[row]]}",
                    "remove the one that is wrong",
                )
