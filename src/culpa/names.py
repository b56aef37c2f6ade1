"""File names after LIGO-T050017 (`S-D-G-T.ext`) and the tags that channels have in them."""

import re
from dataclasses import dataclass
from math import ceil, floor
from pathlib import PurePath

from .errors import UsageError

_NAME = re.compile(
    r"(?P<source>[A-Z0-9]+)-(?P<description>[A-Za-z0-9_+#]+)"
    r"-(?P<start>[0-9]+)-(?P<duration>[0-9]+)\.(?P<extension>[\w.]+)"
)


@dataclass(frozen=True)
class FileName:
    """The parts of a T050017 name; `start` and `duration` are whole GPS seconds."""

    source: str
    description: str
    start: int
    duration: int
    extension: str

    def __str__(self) -> str:
        return f"{self.source}-{self.description}-{self.start}-{self.duration}.{self.extension}"

    @property
    def end(self) -> int:
        """GPS second at which the file's span ends (exclusive)."""
        return self.start + self.duration


def parse(path: str | PurePath) -> FileName | None:
    """The parts of a file's name, or None where it does not follow T050017."""
    match = _NAME.fullmatch(PurePath(path).name)
    if match is None:
        return None
    return FileName(
        match["source"], match["description"], int(match["start"]), int(match["duration"]), match["extension"]
    )


def spanning(source: str, description: str, start: float, end: float, extension: str) -> FileName:
    """The name of a file that holds `[start, end)` GPS s: rounded outward to whole seconds, at least 1 s long."""
    first = floor(start)
    return FileName(source, description, first, max(1, ceil(end) - first), extension)


def interferometer(channel: str) -> str:
    """The detector prefix of a channel (`K1` of `K1:PEM-MIC_1`), `X1` where it has none."""
    prefix, colon, _ = channel.partition(":")
    return prefix if colon and re.fullmatch(r"[A-Z][0-9]", prefix) else "X1"


def channel_tag(channel: str) -> str:
    """A channel's description in file names: without its detector prefix, everything outside `[A-Za-z0-9_+#]` as `_`.

    Raises UsageError for a name with nothing left to write.
    """
    rest = channel.partition(":")[2] or channel
    tag = re.sub(r"[^A-Za-z0-9_+#]", "_", rest)
    if not tag.strip("_"):
        raise UsageError(f"channel name {channel!r} has no letter or digit", "give the full name, such as K1:PEM-MIC_1")
    return tag


def trigger_file(channel: str, start: float, end: float, extension: str) -> PurePath:
    """Where triggers of a channel lie below a trigger folder.

    That is `K1/{TAG}_OMICRON/{gps5}/K1-{TAG}_OMICRON-{gps}-{dur}.{ext}`, with the first five digits of the GPS time.
    Source: pyomicron documentation, archive layout.
    """
    ifo, description = interferometer(channel), f"{channel_tag(channel)}_OMICRON"
    name = spanning(ifo, description, start, end, extension)
    return PurePath(ifo) / description / f"{name.start:010d}"[:5] / str(name)


def channel_of_trigger_file(path: str | PurePath) -> str | None:
    """The channel that a trigger file's name stands for: `_OMICRON` (in any case) dropped, the first `_` read as `-`.

    None for a name that does not follow T050017.
    """
    name = parse(path)
    if name is None:
        return None
    tag = re.sub(r"_OMICRON$", "", name.description, flags=re.IGNORECASE)
    return f"{name.source}:{tag.replace('_', '-', 1)}"


def printable(text: str) -> str:
    """The text without what would control a terminal: names of files and channels may hold anything."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
