"""How much live time lies around the events of a channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ...types import Floats, Indices, Segments
from .witnesses import Witnesses, between


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

    @property
    def gaps(self) -> Floats:
        """Start and end of each stretch that is not live, shape (gaps, 2), the endless ones before and after too."""
        return np.concatenate([[-np.inf], self.edges, [np.inf]]).reshape(-1, 2)

    def at(self, times: Floats) -> Floats:
        """The live seconds up to times (GPS s)."""
        return self.after(times - self.edges[0])

    def when(self, elapsed: Floats) -> Floats:
        """The GPS times (s) at which so many live seconds, 0 to all of them, have elapsed."""
        segment = np.searchsorted(self.elapsed[2::2], elapsed, side="right")
        return np.asarray(self.edges[::2][segment] + (elapsed - self.elapsed[::2][segment]))

    def after(self, since: Floats) -> Floats:
        """The live seconds up to times since the first edge.

        At 1e9 s doubles are 0.1 µs apart; what is summed over many windows is better counted from here.
        """
        return np.interp(since, self.edges - self.edges[0], self.elapsed)


def cover(witnesses: Witnesses, clock: Clock, numbers: Indices, windows: Sequence[float]) -> Floats:
    """Live seconds within ±half a window of each channel's events at each threshold: (channels, thresholds, windows).

    `numbers` of events are those of `witnesses`. Windows that overlap count once, and what reaches out of the live
    segments does not count. `windows` ascend.
    """
    result = np.zeros((*numbers.shape, len(windows)))
    near = _near_gaps(witnesses, clock, windows)
    which, since, levels = np.arange(len(witnesses)), witnesses.times - clock.edges[0], witnesses.levels
    for row in range(int(levels.max(initial=0))):
        if row:
            loud = np.flatnonzero(levels > row)  # to take by index is several times faster than by mask
            which, since, levels = which.take(loud), since.take(loud), levels.take(loud)
        some = numbers[:, row] > 0
        first = np.cumsum(numbers[some, row]) - numbers[some, row]
        gap = np.diff(since, prepend=-np.inf)
        gap[first] = np.inf
        for column, window in enumerate(windows):
            own = np.minimum(gap, window)  # what an event's window adds to that of the event before
            edge = _places(near[column], which)
            end = since[edge] + window / 2
            own[edge] = clock.after(end) - clock.after(end - own[edge])
            result[some, row, column] = np.add.reduceat(own, first)
    # times are not finer than this: what covers as much shall be equal, and its significance a tie
    return np.asarray(result.round(9))


def _near_gaps(witnesses: Witnesses, clock: Clock, windows: Sequence[float]) -> list[Indices]:
    """For each window the events with something in it that is not live."""
    start, end = clock.gaps.T
    half = windows[-1] / 2
    near = np.flatnonzero(between(witnesses.timeline.times, start - half, end + half)[witnesses.place])
    times = witnesses.times[near]
    return [
        near[end[np.searchsorted(start, times + window / 2, side="right") - 1] >= times - window / 2]
        for window in windows
    ]


def _places(wanted: Indices, among: Indices) -> Indices:
    """Where those of the wanted numbers that are there stand among others; both ascend."""
    place = np.minimum(np.searchsorted(among, wanted), len(among) - 1)
    return np.asarray(place[among[place] == wanted])
