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
LONGEST = 100_000
"""Rows of a run of exceeding rows after which an event ends though the run does not: memory is bounded by it."""
_MOST = 20
"""Events that one run of exceeding rows may be taken apart into."""


@dataclass(frozen=True)
class Alarm:
    """An event in rows, counted from the first row given, both ends inclusive; `peak` the row of the highest score."""

    first: int
    last: int
    peak: int
    score: float


def alarms(
    model: Model, z: Floats, age: Indices, scores: Floats, threshold: float, free: int = 0
) -> tuple[list[Alarm], Floats, int]:
    """The events of rows whose scores are known, in order; the deviations with these taken out; and the next `free`.

    `z` (rows, sensors) are deviations, `scores` (rows,) what the model gives for them; NaN exceeds nothing. No event
    begins before the row `free`.
    """
    high = np.nan_to_num(scores, nan=-np.inf) > threshold
    left, found = z.copy(), list[Alarm]()
    for first, last in _runs(high, HOLD):
        if isinstance(model, Multiscale):
            found += _joined(list(_taken_apart(model, left, age, threshold, first, last, free)))
        else:
            peak = first + int(np.nanargmax(scores[first : last + 1]))
            found.append(Alarm(first, last, peak, float(scores[peak])))
            left[first : last + 1] = 0
        free = max(free, last + 1)
    return found, left, free


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
    model: Multiscale, left: Floats, age: Indices, threshold: float, first: int, last: int, free: int
) -> Iterator[Alarm]:
    """The events of a run of rows; `left` loses them."""
    start, reach = max(0, first - 2 * model.context), max(free, first - model.context)
    for _ in range(_MOST):
        scores = model.of(left[start : last + 1], age[start : last + 1])[first - start :]
        peak = first + int(np.argmax(scores))
        if not scores[peak - first] > threshold:
            return
        low, high = model.extent(left[reach : last + 1], age[reach : last + 1], peak - reach)
        low, high = low + reach, high + reach
        left[low : high + 1] = 0
        yield Alarm(low, high, min(max(peak, low), high), float(scores[peak - first]))


def _runs(high: Mask, hold: int) -> list[tuple[int, int]]:
    """First and last row of each run, those joined that no more than `hold` rows are between; long ones in parts."""
    rows = np.flatnonzero(high)
    if not len(rows):
        return []
    cuts = np.flatnonzero(np.diff(rows) > hold + 1)
    firsts, lasts = rows[np.insert(cuts + 1, 0, 0)], rows[np.append(cuts, len(rows) - 1)]
    return [run for ends in zip(firsts.tolist(), lasts.tolist(), strict=True) for run in _parts(high, *ends)]


def _parts(high: Mask, first: int, last: int) -> Iterator[tuple[int, int]]:
    """A run in parts of at most `LONGEST` rows, which begin and end with rows that exceed."""
    while last - first >= LONGEST:
        cut = first + LONGEST
        yield first, first + int(np.flatnonzero(high[first:cut])[-1])
        first = cut + int(high[cut : last + 1].argmax())
    yield first, last


def _joined(found: list[Alarm]) -> list[Alarm]:
    """The events of a run in order; those that no more than `HOLD` rows are between are one, with the higher's peak."""
    joined: list[Alarm] = []
    for alarm in sorted(found, key=lambda one: one.first):
        if joined and alarm.first - joined[-1].last - 1 <= HOLD:
            before = joined.pop()
            higher = max(before, alarm, key=lambda one: one.score)
            alarm = Alarm(before.first, max(before.last, alarm.last), higher.peak, higher.score)
        joined.append(alarm)
    return joined
