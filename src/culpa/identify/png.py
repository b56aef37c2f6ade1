"""PNG files of others: every check sum verified, nothing unpacked before its size is known."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import CulpaError

LARGEST = 1 << 24
"""Bytes of a file, and pixels of a picture: what is larger shows no glitch."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DRAWING = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_COLOURS = {0: "greyscale", 2: "colour", 3: "a palette", 4: "greyscale and transparency", 6: "colour and transparency"}


@dataclass(frozen=True)
class Png:
    """A PNG file, not unpacked yet; `drawing` is the file without all that is not needed to draw it.

    `depth` bits of a sample, `colour` type 0 (greyscale), 2, 3, 4 or 6; `text` is what the file says in tEXt parts.
    Source: PNG specification (W3C), 5 and 11.
    """

    path: Path
    width: int
    height: int
    depth: int
    colour: int
    drawing: bytes
    text: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Depth and colour in words."""
        return f"{self.depth}-bit {_COLOURS.get(self.colour, 'of an unknown kind')}"

    def pixels(self, mode: Literal["L", "RGB"]) -> NDArray[np.uint8]:
        """Greyscale (height, width) or colours (height, width, 3), transparency dropped. Raises CulpaError."""
        from PIL import Image

        if self.width * self.height > LARGEST:
            raise damaged(self.path, f"{self.width} x {self.height} pixels are no picture of a glitch")
        try:
            with Image.open(BytesIO(self.drawing), formats=["PNG"]) as image:
                return np.asarray(image if image.mode == mode else image.convert(mode))
        except (OSError, SyntaxError, ValueError, EOFError, zlib.error) as problem:
            raise damaged(self.path, str(problem)) from None


def read_png(path: Path) -> Png:
    """What is in a PNG file. Raises CulpaError for one that cannot be read, is damaged, too long or no PNG."""
    content = _content(path)
    if not content.startswith(_SIGNATURE):
        got = "an empty file" if not content else f"a file that begins with {content[:8]!r}"
        raise CulpaError(f"{path}: expected a PNG file, got {got}", "give images as PNG files")
    header, drawing, text = b"", [_SIGNATURE], {}
    for kind, part in _parts(path, content):
        body = part[8:-4]
        if kind == b"IHDR" and header:
            raise damaged(path, "it has two headers")  # a decoder might believe the other one
        if kind == b"IHDR":
            header = body
        if kind in _DRAWING:
            drawing.append(part)
        if kind == b"tEXt":
            key, _, value = body.decode("latin-1").partition("\0")
            text[key] = value
    if len(header) != 13:
        raise damaged(path, "its header is missing")
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    return Png(path, width, height, header[8], header[9], b"".join(drawing), text)


def damaged(path: Path, how: str) -> CulpaError:
    """The error for a file whose content cannot be."""
    return CulpaError(f"{path} is damaged: {how}", "write it again, or remove it")


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe would keep us waiting
            raise CulpaError(f"{path} is not a file", "give images as PNG files")
        if (size := path.stat().st_size) > LARGEST:
            raise CulpaError(
                f"{path}: expected a PNG file of at most {LARGEST >> 20} MB, got {size / 2**20:.0f} MB",
                "no image of a glitch is that large: take it away from the others",
            )
        return path.read_bytes()
    except OSError as problem:
        raise CulpaError(f"cannot read {path}: {problem.strerror or problem}") from problem


def _parts(path: Path, content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind of each part of a PNG, and the part: length, kind, body, check sum."""
    at, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        kind, end = content[at + 4 : at + 8], at + 12 + int.from_bytes(content[at : at + 4])
        if end > len(content):
            raise damaged(path, f"it ends after {len(content)} bytes, in the middle of a part")
        if zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end]):
            raise damaged(path, f"a check sum does not match near byte {at}")
        yield kind, content[at:end]
        at = end
