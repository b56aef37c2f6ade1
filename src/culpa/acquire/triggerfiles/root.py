"""Triggers in ROOT: the tree `triggers`, which carries its label as JSON in its title."""

import io
import json
from typing import Any
from uuid import UUID

import numpy as np

from ...errors import MissingExtraError
from ...types import TRIGGER_COLUMNS, Events
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


def decode(data: bytes) -> tuple[Events, Label | None]:
    """The events of the tree `triggers`, and the label if culpa wrote the file; further trees are left alone.

    Raises ValueError or KeyError for anything but ROOT with a tree `triggers`.
    """
    with _uproot().open(io.BytesIO(data)) as file:
        tree = file["triggers"]
        present = [name for name in TRIGGER_COLUMNS if name in tree]
        columns = {name: np.asarray(tree[name].array(library="np"), dtype=np.float64) for name in present}
        label = _label(getattr(tree, "title", ""))  # an RNTuple has none
    if label:
        columns["channel"] = np.full(len(columns["time"]), label.channel)
    return Events(columns), label


def _label(title: str) -> Label | None:
    try:
        return Label.from_text(json.loads(title))
    except ValueError:
        return None


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
