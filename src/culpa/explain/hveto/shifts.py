"""How often chance does as well: the whole grid again, with the primary events shifted in time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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

_TOGETHER = 250
"""Shifts of one job: the result does not depend on it."""
_BLOCK = 1 << 16
"""Marks seen, and counts, that are held at a time: few enough for the processor's cache."""


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
    jobs = (
        (witnesses, stages, settings, range(first, min(first + _TOGETHER, settings.shifts)))
        for first in range(0, settings.shifts, _TOGETHER)
    )
    return np.concatenate([np.empty((len(stages), 0)), *over(null_maxima, jobs)], axis=1)


def null_maxima(job: tuple[Witnesses, Sequence[Stage], HvetoSettings, range]) -> Floats:
    """The largest significance among all channels, in each stage and for some of the shifts: (stages, shifts)."""
    witnesses, stages, settings, some = job
    result = np.zeros((len(stages), len(some)))
    for number, stage in enumerate(stages):
        witnesses = witnesses.without(stage.removed)
        if _possible(stage, settings) and len(witnesses):
            shifts = _generator(settings, number, "shifts").random(settings.shifts)[some.start : some.stop]
            result[number] = _largest(witnesses, stage, shifts, settings)
    return result


def _possible(stage: Stage, settings: HvetoSettings) -> bool:
    return bool(settings.shifts and stage.live and len(stage.primary))


def _generator(settings: HvetoSettings, number: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng([settings.seed, number, ("shifts", "ties").index(purpose)])


def _alarm(observed: float, maxima: Floats, cells: int, rng: np.random.Generator) -> FalseAlarm:
    above = int((maxima > observed).sum())
    at_least = above + int(rng.integers(int((maxima == observed).sum()) + 1))
    bound = min(1.0, cells * 10.0**-observed)
    return FalseAlarm((1 + at_least) / (1 + len(maxima)), at_least, maxima, bound)


def _largest(witnesses: Witnesses, stage: Stage, shifts: Floats, settings: HvetoSettings) -> Floats:
    """The largest significance for each shift (0 to 1, of all live time)."""
    thresholds, windows = len(settings.snr_thresholds), settings.time_windows
    marks = marks_of(witnesses, thresholds, windows[-1])
    clock = Clock.of(stage.live)
    seen = len(stage.primary) * (len(marks.middle) * windows[-1] / clock.total + 1)
    step = max(1, int(_BLOCK / max(seen, stage.expected.size)))
    counts = np.concatenate(
        [
            count(_moved(stage.primary, shifts[first : first + step], clock), marks, windows)
            for first in range(0, len(shifts), step)
        ]
    )
    return np.asarray(_worth(counts, stage.expected, poisson(settings)).max(axis=(1, 2, 3)))


def _moved(times: Floats, shifts: Floats, clock: Clock) -> Floats:
    """The times (GPS s, in order) moved round the circle: (shifts, times), each row in order."""
    at, total = clock.at(times), clock.total
    apart = total * shifts[:, np.newaxis]
    first = np.searchsorted(at, total - apart)  # this and the later ones come round to the beginning
    order = (np.arange(len(at)) + first) % len(at)
    moved = at[order] + apart
    moved[order >= first] -= total
    return clock.when(np.clip(moved, 0, total))


def _worth(counts: Indices, expected: Floats, formula: Poisson) -> Floats:
    """The significance of counts, shape (sets, *cells) where `expected` has shape (*cells).

    The formula is slow, and in each cell the same few counts come again and again: it is worked out for these.
    """
    low = counts.min(axis=0)
    many = counts.max(axis=0) - low + 1
    start = (np.cumsum(many) - many.reshape(-1)).reshape(many.shape) - low
    possible = np.arange(many.sum()) - np.repeat(start, many.reshape(-1))
    return np.asarray(formula(possible, np.repeat(expected, many.reshape(-1)))[counts + start])
