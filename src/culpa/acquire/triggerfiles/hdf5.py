"""Triggers in HDF5: the dataset `triggers`, a compound table."""

import io
from typing import Any

import numpy as np

from ...types import TRIGGER_COLUMNS, Events
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


def decode(data: bytes) -> tuple[Events, Label | None]:
    """The events, and the label if culpa wrote the file.

    Raises OSError or KeyError for anything but HDF5 with a dataset `triggers`.
    """
    import h5py

    with h5py.File(io.BytesIO(data), "r") as file:
        dataset = file["triggers"]
        table, words = dataset[()], {name: _text(value) for name, value in dataset.attrs.items()}
    columns = {name: table[name].astype(np.float64) for name in TRIGGER_COLUMNS if name in table.dtype.names}
    if channel := words.get("channel"):
        columns["channel"] = np.full(len(table), channel)
    return Events(columns), Label.from_text(words)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
