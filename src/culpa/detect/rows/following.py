"""Events of scores that come block by block: the same ones as of all scores at once, with bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ...condition.rows import Rows
from ...types import Floats
from .alarms import HOLD, LONGEST, Alarm, alarms
from .contract import Model
from .multiscale import Multiscale


@dataclass(frozen=True)
class Seen:
    """An event with what was seen of it: `rows`, their deviations `z`, and those of the rows `before` without events.

    `alarm` counts rows from the start of the data.
    """

    alarm: Alarm
    rows: Rows
    z: Floats
    scores: Floats
    before: Floats


@dataclass
class Follower:
    """Finds the events of scored rows that are pushed in order.

    `threshold` is the limit of scores, `before` the number of rows before an event that are kept for comparison.
    """

    model: Model
    threshold: float
    before: int
    _kept: "_Pending | None" = field(default=None, repr=False)
    _done: int = field(default=-1, repr=False)
    """Number of the last row of which all is said."""
    _free: int = field(default=0, repr=False)
    """Number of the first row that a later event may begin at."""

    def push(self, rows: Rows, z: Floats, scores: Floats) -> Iterator[Seen]:
        """The events that the next rows have ended."""
        pending = _Pending(rows, z, z, scores)
        if self._kept is not None:
            pending = self._kept + pending
        yield from self._ended(pending, _settled(self._new(pending), self.threshold))

    def finish(self) -> Iterator[Seen]:
        """The events that the end of the data ends."""
        if self._kept is not None:
            yield from self._ended(self._kept, len(self._kept.rows))

    def _new(self, pending: "_Pending") -> Floats:
        """The scores, NaN for the rows of which all is said."""
        return np.where(pending.rows.number > self._done, pending.scores, np.nan)

    def _ended(self, pending: "_Pending", end: int) -> Iterator[Seen]:
        """The events of the rows before `end`; the rows that later events need are kept."""
        scores = self._new(pending)[:end]
        start = int(pending.rows.number[0]) if len(pending.rows) else 0
        free = max(self._free - start, 0)
        found, left, free = alarms(self.model, pending.left[:end], pending.rows.age[:end], scores, self.threshold, free)
        self._free = free + start
        pending = replace(pending, left=np.concatenate([left, pending.left[end:]]))
        for alarm in found:
            yield pending.seen(alarm, self.before)
        if end:
            self._done = max(self._done, int(pending.rows.number[end - 1]))
        context = 2 * self.model.context if isinstance(self.model, Multiscale) else 0
        self._kept = pending.since(max(0, end - context - self.before))


@dataclass(frozen=True)
class _Pending:
    """Rows with their deviations, the deviations without the events so far, and the scores."""

    rows: Rows
    z: Floats
    left: Floats
    scores: Floats

    def __add__(self, other: "_Pending") -> "_Pending":
        arrays = (np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("z", "left", "scores"))
        return _Pending(Rows.concatenate([self.rows, other.rows]), *arrays)

    def since(self, row: int) -> "_Pending":
        rest = slice(row, None)
        return _Pending(self.rows.take(rest), self.z[rest], self.left[rest], self.scores[rest])

    def seen(self, alarm: Alarm, before: int) -> Seen:
        inside = slice(alarm.first, alarm.last + 1)
        start = int(self.rows.number[0])
        moved = Alarm(alarm.first + start, alarm.last + start, alarm.peak + start, alarm.score)
        earlier = self.left[max(0, alarm.first - before) : alarm.first]
        return Seen(moved, self.rows.take(inside), self.z[inside], self.scores[inside], earlier)


def _settled(scores: Floats, threshold: float) -> int:
    """How many rows, from the first, no later row can change the events of.

    Those before a run that may go on, and the parts that a run which has become too long is told in.
    """
    high = np.flatnonzero(np.nan_to_num(scores, nan=-np.inf) > threshold)
    if not len(high) or len(scores) - 1 - high[-1] > HOLD:
        return len(scores)
    gaps = np.flatnonzero(np.diff(high) > HOLD + 1)
    start = int(high[gaps[-1] + 1]) if len(gaps) else int(high[0])
    while len(scores) - start >= LONGEST:
        start += LONGEST
        later = high[high >= start]
        start = int(later[0]) if len(later) else start
    return start
