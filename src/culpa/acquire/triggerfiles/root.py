"""Triggers in ROOT: the tree `triggers`, which carries its label as JSON in its title.

A label that is too long for a title is the string `label` beside the tree.
"""

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

_LONGEST_TITLE = 32_000  # bytes; ROOT's own limit, as the head of a record, title included, is below 2**15


def encode(events: Events, label: Label) -> bytes:
    """The file: the trigger columns as float64 branches.

    The tree is the only object in it, so that readers that look for one tree find it without its name; only with more
    than about a thousand segments, or as long notes, there is the label too.
    """
    memory = _Memory()
    text = json.dumps(label.to_text())
    fits = len(text) <= _LONGEST_TITLE
    with _uproot().recreate(memory, uuid_function=lambda: UUID(int=0)) as file:
        tree = file.mktree("triggers", dict.fromkeys(TRIGGER_COLUMNS, np.float64), title=text if fits else "")
        if len(events):
            tree.extend({name: np.asarray(events[name], dtype=np.float64) for name in TRIGGER_COLUMNS})
        if not fits:
            file["label"] = text
    return undated(memory.getvalue())


def decode(data: bytes) -> tuple[Events, Mapping[str, str]]:
    """The events of the tree `triggers`, and the words of its label if they are JSON; further trees are left alone.

    Raises ValueError or KeyError for anything but ROOT with a tree `triggers`.
    """
    if len(data) < _length(data):  # uproot may still find a tree
        raise ValueError(f"{len(data)} bytes of {_length(data)}")
    with _uproot().open(io.BytesIO(data)) as file:
        if "triggers" not in file:
            raise KeyError(f"no tree triggers; it has: {', '.join(file.keys(cycle=False)[:20]) or 'nothing'}")
        tree = file["triggers"]
        events = events_of(tree.keys(), lambda name: tree[name].array(library="np"))
        title = getattr(tree, "title", "")  # an RNTuple has none
        beside = file.values(recursive=False, filter_name="label", filter_classname="TObjString")
        return events, _words(title or "".join(beside))


def _length(data: bytes) -> int:
    """The length that the header of a file states, in bytes; 0 where there is no such header."""
    if len(data) < 20 or not data.startswith(b"root"):
        return 0
    (version,) = struct.unpack_from(">i", data, 4)
    (length,) = struct.unpack_from(">q" if version >= 1_000_000 else ">i", data, 12)  # 64 bits in files above 2 GiB
    return int(length)


def _words(text: str) -> Mapping[str, str]:
    try:
        words = json.loads(text)
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
