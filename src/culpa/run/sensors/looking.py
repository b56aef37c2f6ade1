"""A last look at a table: the rows around events and those of odd units, to be drawn, and the groups of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...acquire.tables.times import iso
from ...condition.rows import Rows, Words
from ...detect.rows.scorer import Scorer
from ...report.sensors.drawn import Window
from ...types import Floats
from .opened import Opened
from .spool import Spool

EVENTS = 40
"""Events that are drawn: those of the highest scores."""
UNITS = 12
"""Units that are drawn: the oddest."""
AROUND = 60
"""Rows before and after an event."""
MOST = 1000
"""Rows that are drawn of one event or unit."""
SENSORS = 4
"""Sensors that are drawn of each."""
_SHARE = 0.02
"""A sensor with less of the blame is not drawn, but for the first."""


@dataclass
class Span:
    """Rows to look at, both ends inclusive: of the event of a number, or of the unit of a name."""

    event: int | None
    unit: str
    first: int
    last: int
    sensors: tuple[str, ...]
    seen: list[Rows] = field(default_factory=list, repr=False)


def spans(events: Sequence[Mapping[str, Any]], units: Sequence[Mapping[str, Any]]) -> list[Span]:
    """What to look at, in order of score: `events` and `units` are those of `detect.json`."""
    loudest = sorted(events, key=lambda event: -event["score"])[:EVENTS]
    odd = sorted((unit for unit in units if unit["anomalous"]), key=lambda unit: -unit["score"])[:UNITS]
    return [
        *(Span(event["event"], "", *_around(event), _named(event)) for event in loudest),
        *(Span(None, unit["unit"], *_whole(unit), _named(unit)) for unit in odd),
    ]


def _around(event: Mapping[str, Any]) -> tuple[int, int]:
    first, last = event["first_row"] - AROUND, event["last_row"] + AROUND
    if last - first >= MOST:
        first = max(first, event["peak_row"] - MOST // 2)
        last = min(last, first + MOST - 1)
    return max(first, 0), last


def _whole(unit: Mapping[str, Any]) -> tuple[int, int]:
    return unit["first_row"], min(unit["last_row"], unit["first_row"] + MOST - 1)


def _named(one: Mapping[str, Any]) -> tuple[str, ...]:
    parts = one["contributions"]
    return tuple(part["feature"] for i, part in enumerate(parts[:SENSORS]) if i == 0 or part["share"] >= _SHARE)


def look(
    table: Opened, fitted: Scorer, scores: Spool, peaks: Sequence[int], wanted: Sequence[Span]
) -> tuple[list[dict[str, str]], list[Window]]:
    """The group of each column that each of the rows `peaks` lies in, and the rows of each span as they are drawn."""
    groups, rows = [dict[str, str]() for _ in peaks], np.asarray(peaks, dtype=np.int64)
    counter = table.counter()
    for block in table.blocks():
        inside = counter.rows(block)
        end = block.first + len(block)
        for i in np.flatnonzero((rows >= block.first) & (rows < end)):
            groups[i] = {name: str(block.words[name][rows[i] - block.first]) for name in table.grouping}
        for span in wanted:
            if span.first < end and span.last >= block.first:
                these = np.arange(max(span.first, block.first), min(span.last + 1, end)) - block.first
                span.seen.append(_own(inside.take(these), span.unit))
    return groups, [_window(span, table, fitted, scores) for span in wanted if span.seen]


def _own(rows: Rows, unit: str) -> Rows:
    """Without the rows of other units, which may lie between those of one."""
    return rows if not unit or rows.unit is None else rows.take(rows.unit == unit)


def _window(span: Span, table: Opened, fitted: Scorer, scores: Spool) -> Window:
    rows, base, names = Rows.concatenate(span.seen), fitted.baseline, table.profile.sensors
    columns = [names.index(name) for name in span.sensors if name in names] or [0]  # a step's duration is no sensor's
    return Window(
        span.event,
        span.unit,
        rows.number,
        moments(rows.time, table),
        rows.step,
        tuple(names[column] for column in columns),
        rows.values[:, columns],
        _every(base.expected(rows), rows)[:, columns],
        _every(base.usual(rows), rows)[:, columns],
        scores.read(int(rows.number[0]), int(np.ptp(rows.number)) + 1)[rows.number - rows.number[0]],
    )


def _every(values: Floats, rows: Rows) -> Floats:
    return np.broadcast_to(values, rows.values.shape)


def moments(times: Floats | None, table: Opened) -> Words | None:
    """Times of rows as text, shape (rows,), "" where one is missing; None where the table has none."""
    if table.profile.clock == "row" or times is None:
        return None
    words = iso(times) if table.profile.clock == "utc" else [f"{time:.12g}" if time == time else "" for time in times]
    return np.array(words, dtype=object)
