"""How often chance does as well: the whole grid again, with the primary events shifted in time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...types import Floats, Indices, Mask, Segments
from .cover import Clock
from .grid import chance, poisson
from .result import FalseAlarm
from .settings import HvetoSettings
from .witnesses import Levels, Witnesses

# All auxiliary events stay where they are, so that what they have in common stays too; the primary events move together
# round the circle that the live segments make when they are laid end to end.

Over = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""How a function is done for many things: `map`, or something that uses several processors."""

_TOGETHER = 16
"""Channels of one job: the result does not depend on it."""
_BLOCK = 1 << 18
"""Shifted events held at a time: few enough for the processor's cache."""
_BINS = 1 << 17
"""The circle is cut into as many bins at most, to pass over the shifted events that are far from any auxiliary one."""


@dataclass(frozen=True)
class Stage:
    """What there is at the start of a round, but for the auxiliary events: live time, primary events (GPS s in order),
    and what the round before it vetoed."""

    live: Segments
    primary: Floats
    removed: Segments


def false_alarms(
    witnesses: Witnesses,
    stages: Sequence[Stage],
    best: Sequence[float],
    settings: HvetoSettings,
    over: Over = map,
) -> list[FalseAlarm | None]:
    """The false-alarm probability of the best significance of each stage; None where there are no shifts or no data.

    `witnesses` are those of the first stage. The shifts of a stage follow from the seed and its number, and the same
    for all channels.
    """
    maxima = null_maxima_of(witnesses, stages, settings, over)
    cells = len(witnesses.names) * len(settings.snr_thresholds) * len(settings.time_windows)
    return [
        _alarm(observed, row, cells, _generator(settings, number, "ties")) if _possible(stage, settings) else None
        for number, (observed, row, stage) in enumerate(zip(best, maxima, stages, strict=True))
    ]


def null_maxima_of(witnesses: Witnesses, stages: Sequence[Stage], settings: HvetoSettings, over: Over) -> Floats:
    """The largest significance among all channels, in each stage and for each shift: (stages, shifts)."""
    maxima = np.zeros((len(stages), settings.shifts))
    for part in over(null_maxima, ((group, stages, settings) for group in _groups(witnesses))):
        maxima = np.maximum(maxima, part)
    return maxima


def null_maxima(job: tuple[Witnesses, Sequence[Stage], HvetoSettings]) -> Floats:
    """The largest significance among some channels, in each stage and for each shift: (stages, shifts)."""
    witnesses, stages, settings = job
    result = np.zeros((len(stages), settings.shifts))
    for number, stage in enumerate(stages):
        witnesses = witnesses.without(stage.removed)
        if _possible(stage, settings):
            rng = _generator(settings, number, "shifts")
            _fill(result[number], witnesses, stage, rng.random(settings.shifts), settings)
    return result


def _possible(stage: Stage, settings: HvetoSettings) -> bool:
    return bool(settings.shifts and stage.live and len(stage.primary))


