"""Segments by flag in LIGO_LW XML and in HDF5."""

import io
from typing import Any

import numpy as np

from . import xmltables

Intervals = list[tuple[float, float]]


def ligolw(data: bytes) -> dict[str, Intervals]:
    """The rows of the table `segment` (start and end in GPS s) by flag `IFO:NAME:VERSION`, flags without rows included.

    Without a table `segment_definer` they are all of the flag "". Raises ValueError or ParseError for anything else.
    """
    document = xmltables.parse(data)
    definers = xmltables.table(document, "segment_definer")
    rows = xmltables.table(document, "segment")
    if not rows:
        return {}
    spans = zip(_times(rows, "start_time"), _times(rows, "end_time"), strict=True)
    if not definers:
        return {"": list(spans)}
    names = map(":".join, zip(definers["ifos"], definers["name"], definers["version"], strict=True))
    flags = dict(zip(definers["segment_def_id"], names, strict=True))
    found: dict[str, Intervals] = {name: [] for name in flags.values()}
    for definer, span in zip(rows["segment_def_id"], spans, strict=True):
        found[flags[definer]].append(span)
    return found


def hdf5(data: bytes) -> dict[str, Intervals]:
    """The tables `active` (start and end in GPS s) by the name of their group, else tables by their own ("" if one).

    Tables have columns `start_time`, `start_time_ns`, `end_time` and `end_time_ns`, as gwpy writes them, or two columns
    of numbers. Raises OSError or ValueError for anything else.
    """
    import h5py

    flags: dict[str, Intervals] = {}
    tables: dict[str, Intervals] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and isinstance(item.get("active"), h5py.Dataset):
            flags[str(item.attrs.get("name", name))] = _rows(item["active"]) or []
        elif isinstance(item, h5py.Dataset) and (rows := _rows(item)) is not None:
            tables[name] = rows

    with h5py.File(io.BytesIO(data), "r") as file:
        visit("", file)
        file.visititems(visit)
    return flags or (dict(zip([""], tables.values(), strict=True)) if len(tables) == 1 else tables)


def _times(rows: dict[str, list[str]], name: str) -> list[float]:
    nanoseconds = rows.get(f"{name}_ns", ["0"] * len(rows[name]))
    return [int(s) + 1e-9 * int(ns or 0) for s, ns in zip(rows[name], nanoseconds, strict=True)]


def _rows(dataset: Any) -> Intervals | None:
    """The intervals in a table; None where it has no such columns."""
    columns = dataset.dtype.names or ()
    if {"start_time", "end_time"} <= set(columns):
        table = dataset[()]
        bounds = [_seconds(table, name) for name in ("start_time", "end_time")]
    elif dataset.dtype.kind in "iuf" and dataset.ndim == 2 and dataset.shape[1] == 2:
        bounds = list(dataset[()].T)
    else:
        return None
    return list(zip(*(np.asarray(times, dtype=np.float64).tolist() for times in bounds), strict=True))


def _seconds(table: Any, name: str) -> Any:
    nanoseconds = f"{name}_ns"
    return table[name] + 1e-9 * table[nanoseconds] if nanoseconds in table.dtype.names else table[name]
