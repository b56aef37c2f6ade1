"""Trigger files: LIGO_LW XML, ROOT and HDF5, by the ending of the name."""

import gzip
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
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

    def decode(self, data: bytes) -> tuple[Events, Label | None]:
        """The events in it, and its label if culpa wrote it."""


_FORMATS: dict[str, Format] = {
    ".xml": ligolw,
    ".xml.gz": ligolw,
    ".root": root,
    ".h5": hdf5,
    ".hdf5": hdf5,
}


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
    data = _format(Path(path)).encode(events, Label(channel, span, searched, notes or {}))
    with atomic(path) as temporary:
        temporary.write_bytes(gzip.compress(data, 6, mtime=0) if str(path).endswith(".gz") else data)


def read(path: str | Path) -> Events:
    """The events in a trigger file of culpa or of Omicron, in its order, with their channel.

    The channel is that of the rows, else the one that the file states, else the one in the file's name. Raises
    UsageError for an unknown ending, NoDataError where the file is missing, damaged or has no triggers table.
    """
    return read_labelled(path)[0]


def read_labelled(path: str | Path) -> tuple[Events, Label | None]:
    """As `read`, with what the file says about its search; None where another program wrote it."""
    path = Path(path)
    events, label = _decoded(path)
    fallback = (label.channel if label else None) or channel_of_trigger_file(path) or ""
    channels = events["channel"]
    named = {**events.columns, "channel": np.where(channels == "", fallback, channels)}
    return replace(events, columns=named), label


def _format(path: Path) -> Format:
    for ending, module in _FORMATS.items():
        if path.name.endswith(ending):
            return module
    raise UsageError(f"{path} is not a trigger file", f"expected a name that ends in: {' '.join(_FORMATS)}")


def _decoded(path: Path) -> tuple[Events, Label | None]:
    module = _format(path)
    try:
        return module.decode(path.read_bytes())
    except CulpaError:
        raise
    except Exception as problem:  # what a damaged file raises depends on the library and on the damage
        reason = str(problem).partition("\n")[0] or type(problem).__name__
        expected = "expected the table sngl_burst (XML), the tree triggers (ROOT) or the dataset triggers (HDF5)"
        raise NoDataError(f"cannot read the trigger file {path}: {reason}", expected) from problem
