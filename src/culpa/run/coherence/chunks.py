"""How the times of a recording are shared among jobs: by a fixed grid, so that sums come out the same anywhere."""

from collections.abc import Iterator
from math import floor

import numpy as np

from ...types import Floats

CHUNK = 4096.0
"""Seconds of a job; jobs begin at its GPS multiples."""


def cells(start: float, end: float) -> Iterator[tuple[float, float]]:
    """The cells of the grid that `[start, end)` GPS s touches."""
    for number in range(floor(start / CHUNK), -floor(-end / CHUNK)):
        yield number * CHUNK, (number + 1) * CHUNK


def inside(times: Floats, cell: tuple[float, float]) -> Floats:
    """The times (GPS s) that lie in a cell, in the order given."""
    return times[(times >= cell[0]) & (times < cell[1])]


def by_cell(times: Floats) -> Iterator[tuple[tuple[float, float], Floats]]:
    """The cells that hold some of the times (GPS s), in order, with these."""
    for number in np.unique(np.floor(times / CHUNK)).tolist():
        cell = (number * CHUNK, (number + 1) * CHUNK)
        yield cell, inside(times, cell)
