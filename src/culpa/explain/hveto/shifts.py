"""How often chance does as well: the whole grid again, with the primary events shifted in time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from ...types import Floats, Indices, Segments
from .cover import Clock
from .grid import Poisson, poisson
from .marks import count, marks_of
from .result import FalseAlarm
from .settings import HvetoSettings
from .witnesses import Witnesses

# All auxiliary events stay where they are, so that what they have in common stays too; the primary events move together
# round the circle that the live segments make when they are laid end to end.

Over = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""How a function is done for many things: `map`, or something that uses several processors."""

_BLOCK = 1 << 16
"""Marks seen, and counts, that are worked on at a time: few enough for the processor's cache."""
_HELD = 1 << 23
"""Counts that are held at a time."""


@dataclass(frozen=True)
class Stage:
    """What there is at the start of a round, but for the auxiliary events.

    The live time; the primary events, GPS s in order; the coincidences to expect by chance, (channels, thresholds,
    windows); what the round before vetoed.
    """

    live: Segments
    primary: Floats
    expected: Floats
    removed: Segments = field(default_factory=Segments)


def false_alarms(
    witnesses: Witnesses,
    stages: Sequence[Stage],
    best: Sequence[float],
    settings: HvetoSettings,
    over: Over = map,
    jobs: int = 1,
) -> list[FalseAlarm | None]:
    """The false-alarm probability of the best significance of each stage; None where there is nothing to shift.

    `witnesses` are those of the first stage. The shifts of a stage follow from the seed and its number, and are the
    same for all channels; `over` does them in so many `jobs`, on which the result does not depend.
    """
    step = max(1, -(-settings.shifts // jobs))
    cuts = (range(first, min(first + step, settings.shifts)) for first in range(0, settings.shifts, step))
    parts = over(null_maxima, ((witnesses, stages, settings, cut) for cut in cuts))
    maxima = np.concatenate([np.empty((len(stages), 0)), *parts], axis=1)
    cells = len(witnesses.names) * len(settings.snr_thresholds) * len(settings.time_windows)
    return [
        _alarm(observed, row, cells, _generator(settings, number, "ties")) if _possible(stage) else None
        for number, (observed, row, stage) in enumerate(zip(best, maxima, stages, strict=True))
    ]


def null_maxima(job: tuple[Witnesses, Sequence[Stage], HvetoSettings, range]) -> Floats:
    """The largest significance among all channels, in each stage and for some of the shifts: (stages, shifts)."""
    witnesses, stages, settings, some = job
    result = np.zeros((len(stages), len(some)))
    for number, stage in enumerate(stages):
        witnesses = witnesses.without(stage.removed)
        if _possible(stage) and len(witnesses):
            shifts = _generator(settings, number, "shifts").random(settings.shifts)[some.start : some.stop]
            result[number] = _largest(witnesses, stage, shifts, settings)
    return result


def _possible(stage: Stage) -> bool:
    return bool(stage.live and len(stage.primary))


def _generator(settings: HvetoSettings, number: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng([settings.seed, number, ("shifts", "ties").index(purpose)])


def _alarm(observed: float, maxima: Floats, cells: int, rng: np.random.Generator) -> FalseAlarm:
    bound = min(0.0, float(np.log10(cells)) - observed) if cells else 0.0
    if not len(maxima):
        return FalseAlarm(nan, 0, maxima, bound)
    above = int((maxima > observed).sum())
    at_least = above + int(rng.integers(int((maxima == observed).sum()) + 1))
    return FalseAlarm((1 + at_least) / (1 + len(maxima)), at_least, maxima, bound)


def _largest(witnesses: Witnesses, stage: Stage, shifts: Floats, settings: HvetoSettings) -> Floats:
    """The largest significance for each shift (0 to 1, of all live time)."""
    clock, cells = Clock.of(stage.live), stage.expected.size
    load = len(stage.primary) * (2 * len(witnesses) * settings.time_windows[-1] / clock.total + 1)
    step = max(1, int(_BLOCK / max(load, cells)))
    parts = []
    for some in _cuts(shifts, max(1, _HELD // cells)):
        sets = (_moved(stage.primary, few, clock) for few in _cuts(some, step))
        parts.append(significances(sets, witnesses, stage.expected, settings).max(axis=(1, 2, 3)))
    return np.concatenate(parts)


def _cuts(values: Floats, size: int) -> Iterator[Floats]:
    return (values[first : first + size] for first in range(0, len(values), size))


def significances(sets: Iterable[Floats], witnesses: Witnesses, expected: Floats, settings: HvetoSettings) -> Floats:
    """The significance of every cell for sets of primary events: (sets, channels, thresholds, windows).

    `sets` are pieces of shape (some sets, events), GPS s, each set in order.
    """
    marks = marks_of(witnesses, len(settings.snr_thresholds), settings.time_windows[-1])
    counts = np.concatenate([count(piece, marks, settings.time_windows) for piece in sets])
    return _worth(counts, expected, poisson(settings))


def _moved(times: Floats, shifts: Floats, clock: Clock) -> Floats:
    """The times (GPS s, in order) moved round the circle of all live time: (shifts, times), each row in order.

    `shifts` are 0 to 1, of all live time.
    """
    at, total = clock.at(times), clock.total
    apart = total * shifts[:, np.newaxis]
    first = np.searchsorted(at, total - apart)  # this and the later ones come round to the beginning
    order = (np.arange(len(at)) + first) % len(at)
    there = at[order] + apart
    there[order >= first] -= total
    return clock.when(np.clip(there, 0, total))


def _worth(counts: Indices, expected: Floats, formula: Poisson) -> Floats:
    """The significance of counts, shape (sets, *cells) where `expected` has shape (*cells).

    The formula is slow, and in each cell the same few counts come again and again: it is worked out for these.
    """
    low = counts.min(axis=0)
    many = counts.max(axis=0) - low + 1
    start = (np.cumsum(many) - many.reshape(-1)).reshape(many.shape) - low
    possible = np.arange(many.sum()) - np.repeat(start, many.reshape(-1))
    return np.asarray(formula(possible, np.repeat(expected, many.reshape(-1)))[counts + start])
