"""`culpa blame`: which sensors explain the events of a target, by the hierarchical veto that detectors use."""

from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from ...condition import baseline
from ...condition.rows import Rows, Words
from ...condition.sample import Sample
from ...decompose.trends import STATISTICS
from ...detect.rows import scorer
from ...detect.rows.sensorevents import SensorEvents, sensor_events
from ...errors import NoTriggersError, UsageError, nearest
from ...evaluate.ranking import runs_of
from ...explain.hveto.result import HvetoResult
from ...explain.hveto.rounds import hveto
from ...explain.hveto.settings import HvetoSettings
from ...report.hveto.vocabulary import DEVIATION, MARK, Vocabulary
from ...report.hveto.words import reason
from ...types import Events, Floats, Indices, Segments
from .labels import anomalous
from .opened import Asked, Opened, opened

THRESHOLDS = (3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 50.0)
"""Loudness of sensors' events, in usual deviations."""
WINDOWS = (1.0, 3.0, 5.0, 9.0, 17.0, 33.0, 65.0)
"""Coincidence windows in rows, full width."""
_GAP = 3


def make(asked: Asked, target: str, minimum: float, shifts: int, seed: int, output: Path) -> dict[str, Any]:
    """Blame sensors for the events of a target, a column of labels or a sensor; writes a page and `summary.json`.

    Raises UsageError for a target that is not there, NoTriggersError where it has no event.
    """
    from ...report.hveto.files import write_report
    from ...report.sensors.files import plain

    table, rows, words = _read(asked, target)
    z, _ = scorer.readings(_baseline(rows, table), rows)
    sensors = table.profile.sensors
    times, step, clock = _clock(table, rows)
    events = dict(zip(sensors, sensor_events(z, rows.age, np.arange(len(rows))), strict=True))
    primary = events.pop(target, None)
    if words is not None:
        first = runs_of(anomalous(words))[:, 0]
        primary = SensorEvents(first, np.full(len(first), np.nan))
    if primary is None or not len(primary.first):
        raise NoTriggersError(f"the target {target!r} has no event in {asked.path}", "choose another --target")
    settings = HvetoSettings(
        snr_thresholds=THRESHOLDS,
        time_windows=tuple(window * step for window in WINDOWS),
        minimum_significance=minimum,
        shifts=shifts,
        seed=seed,
    )
    others = (name for name in events if not _of_one_channel(name, target))
    auxiliary = {name: _table(name, events[name], times) for name in others}
    result = hveto(_table(target, primary, times), auxiliary, _live(times, step), settings)
    about = {"culpa": __version__, "table": asked.path.name, "target": target}
    calls = Vocabulary("sensor", clock, MARK if words is not None else DEVIATION, DEVIATION)
    write_report(result, output, about=about, words=calls)
    summary: dict[str, Any] = plain(_summary(result, table, target, step, calls))
    return summary


def _of_one_channel(name: str, target: str) -> bool:
    """Whether two columns are trends of the same channel: one explains nothing of the other."""
    (channel, dot, statistic), (other, _, of) = name.rpartition("."), target.rpartition(".")
    return bool(dot) and channel == other and statistic in STATISTICS and of in STATISTICS


def _read(asked: Asked, target: str) -> tuple[Opened, Rows, Words | None]:
    """The table, all of its rows, and the target's words; None for the latter where the target is a sensor.

    A sensor that reads only two different values, such as 0 and 1, is a label.
    """
    table = opened(asked)
    table.also = (target,)
    if target not in table.source.names:
        raise UsageError(f"{asked.path} has no column {target!r}", nearest(target, table.source.names))
    if target in (*table.groups, *table.unit, table.step, table.profile.time):
        raise UsageError(f"{target!r} is a group, a unit, a step or the time here, not a target")
    counter, rows, words = table.counter(), [], []
    for block in table.blocks():
        rows.append(counter.rows(block))
        if target in block.words:
            words.append(block.words[target])
    if not words and target not in table.profile.sensors:
        raise UsageError(f"column {target!r} is neither a sensor nor a label", "choose another --target")
    whole = Rows.concatenate(rows)
    if words:
        return table, whole, np.concatenate(words)
    return table, whole, _flags(whole.values[:, table.profile.sensors.index(target)])


def _flags(values: Floats) -> Words | None:
    """The words of a column of two values, "" where there is no reading; None for any other."""
    known = np.unique(values[np.isfinite(values)])
    if len(known) != 2:
        return None
    return np.where(np.isnan(values), "", np.where(values == known[0], f"{known[0]:g}", f"{known[1]:g}")).astype(object)


def _baseline(rows: Rows, table: Opened) -> baseline.Baseline:
    sample = Sample()
    sample.add(rows)
    kept = sample.rows()
    return baseline.fit(rows if kept is None else kept, known_good=False, seasonal=table.step is None)


def _clock(table: Opened, rows: Rows) -> tuple[Floats, float, str]:
    """The time of each row (GPS s), the time between two, and "utc".

    Numbers of rows, 1 and "row" where there are no times that only go forward.
    """
    times, survey = rows.time, table.profile.survey
    if times is None or survey is None or table.profile.clock != "utc" or not survey.median > 0:
        return rows.number.astype(float), 1.0, "row"
    if np.isfinite(times).all() and (np.diff(times) > 0).all():
        return times, survey.median, "utc"
    return rows.number.astype(float), 1.0, "row"


def _live(times: Floats, step: float) -> Segments:
    """The time that rows cover: not the gaps."""
    cuts: Indices = np.flatnonzero(np.diff(times) > _GAP * step) + 1
    parts = np.split(times, cuts)
    return Segments.of((float(part[0]) - step / 2, float(part[-1]) + step / 2) for part in parts)


def _table(name: str, events: SensorEvents, times: Floats) -> Events:
    count = len(events.first)
    return Events({
        "time": times[events.first],
        "snr": events.loudness,
        "score": np.where(np.isnan(events.loudness), 1.0, events.loudness),
        "channel": np.full(count, name, dtype=object),
    })  # fmt: skip


def _summary(result: HvetoResult, table: Opened, target: str, step: float, calls: Vocabulary) -> dict[str, Any]:
    rounds = [
        {
            "round": one.number,
            "winner": one.winner.channel,
            "deviations": one.winner.snr,
            "window": one.winner.window,
            "window_rows": one.winner.window / step,
            "significance": one.winner.significance,
            "coincidences": one.winner.coincidences,
            "expected": one.winner.expected,
            "false_alarm_probability": one.false_alarm.probability if one.false_alarm else None,
            "use_percentage": one.use_percentage,
            "efficiency": one.efficiency,
            "cumulative_efficiency": cumulative,
        }
        for one, cumulative in zip(result.rounds, result.cumulative_efficiency, strict=True)
    ]
    return {
        "file": table.source.path.name,
        "target": target,
        "events": result.primaries,
        "sensors": len(table.profile.sensors),
        "rounds": rounds,
        "reason": reason(result, calls),
        "columns": table.described(),
    }
