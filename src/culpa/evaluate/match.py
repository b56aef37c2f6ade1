"""Which trigger an instant belongs to."""

from dataclasses import dataclass

import numpy as np

from ..types import Events, Floats, Indices, Mask


@dataclass(frozen=True)
class Extents:
    """Triggers as closed intervals of time around their peaks, GPS s; arrays of shape (triggers,), any order."""

    start: Floats
    peak: Floats
    end: Floats


def extents(events: Events, window: float) -> Extents:
    """`[tstart - window, tend + window]` of each event, its peak within; the peak stands for an end that is NaN."""
    peak = np.asarray(events["time"], float)
    return Extents(np.fmin(events["tstart"], peak) - window, peak, np.fmax(events["tend"], peak) + window)


def nearest_trigger(times: Floats, triggers: Extents, loudness: Floats) -> Indices:
    """For each time the trigger whose extent holds it and whose peak is nearest; -1 where there is none.

    `times` GPS s in any order, shape (times,), which is the shape of the result; `loudness` shape (triggers,). Of
    triggers equally near the louder is taken, then the earlier. Takes n log n steps, however the extents overlap.
    """
    loudness = np.append(np.nan_to_num(loudness, nan=-np.inf), -np.inf)  # the last stands for no trigger, index -1
    peak = np.append(triggers.peak, np.inf)
    before = _last_reaching(times, triggers.peak, triggers.end, loudness[:-1])
    after = _last_reaching(-times, -triggers.peak, -triggers.start, loudness[:-1])
    left, right = np.abs(peak[before] - times), np.abs(peak[after] - times)
    return np.where((right < left) | ((right == left) & (loudness[after] > loudness[before])), after, before)


def _last_reaching(times: Floats, peak: Floats, end: Floats, loudness: Floats) -> Indices:
    """For each time the trigger with the latest (then loudest) peak among those with peak <= time <= end, else -1.

    One pass over times and peaks in order: triggers whose peak has passed are stacked, the latest on top; one that has
    ended when it is looked at has ended for all later times too.
    """
    order, when = np.lexsort((loudness, peak)), np.argsort(times, kind="stable")
    passed = np.searchsorted(peak[order], times[when], side="right")
    ends, tops, stack, count = end[order].tolist(), [], list[int](), 0
    for time, known in zip(times[when].tolist(), passed.tolist(), strict=True):
        stack.extend(range(count, known))
        count = known
        while stack and ends[stack[-1]] < time:
            stack.pop()
        tops.append(stack[-1] if stack else -1)
    found = np.empty(len(times), np.int64)
    found[when] = np.append(order, -1)[tops]
    return found


def holds_any(times: Floats, triggers: Extents) -> Mask:
    """Which triggers hold at least one of the times (GPS s) in their extents; shape (triggers,)."""
    ordered = np.sort(times)
    upto = np.searchsorted(ordered, triggers.end, side="right")
    return upto > np.searchsorted(ordered, triggers.start, side="left")
