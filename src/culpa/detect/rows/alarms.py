"""Scores that exceed a threshold, as events: from which row to which, and of what kind.

An event is what has to be taken out for the score to fall below the threshold: its rows are replaced by what is
expected, and what is left is looked at again. So the windows of a detector do not lengthen events, and two events
within one window are two.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...types import Floats, Indices, Mask
from .contract import Model
from .multiscale import Multiscale

BRIEF = 3
"""Rows of the longest event that is a point."""
HOLD = 5
"""Rows that exceed are one event where no more than so many between them do not."""
POINT, CONTEXTUAL, COLLECTIVE = "point", "contextual", "collective"
_MOST = 20
"""Events that one run of exceeding rows may be taken apart into."""


@dataclass(frozen=True)
class Alarm:
    """An event in rows, counted from the first row given, both ends inclusive; `peak` the row of the highest score."""

    first: int
    last: int
    peak: int
    score: float


def alarms(model: Model, z: Floats, age: Indices, scores: Floats, threshold: float) -> list[Alarm]:
    """The events of rows whose scores are known, in order.

    `z` (rows, sensors) are deviations, `scores` (rows,) what the model gives for them; NaN exceeds nothing.
    """
    high = np.nan_to_num(scores, nan=-np.inf) > threshold
    found = []
    for first, last in _runs(high, HOLD):
        if isinstance(model, Multiscale):
            found += list(_taken_apart(model, z, age, scores, threshold, first, last))
        else:
            peak = first + int(np.nanargmax(scores[first : last + 1]))
            found.append(Alarm(first, last, peak, float(scores[peak])))
    return sorted(_apart(found), key=lambda alarm: alarm.first)


def kind(alarm: Alarm, stands_out: Mask, in_range: bool) -> str:
    """What kind an event is.

    A point is at most `BRIEF` rows long. Of the others it is contextual where half of its rows or more stand out by
    themselves (`stands_out`, shape (rows of the event,)) though the readings of the sensor to blame are within the
    reference's range (`in_range`): they would be normal elsewhere. Everything else is collective.
    """
    if alarm.last - alarm.first < BRIEF:
        return POINT
    return CONTEXTUAL if in_range and stands_out.mean() >= 0.5 else COLLECTIVE


def _taken_apart(
    model: Multiscale, z: Floats, age: Indices, scores: Floats, threshold: float, first: int, last: int
) -> Iterator[Alarm]:
    start = max(0, first - 2 * model.context)
    left, ages = z[start : last + 1].copy(), age[start : last + 1]
    reach = max(0, first - model.context - start)
    current = scores[start : last + 1].copy()
    current[: first - start] = -np.inf
    for _ in range(_MOST):
        peak = int(np.nanargmax(current))
        if not current[peak] > threshold:
            return
        low, high = model.extent(left[reach:], ages[reach:], peak - reach)
        low, high = low + reach, high + reach
        yield Alarm(start + low, start + high, start + min(max(peak, low), high), float(current[peak]))
        left[low : high + 1] = 0
        current[first - start :] = model.of(left, ages)[first - start :]


def _runs(high: Mask, hold: int) -> list[tuple[int, int]]:
    """First and last row of each run, those joined that no more than `hold` rows are between."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], high, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if runs and first - runs[-1][1] - 1 <= hold:
            runs[-1] = (runs[-1][0], int(end) - 1)
        else:
            runs.append((int(first), int(end) - 1))
    return runs


def _apart(found: list[Alarm]) -> Iterator[Alarm]:
    """Events that touch or overlap are one, with the peak of the higher."""
    current: Alarm | None = None
    for alarm in sorted(found, key=lambda one: one.first):
        if current is None or alarm.first > current.last + 1:
            if current is not None:
                yield current
            current = alarm
        else:
            higher = max(current, alarm, key=lambda one: one.score)
            current = Alarm(current.first, max(current.last, alarm.last), higher.peak, higher.score)
    if current is not None:
        yield current
