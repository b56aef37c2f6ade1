"""What the images of a training folder are made of: `training_set.json`, part by part."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..acquire.atomic import atomic
from ..errors import CulpaError
from ..identify.folders import class_name
from ..identify.imagefiles import read_image
from ..identify.images import ImageForm

FILE = "training_set.json"
_IMAGE = re.compile(r"[a-z0-9_]+/[^./\\][^/\\]*\.png")


@dataclass(frozen=True)
class Part:
    """Images that were made or brought in one way.

    `kind` is `rendered`, `day`, `gravity_spy` or `relabelled`; `identity` is equal for what would be the same images.
    `images` has their number by class, `details` where they come from: settings, hashes of files, what was left out.
    """

    kind: str
    identity: str
    details: Mapping[str, Any]
    images: Mapping[str, int] = field(default_factory=dict)
    version: str = __version__


def read_parts(folder: Path) -> list[Part]:
    """The parts of a training folder, in the order in which they came; none where nothing is known of its images.

    Raises CulpaError for a damaged file.
    """
    path = folder / FILE
    if not path.exists():
        return []
    try:
        return [Part(**part) for part in json.loads(path.read_text(encoding="utf-8"))["parts"]]
    except (OSError, ValueError, LookupError, TypeError) as problem:
        raise CulpaError(
            f"{path} cannot be read: {problem}", "remove it: the images stay usable, but not where they come from"
        ) from problem


def put_part(folder: Path, part: Part) -> None:
    """Write a part in the place of the one of its kind and identity, or after the others."""
    parts = {(each.kind, each.identity): each for each in read_parts(folder)}
    _write(folder, {**parts, (part.kind, part.identity): part}.values())


def remove_part(folder: Path, part: Part) -> None:
    """Remove a part that names its files, and these. Raises CulpaError for names of anything but images of classes."""
    for name in part.details["files"]:
        if not _IMAGE.fullmatch(name):
            raise CulpaError(
                f"{folder / FILE} has {name!r} among the images of a day", "remove it, and look who wrote it"
            )
    for name in part.details["files"]:
        (folder / name).unlink(missing_ok=True)
    _write(folder, [each for each in read_parts(folder) if each != part])


def _write(folder: Path, parts: Iterable[Part]) -> None:
    text = json.dumps({"parts": [asdict(each) for each in parts]}, indent=1, ensure_ascii=False)
    with atomic(folder / FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def find_part(folder: Path, kind: str, identity: str) -> Part | None:
    """The part of a kind with an identity, if it was begun before."""
    found = (part for part in read_parts(folder) if (part.kind, part.identity) == (kind, identity))
    return next(found, None)


def named(part: Part, files: Sequence[Path]) -> Part:
    """The part with these files, each in the folder of its class, as its images."""
    names = [path.parent.name for path in files]
    return replace(part, images={name: names.count(name) for name in sorted({*names})})


def images_in(folder: Path) -> list[Path]:
    """The images in the folders of classes, in no order."""
    return list(folder.glob("[!.]*/[!.]*.png"))


def check_folders(folder: Path) -> None:
    """Raises CulpaError for a folder of a class that is not spelled as the ones that are written to."""
    for path in sorted(path for path in folder.glob("[!.]*") if path.is_dir()):
        if (name := class_name(path.name)) != path.name:
            raise CulpaError(
                f"{path} has images of {name}, which would now go to {folder / name}", f"rename it to {name}"
            )


def counts(folder: Path) -> dict[str, int]:
    """How many images there are of each class, by name."""
    below = sorted(path for path in folder.glob("[!.]*") if path.is_dir())
    return {class_name(path.name): sum(1 for _ in path.glob("[!.]*.png")) for path in below}


def check_form(folder: Path, form: ImageForm) -> None:
    """Raises CulpaError where a folder has images of another form: no network takes both."""
    first = next((path for path in sorted(folder.glob("[!.]*/[!.]*.png"))), None)
    if first and (there := read_image(first).form) != form:
        raise CulpaError(
            f"{folder} has images of {there}; these would be of {form}",
            "choose another folder, or set [training_set.form] to theirs",
        )
