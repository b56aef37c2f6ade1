"""The events of all auxiliary channels together, reduced to what a search for coincidences needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...types import Floats, Indices, Mask, Segments

Levels = NDArray[np.uint16]
"""How many of the thresholds an event reaches."""


@dataclass(frozen=True)
class Timeline:
    """Events of all channels in order of time; `times` GPS s, `channels` their indices; arrays of shape (events,)."""

    times: Floats
    levels: Levels
    channels: Indices


@dataclass(frozen=True)
class Witnesses:
    """Events that reach at least the lowest threshold, channel after channel; arrays of shape (events,).

    `times` GPS s, in order within each channel; `levels` how many thresholds each reaches; `channels` the index into
    `names`; `rows` where each is in its channel's table. `timeline` has the same events in order of time, and `place`
    says where each is there: copies, because to collect one order from the other costs more than the search.
    """

    names: tuple[str, ...]
    times: Floats
    levels: Levels
    channels: Indices
    rows: Indices
    timeline: Timeline
    place: Indices

    @classmethod
    def of(cls, tables: Mapping[str, tuple[Floats, Floats]], thresholds: Sequence[float]) -> Self:
        """From times (in any order; NaN: no event) and SNRs of each channel; `thresholds` ascend. NaN reaches none."""
        parts = [_loud(*table, thresholds) for table in tables.values()]
        rows = np.concatenate([_NO_ROW, *(part[0] for part in parts)])
        times = np.concatenate([np.empty(0), *(part[1] for part in parts)])
        levels = np.concatenate([np.empty(0, np.uint16), *(part[2] for part in parts)])
        channels = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
        order = np.argsort(times, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        timeline = Timeline(times[order], levels[order], channels[order])
        return cls(tuple(tables), times, levels, channels, rows, timeline, place)

    def __len__(self) -> int:
        return len(self.times)

    def without(self, intervals: Segments) -> Self:
        """The events outside intervals of which both ends are included."""
        edges = np.array(intervals.bounds, float).reshape(-1, 2)
        return self._keep(~between(self.timeline.times, edges[:, 0], edges[:, 1]), self.names, 0)

    def part(self, first: int, last: int) -> Self:
        """The channels `first` to `last` (exclusive) alone."""
        channels = self.timeline.channels
        return self._keep((channels >= first) & (channels < last), self.names[first:last], first)

    def _keep(self, kept: Mask, names: tuple[str, ...], first: int) -> Self:
        """The events chosen by a mask over the timeline; `first` is the channel that becomes number 0."""
        of = self.timeline
        timeline = Timeline(of.times[kept], of.levels[kept], of.channels[kept] - first)
        own = kept[self.place]
        place = (np.cumsum(kept) - 1)[self.place[own]]
        return type(self)(
            names, self.times[own], self.levels[own], self.channels[own] - first, self.rows[own], timeline, place
        )

    def slices(self) -> list[slice]:
        """Where each channel's events are."""
        ends = np.cumsum(np.bincount(self.channels, minlength=len(self.names))).tolist()
        return [slice(start, end) for start, end in pairwise([0, *ends])]

    def numbers(self, thresholds: int) -> Indices:
        """How many events of each channel reach each of so many thresholds: (channels, thresholds)."""
        return upward(self.channels, self.levels, len(self.names), thresholds)


def upward(groups: Indices, levels: Levels, number: int, thresholds: int) -> Indices:
    """How many members of each of `number` groups reach each of the thresholds: (number, thresholds)."""
    keys = groups * (thresholds + 1) + levels
    table = np.bincount(keys, minlength=number * (thresholds + 1)).reshape(number, thresholds + 1)
    return np.asarray(table[:, :0:-1].cumsum(axis=1)[:, ::-1])


def between(times: Floats, first: Floats, last: Floats) -> Mask:
    """Which of the times (in order) lie in any of the intervals, both ends of each included."""
    enter = np.bincount(np.searchsorted(times, first, side="left"), minlength=len(times) + 1)
    leave = np.bincount(np.searchsorted(times, last, side="right"), minlength=len(times) + 1)
    return np.asarray(np.cumsum(enter - leave)[:-1] > 0)


_NO_ROW = np.empty(0, np.int64)


def _loud(times: Floats, loudness: Floats, thresholds: Sequence[float]) -> tuple[Indices, Floats, Levels]:
    """Row, time and level of the events that reach a threshold, in order of time."""
    rows = np.flatnonzero((loudness >= thresholds[0]) & ~np.isnan(times))
    if (times[rows[1:]] < times[rows[:-1]]).any():
        rows = rows[np.argsort(times[rows], kind="stable")]
    return rows, times[rows], np.searchsorted(thresholds, loudness[rows], side="right").astype(np.uint16)
