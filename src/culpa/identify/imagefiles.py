"""The file of a network's image: one greyscale PNG of a glitch in a channel, which says what it is."""

import json
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np

from .. import settings
from ..acquire.atomic import atomic
from ..errors import CulpaError, UsageError
from .images import GlitchImage, ImageForm, Pixels, parse_name

VERSION = 1
"""Of the layout of these files; files of a later one are refused."""
LARGEST = 1 << 24
"""Bytes: longer files are none of ours."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NOTE = "culpa"
_COLOURS = {0: "greyscale", 2: "colour", 3: "a palette", 4: "greyscale and transparency", 6: "colour and transparency"}


def png(image: GlitchImage) -> bytes:
    """The image as the bytes of a greyscale PNG, views side by side; equal images give equal bytes."""
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
    content = png(image)
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def read_image(path: Path, form: ImageForm | None = None) -> GlitchImage:
    """The image in a file, which must be of `form`, if that is given.

    A PNG of the right size that says nothing of itself is taken for an image of `form` (the default form where None is
    given), its channel and time being what the file's name says. Raises CulpaError, before anything is unpacked where
    that can be seen, for a file that is damaged, of another kind, or of another form.
    """
    header, drawing, text = _checked(path, _content(path))
    note = _note(path, text)
    wanted = form or ImageForm()
    stated = _form(path, note, wanted) if note else wanted
    _check_size(path, header, stated)
    if form and stated != form:
        raise _not_ours(path, f"with {form}", str(stated))
    height, width, views = stated.shape
    pixels = np.ascontiguousarray(_pixels(path, drawing).reshape(height, views, width).transpose(0, 2, 1))
    if note:
        gps = nan if note["gps"] is None else float(note["gps"])
        return GlitchImage(pixels, stated, note["channel"], gps, note["group"])
    if name := parse_name(path):
        return GlitchImage(pixels, stated, name.channel, name.gps)
    return GlitchImage(pixels, stated)


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe would keep us waiting
            raise CulpaError(f"{path} is not a file", "give images as PNG files")
        if (size := path.stat().st_size) > LARGEST:
            raise _not_ours(path, f"of at most {LARGEST >> 20} MB", f"{size / 2**20:.0f} MB")
        return path.read_bytes()
    except OSError as problem:
        raise CulpaError(f"cannot read {path}: {problem.strerror or problem}") from problem


def _not_ours(path: Path, expected: str, got: str) -> CulpaError:
    return CulpaError(
        f"{path}: expected the image of a glitch {expected}, got {got}",
        "docs/training-sets.md says what these images are and how those of Gravity Spy are imported",
    )


def _damaged(path: Path, how: str) -> CulpaError:
    return CulpaError(f"{path} is damaged: {how}", "write it again, or remove it")


def _checked(path: Path, content: bytes) -> tuple[bytes, bytes, Mapping[str, str]]:
    """The header of a PNG, the file without all that is not needed to draw it, and its texts; check sums are right."""
    if not content.startswith(_SIGNATURE):
        got = "an empty file" if not content else f"a file that begins with {content[:8]!r}"
        raise _not_ours(path, "as PNG", got)
    header, drawing, text = b"", [_SIGNATURE], {}
    for kind, part in _parts(path, content):
        body = part[8:-4]
        if kind == b"IHDR" and header:
            raise _damaged(path, "it has two headers")  # a decoder might believe the other one
        if kind == b"IHDR":
            header = body
        if kind in (b"IHDR", b"IDAT", b"IEND"):
            drawing.append(part)
        if kind == b"tEXt":
            key, _, value = body.decode("latin-1").partition("\0")
            text[key] = value
    if len(header) != 13:
        raise _damaged(path, "its header is missing")
    return header, b"".join(drawing), text


def _parts(path: Path, content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind of each part of a PNG, and the part: length, kind, body, check sum. Source: PNG specification, 5.3."""
    at, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        kind, end = content[at + 4 : at + 8], at + 12 + int.from_bytes(content[at : at + 4])
        if end > len(content):
            raise _damaged(path, f"it ends after {len(content)} bytes, in the middle of a part")
        if zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end]):
            raise _damaged(path, f"a check sum does not match near byte {at}")
        yield kind, content[at:end]
        at = end


def _check_size(path: Path, header: bytes, form: ImageForm) -> None:
    """Refuse what is no greyscale picture of a form's size. Source: PNG specification, 11.2.1."""
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    depth, colour = header[8], header[9]
    if (depth, colour) != (8, 0):
        kind = _COLOURS.get(colour, "of an unknown kind")
        raise _not_ours(path, "in 8-bit greyscale", f"{depth}-bit {kind}, {width} x {height} pixels")
    across = form.width * len(form.views)
    if (width, height) != (across, form.height):
        raise _not_ours(path, f"of {across} x {form.height} pixels ({form})", f"{width} x {height}")


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
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as problem:
        raise _damaged(path, f"what it says of itself cannot be read ({problem})") from None
    return dict(note)


def _form(path: Path, note: Mapping[str, Any], likely: ImageForm) -> ImageForm:
    if note["form"] == settings.plain(likely):
        return likely
    try:
        return settings.build(ImageForm, note["form"], "form")
    except UsageError as problem:
        raise _damaged(path, f"what it says of itself cannot be read ({problem.message})") from None


def _pixels(path: Path, drawing: bytes) -> Pixels:
    from PIL import Image

    try:
        with Image.open(BytesIO(drawing), formats=["PNG"]) as image:
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error) as problem:
        raise _damaged(path, str(problem)) from None
