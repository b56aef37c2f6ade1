"""Coincidences as a plain sum, for many sets of primary events at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...types import Floats, Indices
from .witnesses import Witnesses

# A window that holds n events of a channel holds n - 1 pairs of neighbours: the difference is 1 where there is any
# event and 0 where there is none. So the events seen, less the pairs of neighbours seen, is the number of coincidences,
# and nothing has to be grouped by channel. Neighbours are meant among the events at or above a threshold: a pair is one
# for the thresholds that both reach, less those that an event in between reaches.

_BINS = 1 << 18
_SEEN = 1 << 20
"""Marks seen that are held at a time."""


@dataclass(frozen=True)
class Marks:
    """Events and pairs of neighbours, in order of their middles; arrays of shape (marks,).

    `middle` GPS s; `half` s from there to the events; `rows` is (channel * 2 + sign) * (thresholds + 1) + level, of C
    `channels`: a mark counts for all `thresholds` below its level, to add (sign 0) or to take away (sign 1).
    """

    middle: Floats
    half: Floats
    rows: Indices
    channels: int
    thresholds: int

    @cached_property
    def index(self) -> tuple[float, float, Indices]:
        """For looking up instead of searching: the first edge of bins, bins per s, how many marks are before each."""
        if not len(self.middle):
            return 0.0, 0.0, np.zeros(1, np.int64)
        low, high = float(self.middle[0]), float(self.middle[-1]) + 1e-3
        bins = min(_BINS, 4 * len(self.middle))
        return low, bins / (high - low), np.searchsorted(self.middle, np.linspace(low, high, bins + 1))

    def range(self, start: Floats, end: Floats) -> tuple[Indices, Indices]:
        """First and last (exclusive) of the marks that may lie between times: all that do, and a few outside."""
        low, scale, before = self.index
        last = len(before) - 1  # a bin more on either side, for rounding
        first = before[np.clip((start - low) * scale - 1, 0, last).astype(np.int64)]
        return first, before[np.clip((end - low) * scale + 2, 0, last).astype(np.int64)]


def marks_of(witnesses: Witnesses, thresholds: int, reach: float) -> Marks:
    """The marks of all channels; pairs that are more than `reach` s apart are left out."""
    levels = thresholds + 1
    rows = witnesses.channels * (2 * levels)
    parts = [(witnesses.times, np.zeros(len(witnesses)), rows + witnesses.levels)]
    for first, second, above in _neighbours(witnesses):
        apart = witnesses.times[second] - witnesses.times[first]
        near = np.flatnonzero(apart <= reach)
        first, second, half = first[near], second[near], apart[near] / 2
        middle = witnesses.times[first] + half
        both = np.minimum(witnesses.levels[first], witnesses.levels[second])
        parts.append((middle, half, rows[first] + levels + both))
        if above:
            parts.append((middle, half, rows[first] + above))
    middle, half, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(middle, kind="stable")
    return Marks(middle[order], half[order], rows[order], len(witnesses.names), thresholds)


def _neighbours(witnesses: Witnesses) -> Iterator[tuple[Indices, Indices, int]]:
    """Pairs of events of one channel that become neighbours at a threshold, and how many thresholds are below it."""
    number = np.arange(len(witnesses))
    for above in range(int(witnesses.levels.max(initial=0))):
        loud = np.flatnonzero(witnesses.levels[number] > above)
        # what stood side by side before is known already
        new = np.flatnonzero(np.diff(loud) > 1) if above else np.arange(len(loud) - 1)
        number = number[loud]
        pairs = number[new], number[new + 1]
        same = witnesses.channels[pairs[0]] == witnesses.channels[pairs[1]]
        yield pairs[0][same], pairs[1][same], above


def count(sets: Floats, marks: Marks, windows: Sequence[float]) -> Indices:
    """The coincidences of each set of primary events: (sets, channels, thresholds, windows).

    `sets` GPS s, shape (sets, events), each in order. As `coincidence.coincidences`, but that rounding may decide about
    an event on the very end of a window.
    """
    times, reach = sets.reshape(-1), windows[-1] / 2
    shape = len(sets), marks.channels, 2, marks.thresholds + 1, len(windows) + 1
    first, last = marks.range(times - reach, times + reach)
    rows = np.arange(len(times)) // sets.shape[1] * (shape[1] * 2 * shape[3])
    table = np.zeros(int(np.prod(shape)), np.int64)
    for some in _blocks(last - first):
        table += _histogram(times[some], first[some], last[some], rows[some], marks, windows, len(table))
    # without what reaches no threshold or lies in no window
    table = table.reshape(shape)[..., :0:-1, :-1]
    return np.asarray((table[:, :, 0] - table[:, :, 1]).cumsum(axis=2)[:, :, ::-1].cumsum(axis=3))


def _blocks(number: Indices) -> Iterator[slice]:
    """Cuts that hold few marks each: where many channels have a burst at once, one event may see very many."""
    total = np.cumsum(number)
    start = 0
    while start < len(number):
        end = int(np.searchsorted(total, (total[start - 1] if start else 0) + _SEEN, side="right"))
        yield slice(start, max(end, start + 1))
        start = max(end, start + 1)


def _histogram(
    times: Floats, first: Indices, last: Indices, rows: Indices, marks: Marks, windows: Sequence[float], size: int
) -> Indices:
    """How many marks times see, by their `rows` plus that of the mark, and by the narrowest window that holds it."""
    number = last - first
    seen = np.arange(number.sum())
    seen += np.repeat(first - np.cumsum(number) + number, number)
    away = marks.middle.take(seen)
    away -= np.repeat(times, number)
    np.abs(away, out=away)
    away += marks.half.take(seen)
    narrowest = np.zeros(len(seen), np.uint8)
    for window in windows:
        narrowest += away > window / 2
    places = marks.rows.take(seen)
    places += np.repeat(rows, number)
    places *= len(windows) + 1
    places += narrowest
    return np.bincount(places, minlength=size)
