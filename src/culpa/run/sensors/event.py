"""An event as `detect.json` has it: when, how high, of what kind, and which sensors it is made of."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...acquire.tables.times import iso
from ...condition.rows import Rows
from ...detect.rows.alarms import kind
from ...detect.rows.following import Seen
from ...detect.rows.multiscale import Multiscale
from ...detect.rows.scorer import Scorer
from ...explain.contributions import contributions, rows_before, shares
from ...types import Mask
from .opened import Opened

NAMED = 5
"""Sensors that an event names."""
STANDS_OUT = 3.0
"""Usual deviations of a row that stands out by itself, for detectors that do not say so."""


@dataclass
class Teller:
    """Puts the events of a table into words and numbers, in order."""

    table: Opened
    fitted: Scorer
    _count: int = field(default=0, repr=False)

    def event(self, seen: Seen) -> dict[str, Any]:
        """The next event."""
        self._count += 1
        alarm, rows = seen.alarm, seen.rows
        parts = contributions(self.fitted.relation, seen.z, seen.before[-rows_before(len(rows)) :])
        fractions, moved = shares(parts), seen.z.mean(axis=0)
        order = np.argsort(-parts, kind="stable")[:NAMED]
        sensors = self.table.profile.sensors
        peak = alarm.peak - alarm.first
        return {
            "event": self._count,
            "first_row": alarm.first,
            "last_row": alarm.last,
            "peak_row": alarm.peak,
            "start": _time(rows, 0, self.table.profile.clock),
            "end": _time(rows, len(rows) - 1, self.table.profile.clock),
            "score": alarm.score,
            "kind": kind(alarm, self._alone(seen), self._in_range(seen, int(order[0]))),
            "group": "" if rows.group is None else str(rows.group[peak]),
            "unit": "" if rows.unit is None else str(rows.unit[peak]),
            "step": "" if rows.step is None else str(rows.step[peak]),
            "contributions": [
                {"feature": sensors[i], "share": float(fractions[i]), "deviation": float(moved[i])} for i in order
            ],
        }

    def _alone(self, seen: Seen) -> Mask:
        """Which rows stand out by themselves."""
        model = self.fitted.model
        if isinstance(model, Multiscale):
            return np.asarray(model.alone(seen.z) > 1)
        return np.asarray(np.abs(seen.z).max(axis=1) > STANDS_OUT)

    def _in_range(self, seen: Seen, sensor: int) -> bool:
        base, values = self.fitted.baseline, seen.rows.values[:, sensor]
        return bool(np.nanmin(values) >= base.lowest[sensor] and np.nanmax(values) <= base.highest[sensor])


def _time(rows: Rows, row: int, clock: str) -> str | float | int | None:
    """ISO UTC, the file's own number, or the number of the row; None where a time is missing."""
    if clock == "row" or rows.time is None:
        return int(rows.number[row])
    value = float(rows.time[row])
    if not np.isfinite(value):
        return None
    return iso(np.array([value]))[0] if clock == "utc" else value
