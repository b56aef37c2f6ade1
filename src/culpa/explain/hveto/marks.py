"""Coincidences as a plain sum, for many sets of primary events at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...types import Floats, Indices
from .witnesses import Witnesses

# A window that holds n events of a channel holds n - 1 pairs of neighbours: the difference is 1 where there is any
# event and 0 where there is none. So the events seen, less the pairs of neighbours seen, is the number of coincidences,
# and nothing has to be grouped by channel. Neighbours are meant among the events at or above a threshold: a pair is one
# for the thresholds that both reach, less those that an event in between reaches.


@dataclass(frozen=True)
class Marks:
    """Events, or pairs of neighbours, in order of their middles; arrays of shape (marks,).

    `middle` GPS s; `half` s from there to the events; `rows` is channel * (thresholds + 1) + level: a mark counts for
    all thresholds below its level.
    """

    middle: Floats
    half: Floats
    rows: Indices


def marks_of(witnesses: Witnesses, thresholds: int, reach: float) -> tuple[Marks, Marks]:
    """What to add and what to take away; pairs that are more than `reach` s apart are left out."""
    rows = witnesses.channels * (thresholds + 1)
    add = [(witnesses.times, np.zeros(len(witnesses)), rows + witnesses.levels)]
    less = [(np.empty(0), np.empty(0), np.empty(0, np.int64))]
    for first, second, above in _neighbours(witnesses):
        apart = witnesses.times[second] - witnesses.times[first]
        near = np.flatnonzero(apart <= reach)
        first, second, half = first[near], second[near], apart[near] / 2
        middle = witnesses.times[first] + half
        less.append((middle, half, rows[first] + np.minimum(witnesses.levels[first], witnesses.levels[second])))
        if above:
            add.append((middle, half, rows[first] + above))
    return _joined(add), _joined(less)


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


def _joined(parts: Sequence[tuple[Floats, Floats, Indices]]) -> Marks:
    middle, half, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(middle, kind="stable")
    return Marks(middle[order], half[order], rows[order])


def count(
    sets: Floats, marks: tuple[Marks, Marks], channels: int, thresholds: int, windows: Sequence[float]
) -> Indices:
    """The coincidences of each set of primary events: (sets, channels, thresholds, windows).

    `sets` GPS s, shape (sets, events), each in order. As `coincidence.coincidences`, but that rounding may decide about
    an event on the very end of a window.
    """
    shape = len(sets), channels, thresholds + 1, len(windows) + 1
    add, less = (_histogram(sets, some, shape, windows) for some in marks)
    table = (add - less)[:, :, :0:-1, :-1]  # without the events that reach no threshold or lie in no window
    return np.asarray(table.cumsum(axis=2)[:, :, ::-1].cumsum(axis=3))


def _histogram(sets: Floats, marks: Marks, shape: tuple[int, ...], windows: Sequence[float]) -> Indices:
    """How many marks are seen by set, channel, level and narrowest window that holds them."""
    times = sets.reshape(-1)
    first = np.searchsorted(marks.middle, times - windows[-1] / 2)
    number = np.searchsorted(marks.middle, times + windows[-1] / 2, side="right") - first
    seen = np.arange(number.sum()) + np.repeat(first - np.cumsum(number) + number, number)
    away = np.abs(marks.middle.take(seen) - np.repeat(times, number)) + marks.half.take(seen)
    narrowest = np.zeros(len(seen), np.uint8)
    for window in windows:
        narrowest += away > window / 2
    places = np.repeat(np.arange(len(times)) // sets.shape[1] * (shape[1] * shape[2]), number)
    places = (places + marks.rows.take(seen)) * shape[3] + narrowest
    return np.bincount(places, minlength=int(np.prod(shape))).reshape(shape)
