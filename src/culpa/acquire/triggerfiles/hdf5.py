"""Triggers in HDF5: the dataset `triggers`, a compound table."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...types import TRIGGER_COLUMNS, Events
from .columns import events_of
from .label import Label


def encode(events: Events, label: Label) -> bytes:
    """The file: the trigger columns as float64; the label as attributes of the dataset."""
    import h5py

    table = np.empty(len(events), dtype=[(name, np.float64) for name in TRIGGER_COLUMNS])
    for name in TRIGGER_COLUMNS:
        table[name] = events[name]
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        dataset = file.create_dataset("triggers", data=table)
        dataset.attrs.update(label.to_text())
    return memory.getvalue()


def decode(data: bytes) -> tuple[Events, Mapping[str, str]]:
    """The events, and the attributes of the table (and of the file) as text.

    `triggers` may also be a group with a dataset for each column. Raises OSError, KeyError or ValueError for anything
    but HDF5 with such a table.
    """
    import h5py

    with h5py.File(io.BytesIO(data), "r") as file:
        if "triggers" not in file:
            raise KeyError(f"no dataset triggers; it has: {', '.join(list(file)[:20]) or 'nothing'}")
        stored = file["triggers"]
        words = {name: _text(value) for attributes in (file.attrs, stored.attrs) for name, value in attributes.items()}
        if isinstance(stored, h5py.Group):
            return events_of(stored, lambda name: stored[name][()]), words
        table = stored[()]
        return events_of(table.dtype.names or (), lambda name: table[name]), words


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
