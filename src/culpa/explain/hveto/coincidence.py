"""Coincidences of primary events with the events of all channels, for all thresholds and windows at once."""

from collections.abc import Iterator, Sequence

import numpy as np

from ...types import Floats, Indices, Mask, Segments
from .witnesses import Levels, Timeline, Witnesses, upward

_PAIRS = 1 << 20
"""Pairs of events, and pairs of a primary event and a channel, that are held at a time."""


def coincidences(primary: Floats, witnesses: Witnesses, thresholds: int, windows: Sequence[float]) -> Indices:
    """The number of primary events with an auxiliary one within ±half a window: (channels, thresholds, windows).

    `primary` GPS s in order. An event at `t` sees one at `a` where `t - window/2 <= a <= t + window/2`, in double
    precision. `windows` ascend.
    """
    counts = np.zeros((len(witnesses.names), thresholds, len(windows)), np.int64)
    first, last = neighbours(primary, witnesses.timeline.times, windows[-1])
    for start, end in _blocks(last - first, len(witnesses.names)):
        _count(counts, primary[start:end], first[start:end], last[start:end], witnesses.timeline, windows)
    return counts


def neighbours(times: Floats, others: Floats, window: float) -> tuple[Indices, Indices]:
    """The ranges, first and last (exclusive), of the others (in order) within ±half a window of each time."""
    first = np.searchsorted(others, times - window / 2, side="left")
    return first, np.searchsorted(others, times + window / 2, side="right")


def has_neighbour(times: Floats, others: Floats, window: float) -> Mask:
    """Which of the times have one of the others (in order) within ±half a window, by the rule of `coincidences`."""
    first, last = neighbours(times, others, window)
    return np.asarray(last > first)


def within(times: Floats, intervals: Segments) -> Mask:
    """Which of the times lie in the intervals, both ends of each included."""
    start, end = np.array(intervals.bounds, float).reshape(-1, 2).T
    return np.asarray(np.searchsorted(start, times, side="right") > np.searchsorted(end, times, side="left"))


def _blocks(pairs: Indices, channels: int) -> Iterator[tuple[int, int]]:
    """Ranges of primary events that have few pairs each, together with the channels too."""
    load = np.cumsum(np.maximum(pairs, channels))
    start = 0
    while start < len(pairs):
        end = int(np.searchsorted(load, (load[start - 1] if start else 0) + _PAIRS, side="right"))
        yield start, max(end, start + 1)
        start = max(end, start + 1)


def _count(
    counts: Indices, primary: Floats, first: Indices, last: Indices, timeline: Timeline, windows: Sequence[float]
) -> None:
    """Add the coincidences of some primary events; `first` and `last` are their neighbours in the widest window."""
    channels, thresholds, _ = counts.shape
    number = last - first
    pairs = np.arange(number.sum()) + np.repeat(first - np.cumsum(number) + number, number)
    seen = np.repeat(np.arange(len(primary)) * channels, number) + timeline.channels[pairs]
    levels = timeline.levels[pairs]
    narrowest = _narrowest(primary, number, timeline.times[pairs], windows)
    # narrow windows first, and in each the loudest last: of several values for one place, numpy keeps the last
    order = np.argsort(narrowest * np.uint16(thresholds + 1) + levels, kind="stable")
    borders = np.searchsorted(narrowest[order], np.arange(len(windows) + 1))
    loudest: Levels = np.zeros(len(primary) * channels, np.uint16)
    channel = np.tile(np.arange(channels), len(primary))
    for column in range(len(windows)):
        some = order[borders[column] : borders[column + 1]]
        loudest[seen[some]] = np.maximum(loudest[seen[some]], levels[some])
        counts[:, :, column] += upward(channel, loudest, channels, thresholds)


def _narrowest(primary: Floats, number: Indices, others: Floats, windows: Sequence[float]) -> Levels:
    """The index of the narrowest window that holds each pair."""
    result = np.zeros(len(others), np.uint16)
    for window in windows[:-1]:
        early, late = np.repeat(primary - window / 2, number), np.repeat(primary + window / 2, number)
        result += (others < early) | (others > late)
    return result
