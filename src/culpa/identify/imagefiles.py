"""The file of a network's image: one greyscale PNG of a glitch in a channel, which says what it is."""

import json
from collections.abc import Mapping
from io import BytesIO
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np

from .. import settings
from ..acquire.atomic import atomic
from ..errors import CulpaError, UsageError
from .images import GlitchImage, ImageForm, parse_name
from .png import Png, damaged, read_png

VERSION = 1
"""Of the layout of these files; files of a later one are refused."""
_NOTE = "culpa"
_LONGEST = 1000
"""Bytes of channel and group: an array of names has room for the longest in every row."""


def png_bytes(image: GlitchImage) -> bytes:
    """The image as a greyscale PNG, views side by side; equal images give equal bytes."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    height, width, views = image.form.shape
    note = {
        "version": VERSION,
        "channel": image.channel,
        "gps": image.gps if isfinite(image.gps) else None,
        "group": image.group,
        "form": settings.plain(image.form),
    }
    info = PngInfo()
    info.add_text(_NOTE, json.dumps(note))
    rows = np.ascontiguousarray(image.pixels.transpose(0, 2, 1)).reshape(height, views * width)
    file = BytesIO()
    Image.fromarray(rows).save(file, "PNG", compress_level=1, pnginfo=info)
    return file.getvalue()


def write_image(path: Path, image: GlitchImage) -> None:
    """Write an image as PNG, in full or not at all. Raises CulpaError where the system refuses."""
    content = png_bytes(image)
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def read_image(path: Path, form: ImageForm | None = None) -> GlitchImage:
    """The image in a file, which must be of `form`, if that is given.

    A PNG of the right size that says nothing of itself is taken for an image of `form` (the default form where None is
    given), its channel and time being what the file's name says. Raises CulpaError, before anything is unpacked where
    that can be seen, for a file that is damaged, of another kind, or of another form.
    """
    picture = read_png(path)
    note = _note(path, picture.text)
    wanted = form or ImageForm()
    stated = _form(path, note, wanted) if note else wanted
    _check_size(picture, stated)
    if form and stated != form:
        raise _not_ours(path, f"with {form}", str(stated))
    height, width, views = stated.shape
    pixels = np.ascontiguousarray(picture.pixels("L").reshape(height, views, width).transpose(0, 2, 1))
    if note:
        gps = nan if note["gps"] is None else float(note["gps"])
        return GlitchImage(pixels, stated, note["channel"], gps, note["group"])
    if name := parse_name(path):
        return GlitchImage(pixels, stated, name.channel, name.gps)
    return GlitchImage(pixels, stated)


def _not_ours(path: Path, expected: str, got: str) -> CulpaError:
    return CulpaError(
        f"{path}: expected the image of a glitch {expected}, got {got}",
        "docs/training-sets.md says what these images are and how those of Gravity Spy are imported",
    )


def _check_size(picture: Png, form: ImageForm) -> None:
    width, height = form.width * len(form.views), form.height
    got = f"{picture.width} x {picture.height}"
    if (picture.depth, picture.colour) != (8, 0):
        raise _not_ours(picture.path, "in 8-bit greyscale", f"{picture.kind}, {got} pixels")
    if (picture.width, picture.height) != (width, height):
        raise _not_ours(picture.path, f"of {width} x {height} pixels ({form})", got)


def _note(path: Path, text: Mapping[str, str]) -> dict[str, Any]:
    """What an image says of itself; empty where it says nothing."""
    if _NOTE not in text:
        return {}
    try:
        note = json.loads(text[_NOTE])
        if not isinstance(note["version"], int):
            raise TypeError("version")
        if note["version"] > VERSION:
            raise CulpaError(
                f"{path} has version {note['version']} of the image layout, this culpa reads up to {VERSION}",
                "use the culpa that wrote it, or a newer one",
            )
        kinds = (("channel", str), ("group", str), ("gps", int | float | None), ("form", dict))
        if wrong := [key for key, kind in kinds if not isinstance(note[key], kind)]:
            raise TypeError(", ".join(wrong))
        if not isfinite(note["gps"] or 0):
            raise ValueError("gps")
        if len(f"{note['channel']}{note['group']}".encode()) > _LONGEST:  # half a surrogate pair is a ValueError
            raise ValueError("long names")
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as problem:
        raise damaged(path, f"what it says of itself cannot be read ({problem})") from None
    return dict(note)


def _form(path: Path, note: Mapping[str, Any], likely: ImageForm) -> ImageForm:
    if note["form"] == settings.plain(likely):
        return likely
    try:
        return settings.build(ImageForm, note["form"], "form")
    except UsageError as problem:
        raise damaged(path, f"what it says of itself cannot be read ({problem.message})") from None
