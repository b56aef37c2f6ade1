"""`culpa detect`: scores of all rows of a table, events with the sensors they are made of, and scores of units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...acquire.tables import writing
from ...acquire.tables.times import iso
from ...condition.rows import Rows
from ...decompose.traces import Traces
from ...detect.rows.alarms import kind
from ...detect.rows.following import Follower, Seen
from ...detect.rows.multiscale import Multiscale
from ...detect.rows.registry import Detector, find
from ...detect.rows.scorer import Scorer
from ...detect.rows.settings import AUTO, DetectSettings
from ...detect.rows.threshold import Threshold
from ...explain.contributions import MOST, contributions, rows_before, shares
from ...explain.groups import Group, Tally
from ...report.figures import drawing
from ...report.sensors import files, plots
from ...types import Floats, Table
from . import learning, units
from .opened import Asked, Opened, opened

NAMED = 5
"""Sensors that an event names."""


@dataclass(frozen=True)
class Found:
    """What a search has found; `scores` of all rows, shape (rows,), `events` and `units` as they are written."""

    table: Opened
    detector: Detector
    scorer: Scorer
    threshold: Threshold
    scores: Floats
    events: list[dict[str, Any]]
    groups: list[Group]
    units: units.Judged | None
    traces: Traces | None
    rows: int
    reference_rows: int


def detect(asked: Asked, settings: DetectSettings) -> tuple[Found, Iterator[dict[str, Any]]]:
    """Search a table. Returns what was found, and the columns of the table of scores, block by block."""
    table, detector = opened(asked), find(settings.detector)
    reference = learning.gather(table, settings.settle)
    wanted = learning.per_row(settings.false_alarms, table)
    fitted = learning.learn(reference, detector)
    scores = np.concatenate([part.scores for part in scored(table, fitted)])
    threshold = learning.limit(reference.good, reference.known_good, detector, settings, wanted, scores, "row")
    tally = Tally(table.grouping)
    events = list(found_events(table, fitted, threshold, tally))
    groups = tally.groups(groups_of(table, [event["peak_row"] for event in events]), table.profile.sensors)
    judged = None
    if reference.traces is not None:
        judged = units.judge(reference.traces, table, reference.known_good, detector, settings)
    found = Found(
        table, detector, fitted, threshold, scores, events, groups, judged, reference.traces, len(scores),
        reference.seen,
    )  # fmt: skip
    return found, _columns(table, scores, threshold)


@dataclass(frozen=True)
class Scored:
    """A block of a table with its scores."""

    table: Table
    rows: Rows
    z: Floats
    scores: Floats


def scored(table: Opened, fitted: Scorer) -> Iterator[Scored]:
    """All blocks of a table, scored in order."""
    counter, state = table.counter(), fitted.start()
    for block in table.blocks():
        rows = counter.rows(block)
        z, scores, state = fitted.examine(rows, state)
        yield Scored(block, rows, z, scores)


def found_events(table: Opened, fitted: Scorer, threshold: Threshold, tally: Tally) -> Iterator[dict[str, Any]]:
    """The events of a table, in order; `tally` sees every row."""
    follower = Follower(fitted.model, threshold.value, MOST)
    teller = _Teller(table, fitted)
    for part in scored(table, fitted):
        tally.add(part.table.words, part.rows.number, part.scores, part.z)
        for seen in follower.push(part.rows, part.z, part.scores):
            yield teller.event(seen)
    for seen in follower.finish():
        yield teller.event(seen)


def groups_of(table: Opened, rows: Sequence[int]) -> list[dict[str, str]]:
    """The group of each column that each of some rows, in any order, lies in."""
    wanted, found = np.asarray(rows, dtype=np.int64), [dict[str, str]() for _ in rows]
    for block in table.blocks():
        for i in np.flatnonzero((wanted >= block.first) & (wanted < block.first + len(block))):
            found[i] = {name: str(block.words[name][wanted[i] - block.first]) for name in table.grouping}
    return found


@dataclass
class _Teller:
    """Puts an event into words and numbers."""

    table: Opened
    fitted: Scorer
    _count: int = field(default=0, repr=False)

    def event(self, seen: Seen) -> dict[str, Any]:
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

    def _alone(self, seen: Seen) -> Any:
        """Which rows stand out by themselves."""
        model = self.fitted.model
        if isinstance(model, Multiscale):
            return model.alone(seen.z) > 1
        return np.abs(seen.z).max(axis=1) > 3

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


def _columns(table: Opened, scores: Floats, threshold: Threshold) -> Iterator[dict[str, Any]]:
    first = 0
    for block in table.blocks():
        part = scores[first : first + len(block)]
        first += len(block)
        words = {name: block.words[name] for name in (*table.groups, *table.unit, table.step) if name}
        plain = writing.columns_of(Table(np.empty((len(block), 0)), (), block.times, block.clock, words, block.first))
        yield {**plain, "score": part, "above": part > threshold.value}


def make(asked: Asked, settings: DetectSettings, output: Path) -> dict[str, Any]:
    """Search a table and write the results into a folder: `detect.json`, `events.csv`, scores, `units.csv`."""
    found, columns = detect(asked, settings)
    writing.write(output / f"scores.{settings.scores}", columns)
    summary = summarised(found, settings)
    with drawing() as save:
        title = f"{summary['file']}: score of {found.detector.name}"
        plots.scores(found.scores, found.threshold.value, found.events, title, save, output / "scores.png")
    files.write(output, summary)
    units.write(output / units.TRACES, found.traces)
    return summary


def summarised(found: Found, settings: DetectSettings) -> dict[str, Any]:
    """What was found, as `detect.json` has it."""
    limit = found.threshold
    judged = found.units
    return {
        "file": found.table.source.path.name,
        "rows": found.rows,
        "reference_rows": found.reference_rows,
        "detector": found.detector.name,
        "explanation": explained(found),
        "columns": found.table.described(),
        "sensors": list(found.table.profile.sensors),
        "threshold": told_threshold(limit),
        "contamination": settings.contamination if settings.contamination != AUTO else None,
        "known": int(np.isfinite(found.scores).sum()),
        "above": int((np.nan_to_num(found.scores, nan=-np.inf) > limit.value).sum()),
        "events": found.events,
        "groups": [files.plain(vars(group)) for group in found.groups],
        "units_threshold": told_threshold(judged.threshold) if judged else None,
        "units": judged.units if judged else [],
    }


def told_threshold(limit: Threshold) -> dict[str, Any]:
    """A limit as JSON has it; None where a rate was not calibrated."""
    rates = {name: getattr(limit, name) for name in ("rate", "low", "high")}
    plain = {name: None if np.isnan(value) else value for name, value in rates.items()}
    return {"value": limit.value, "origin": limit.origin, **plain, "rows": limit.rows}


def explained(found: Found) -> list[str]:
    """What the detector did with these data, and why, in sentences."""
    from .words import sentences

    return sentences(found.table, found.detector, found.scorer)
