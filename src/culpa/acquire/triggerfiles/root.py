"""Triggers in ROOT: the tree `triggers`, which carries its label as JSON in its title."""

import io
import json
import struct
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np

from ...errors import MissingExtraError
from ...types import TRIGGER_COLUMNS, Events
from .columns import events_of
from .label import Label
from .undated import undated


def encode(events: Events, label: Label) -> bytes:
    """The file: the trigger columns as float64 branches.

    The tree is the only object in it, so that readers that look for one tree find it without its name.
    """
    memory = _Memory()
    with _uproot().recreate(memory, uuid_function=lambda: UUID(int=0)) as file:
        tree = file.mktree("triggers", dict.fromkeys(TRIGGER_COLUMNS, np.float64), title=json.dumps(label.to_text()))
        if len(events):
            tree.extend({name: np.asarray(events[name], dtype=np.float64) for name in TRIGGER_COLUMNS})
    return undated(memory.getvalue())


def decode(data: bytes) -> tuple[Events, Mapping[str, str]]:
    """The events of the tree `triggers`, and the words in its title if they are JSON; further trees are left alone.

    Raises ValueError or KeyError for anything but ROOT with a tree `triggers`.
    """
    if len(data) < _length(data):  # uproot may still find a tree
        raise ValueError(f"{len(data)} bytes of {_length(data)}")
    with _uproot().open(io.BytesIO(data)) as file:
        if "triggers" not in file:
            raise KeyError(f"no tree triggers; it has: {', '.join(file.keys(cycle=False)[:20]) or 'nothing'}")
        tree = file["triggers"]
        events = events_of(tree.keys(), lambda name: tree[name].array(library="np"))
        return events, _words(getattr(tree, "title", ""))  # an RNTuple has no title


def _length(data: bytes) -> int:
    """The length that the header of a file states, in bytes; 0 where there is no such header."""
    if len(data) < 20 or not data.startswith(b"root"):
        return 0
    (version,) = struct.unpack_from(">i", data, 4)
    (length,) = struct.unpack_from(">q" if version >= 1_000_000 else ">i", data, 12)  # 64 bits in files above 2 GiB
    return int(length)


def _words(title: str) -> Mapping[str, str]:
    try:
        words = json.loads(title)
    except ValueError:
        return {}
    return words if isinstance(words, dict) else {}


def _uproot() -> Any:
    try:
        import uproot
    except ImportError as problem:
        raise MissingExtraError("uproot", "gw", "reading and writing ROOT files") from problem
    return uproot


class _Memory(io.BytesIO):
    """A file in memory: it has no name that ends up in the bytes, and they outlive the writer that closes it."""

    def close(self) -> None:
        """Nothing: the bytes are still wanted."""