def _generator(settings: HvetoSettings, number: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng([settings.seed, number, ("shifts", "ties").index(purpose)])


def _groups(witnesses: Witnesses) -> Iterator[Witnesses]:
    for first in range(0, len(witnesses.names), _TOGETHER):
        yield witnesses.part(first, first + _TOGETHER)


def _alarm(observed: float, maxima: Floats, cells: int, rng: np.random.Generator) -> FalseAlarm:
    above = int((maxima > observed).sum())
    at_least = above + int(rng.integers(int((maxima == observed).sum()) + 1))
    bound = min(1.0, cells * 10.0**-observed)
    return FalseAlarm((1 + at_least) / (1 + len(maxima)), at_least, maxima, bound)


def _fill(result: Floats, witnesses: Witnesses, stage: Stage, shifts: Floats, settings: HvetoSettings) -> None:
    """Raise `result` (shifts,) to the largest significance that any of the channels has under each shift (0 to 1)."""
    clock = Clock.of(stage.live)
    channels = list(_channels(witnesses, len(stage.primary), stage.live, settings))
    at = clock.at(stage.primary)
    step = max(1, _BLOCK // len(at))
    for first in range(0, len(shifts), step):
        some = result[first : first + step]
        moved = _Moved.of(at, shifts[first : first + step], clock.total)
        for channel in channels:
            np.maximum(some, channel.best(moved), out=some)


@dataclass(frozen=True)
class _Moved:
    """The primary events on the circle, shift after shift, each in order: live s, and the bin; (shifts * events,)."""

    at: Floats
    bins: Indices
    shifts: int

    @classmethod
    def of(cls, at: Floats, shifts: Floats, total: float) -> "_Moved":
        moved = np.sort((at + total * shifts[:, np.newaxis]) % total, axis=1).reshape(-1)
        return cls(moved, _bin(moved, total), len(shifts))


def _bin(at: Floats, total: float) -> Indices:
    return np.minimum(at * (_BINS / total), _BINS - 1).astype(np.int64)


@dataclass(frozen=True)
class _Channel:
    """A channel's windows on the circle.

    `near` (bins,) tells where the widest window is, at least in part; `steps` are for each window the places (live s)
    where the highest level in it changes, and the levels before, between and after them; `expected` has shape
    (thresholds, windows).
    """

    near: Mask
    steps: Sequence[tuple[Floats, Levels]]
    expected: Floats
    settings: HvetoSettings

    def best(self, moved: _Moved) -> Floats:
        """The largest significance under each shift."""
        counts = self._counts(moved)
        possible = np.arange(counts.max(initial=0) + 1)  # few: the formula is slow, and looking up is not
        worth = poisson(self.settings)(possible, self.expected[..., np.newaxis])
        return np.asarray(np.take_along_axis(worth, counts, axis=2).max(axis=(0, 1)))

    def _counts(self, moved: _Moved) -> Indices:
        thresholds = len(self.settings.snr_thresholds)
        counts = np.zeros((thresholds, len(self.steps), moved.shifts), np.int64)
        rows = np.flatnonzero(self.near.take(moved.bins))
        at, shift = moved.at[rows], rows // (len(moved.at) // moved.shifts)
        for column in reversed(range(len(self.steps))):
            places, levels = self.steps[column]
            found = levels[np.searchsorted(places, at, side="right")]
            inside = found > 0
            at, shift, found = at[inside], shift[inside], found[inside]
            keys = shift * (thresholds + 1) + found
            table = np.bincount(keys, minlength=moved.shifts * (thresholds + 1)).reshape(moved.shifts, -1)
            counts[:, column] = table[:, :0:-1].cumsum(axis=1)[:, ::-1].T
        return counts


def _channels(witnesses: Witnesses, primaries: int, live: Segments, settings: HvetoSettings) -> Iterator[_Channel]:
    """Those that have events."""
    _, _, expected = chance(primaries, witnesses, live, settings)
    clock = Clock.of(live)
    for number, own in enumerate(witnesses.slices()):
        times, levels = witnesses.times[own] - clock.edges[0], witnesses.levels[own]
        if len(times):
            around = [(clock.after(times - w / 2), clock.after(times + w / 2)) for w in settings.time_windows]
            steps = [_steps(levels, *ends) for ends in around]
            yield _Channel(_near(*around[-1], clock.total), steps, expected[number], settings)


def _steps(levels: Levels, start: Floats, end: Floats) -> tuple[Floats, Levels]:
    """Where the highest level among overlapping windows changes, and one level more: before, between and after.

    Both ends of the windows ascend.
    """
    places = np.sort(np.concatenate([start, end]))
    middle = (places[1:] + places[:-1]) / 2
    highest = np.zeros(len(places) + 1, np.uint16)
    highest[1:-1] = range_maximum(levels, np.searchsorted(end, middle), np.searchsorted(start, middle))
    changes = highest[1:] != highest[:-1]
    return places[changes], highest[np.concatenate([[True], changes])]


def range_maximum(values: Levels, first: Indices, last: Indices) -> Levels:
    """The largest of `values[first:last]` for each pair; 0 where that is empty.

    Doubling: row j has the largest of 2^j values from each place on, and two of its entries cover any range.
    """
    width = np.maximum(last - first, 0)
    rows = [values]
    while 2 ** len(rows) <= width.max(initial=1):
        half = 2 ** (len(rows) - 1)
        rows.append(np.maximum(rows[-1][:-half], rows[-1][half:]))
    result = np.zeros(len(first), values.dtype)
    exponent = np.frexp(width)[1] - 1
    for power, row in enumerate(rows):
        some = exponent == power
        result[some] = np.maximum(row[first[some]], row[last[some] - 2**power])
    return result


def _near(start: Floats, end: Floats, total: float) -> Mask:
    first, last = _bin(start, total), _bin(end, total) + 1
    change = np.bincount(first, minlength=_BINS + 1) - np.bincount(last, minlength=_BINS + 1)
    return np.asarray(np.cumsum(change)[:-1] > 0)
