"""Trigger files: LIGO_LW XML, ROOT and HDF5, by the ending of the name."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Protocol

import numpy as np

from ...errors import CulpaError, NoDataError, UsageError
from ...names import channel_of_trigger_file
from ...types import Events, Segments
from ..atomic import atomic
from . import hdf5, ligolw, root
from .label import Label

EXTENSIONS = {"xml": "xml.gz", "root": "root", "hdf5": "h5"}
"""The ending of a file name by the name of the format."""


class Format(Protocol):
    """What a module for one format can do."""

    def encode(self, events: Events, label: Label) -> bytes:
        """The contents of a file."""

    def decode(self, data: bytes) -> tuple[Events, Mapping[str, str]]:
        """The events in it, with `channel` where rows have it, and what it says of itself: the label and the like."""


_FORMATS: dict[str, Format] = {".h5": hdf5, ".hdf5": hdf5, ".root": root, ".xml.gz": ligolw, ".xml": ligolw}
ENDINGS = tuple(_FORMATS)
"""How trigger files end, best first: XML rounds what HDF5 and ROOT hold exactly, HDF5 reads fastest."""

_SUFFIX = "_OMICRON"
_ABSENT = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
"""There is no such file for us; whatever else the system says, it may be read another time."""


@dataclass(frozen=True)
class TriggerFile:
    """What a trigger file holds.

    `events` in its order, with the column `channel` only where its rows have one ("" where a row names none);
    `channel` that the file states for all of them, "" where it states none; `label` None where another program wrote
    it.
    """

    events: Events
    channel: str
    label: Label | None


def write(
    events: Events,
    path: str | Path,
    *,
    channel: str,
    span: tuple[float, float],
    searched: Segments,
    notes: Mapping[str, str] | None = None,
) -> None:
    """The trigger columns of a channel's events in the format of the path's ending; no event is a valid file too.

    `span` is what the file answers for and `searched` the live time in it (GPS s). The same arguments give the same
    bytes. Raises UsageError for an unknown ending, CulpaError where the disk refuses.
    """
    data = _FORMATS[ending(path)].encode(events, Label(channel, span, searched, notes or {}))
    with atomic(path) as temporary:
        temporary.write_bytes(gzip.compress(data, 6, mtime=0) if str(path).endswith(".gz") else data)


def read(path: str | Path) -> Events:
    """The events in a trigger file of culpa or of another program, in its order, with their channel.

    The channel is that of the rows, else the one that the file states, else the one in the file's name. Raises as
    `load`.
    """
    file = load(path)
    stated = file.channel or channel_in_name(path)
    channels = file.events["channel"]
    return replace(file.events, columns={**file.events.columns, "channel": np.where(channels == "", stated, channels)})


def load(path: str | Path) -> TriggerFile:
    """What a trigger file holds.

    Raises UsageError for an unknown ending, NoDataError where the file is missing or damaged, has no triggers table, or
    one without times or SNRs, CulpaError where the system refuses to read it.
    """
    path = Path(path)
    decode = _FORMATS[ending(path)].decode
    data = _bytes(path)
    try:
        events, words = decode(data)
    except CulpaError:
        raise
    except Exception as problem:  # what a damaged file raises depends on the library and on the damage
        text = str(problem.args[0]) if isinstance(problem, KeyError) and problem.args else str(problem)
        reason = text.partition("\n")[0] or type(problem).__name__
        expected = (
            "expected the table sngl_burst (XML), the tree triggers (ROOT) or the dataset triggers (HDF5), "
            "with times and SNRs"
        )
        raise NoDataError(f"cannot read the trigger file {path}: {reason}", expected) from problem
    return TriggerFile(events, str(words.get("channel", "")), Label.from_text(words))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        kind = NoDataError if isinstance(problem, _ABSENT) else CulpaError
        raise kind(f"cannot read the trigger file {path}: {problem.strerror or problem}") from problem


def ending(path: str | PurePath) -> str:
    """The one of `ENDINGS` that a file's name has. Raises UsageError where it has none."""
    name = PurePath(path).name
    for known in ENDINGS:
        if name.endswith(known):
            return known
    raise UsageError(f"{path} is not a trigger file", f"expected a name that ends in: {' '.join(ENDINGS)}")


def channel_in_name(path: str | PurePath) -> str:
    """The channel that a trigger file's name stands for, whether or not the name follows T050017.

    `_OMICRON` is dropped, `K1-` in front is `K1:`, and the first `_` is read as `-` where there is no `-`.
    """
    if channel := channel_of_trigger_file(path):
        return channel
    name = PurePath(path).name
    tag = name.removesuffix(ending(path))
    tag = tag[: -len(_SUFFIX)] if tag.upper().endswith(_SUFFIX) else tag
    prefix, rest = (tag[:2], tag[3:]) if re.match(r"[A-Z][0-9][-:].", tag) else ("", tag)
    rest = rest if "-" in rest else rest.replace("_", "-", 1)
    return f"{prefix}:{rest}" if prefix else rest or name
