"""Coincidences of primary events with a channel's events, for all thresholds and windows at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...types import Floats, Indices, Mask, Segments

Levels = NDArray[np.uint16]
"""How many of the thresholds an event reaches."""


@dataclass(frozen=True)
class Witness:
    """An auxiliary channel's events that reach at least the lowest threshold; every array has shape (events,).

    `times` GPS s in order, `levels` how many thresholds each reaches, `rows` where it is in the channel's table.
    """

    times: Floats
    levels: Levels
    rows: Indices

    @classmethod
    def of(cls, times: Floats, loudness: Floats, thresholds: Sequence[float]) -> Self:
        """From times in order and their SNRs; `thresholds` ascend. NaN reaches none."""
        levels = np.searchsorted(thresholds, np.nan_to_num(loudness, nan=-np.inf), side="right").astype(np.uint16)
        rows = np.flatnonzero(levels)
        return cls(times[rows], levels[rows], rows)

    def take(self, chosen: Mask) -> Self:
        """The events chosen by a mask."""
        return type(self)(self.times[chosen], self.levels[chosen], self.rows[chosen])

    def at_least(self, thresholds: int) -> Indices:
        """The number of events at or above each of so many thresholds."""
        return upward(self.levels, thresholds)


@dataclass(frozen=True)
class Clock:
    """Live time elapsed: GPS s of the segments' edges, and live seconds up to each; both (edges,)."""

    edges: Floats
    elapsed: Floats

    @classmethod
    def of(cls, live: Segments) -> Self:
        """The clock of segments, of which there must be at least one."""
        edges = np.array(live.bounds, float).reshape(-1)
        lengths = np.diff(edges)
        lengths[1::2] = 0  # between segments it stands still
        return cls(edges, np.concatenate([[0.0], np.cumsum(lengths)]))

    @property
    def total(self) -> float:
        """All live time, s."""
        return float(self.elapsed[-1])

    def at(self, times: Floats) -> Floats:
        """The live seconds up to times."""
        return self.around(times, 0.0)[0]

    def around(self, times: Floats, half: float) -> tuple[Floats, Floats]:
        """The live seconds up to `times - half` and up to `times + half`."""
        # relative to the first edge: at 1e9 s doubles are 0.1 µs apart, and the sum is over many windows
        edges, since = self.edges - self.edges[0], times - self.edges[0]
        return np.interp(since - half, edges, self.elapsed), np.interp(since + half, edges, self.elapsed)


def coincidences(primary: Floats, witness: Witness, thresholds: int, windows: Sequence[float]) -> Indices:
    """The number of primary events with an auxiliary one within ±half a window, shape (thresholds, windows).

    `primary` GPS s in order. An event at `t` sees one at `a` where `t - window/2 <= a <= t + window/2`, in double
    precision. `windows` ascend.
    """
    counts = np.zeros((thresholds, len(windows)), np.int64)
    times = primary
    for column in reversed(range(len(windows))):  # what a wide window misses, a narrow one misses too
        times, loudest = seen(times, witness, windows[column])
        counts[:, column] = upward(loudest, thresholds)
    return counts


def seen(times: Floats, witness: Witness, window: float) -> tuple[Floats, Levels]:
    """The times that have a witness within ±half a window, in their order, and the highest level there."""
    first = np.searchsorted(witness.times, times - window / 2, side="left")
    last = np.searchsorted(witness.times, times + window / 2, side="right")
    found = last > first
    return times[found], range_maximum(witness.levels, first[found], last[found])


def has_neighbour(times: Floats, others: Floats, window: float) -> Mask:
    """Which of the times have one of the others (in order) within ±half a window, by the rule of `coincidences`."""
    first = np.searchsorted(others, times - window / 2, side="left")
    return np.asarray(np.searchsorted(others, times + window / 2, side="right") > first)


def within(times: Floats, intervals: Segments) -> Mask:
    """Which of the times lie in the intervals, both ends of each included."""
    start, end = np.array(intervals.bounds, float).reshape(-1, 2).T
    return np.asarray(np.searchsorted(start, times, side="right") > np.searchsorted(end, times, side="left"))


def covered(witness: Witness, clock: Clock, thresholds: int, windows: Sequence[float]) -> Floats:
    """Live seconds within ±half a window of the events at or above each threshold, shape (thresholds, windows)."""
    subsets = [np.flatnonzero(witness.levels > k) for k in range(int(witness.levels.max(initial=0)))]
    result = np.zeros((thresholds, len(windows)))
    for column, window in enumerate(windows):
        start, end = clock.around(witness.times, window / 2)
        for row, subset in enumerate(subsets):
            result[row, column] = _union(start[subset], end[subset])
    return np.round(result, 9)  # times are not finer: what covers as much shall be equal, and its significance a tie


def _union(start: Floats, end: Floats) -> float:
    """The length of the union of intervals of which both ends ascend."""
    return float((end[1:] - np.maximum(start[1:], end[:-1])).sum() + end[0] - start[0])


def upward(levels: Levels, thresholds: int) -> Indices:
    """How many reach each of the thresholds, shape (thresholds,)."""
    return np.bincount(levels, minlength=thresholds + 1)[:0:-1].cumsum()[::-1]


def range_maximum(values: Levels, first: Indices, last: Indices) -> Levels:
    """The largest of `values[first:last]` for each pair, of which none is empty.

    Doubling: row j has the largest of 2^j values from each place on, and two of its entries cover any range.
    """
    width = last - first
    rows = [values]
    while 2 ** len(rows) <= width.max(initial=1):
        half = 2 ** (len(rows) - 1)
        rows.append(np.maximum(rows[-1][:-half], rows[-1][half:]))
    if len(rows) == 1:
        return values[first]
    table = np.zeros((len(rows), len(values)), values.dtype)
    for row, filled in zip(table, rows, strict=True):
        row[: len(filled)] = filled
    exponent = np.frexp(width)[1] - 1
    return np.asarray(np.maximum(table[exponent, first], table[exponent, last - (1 << exponent)]))
