"""Units (wafers, lots, runs) as one row each: is their trace unusual, and which sensor in which step makes it so."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...acquire.tables import writing
from ...condition.rows import Rows, joined
from ...decompose.traces import Feature, Traces
from ...detect.rows import distance, scorer
from ...detect.rows.registry import Detector
from ...detect.rows.settings import AUTO, DetectSettings, rate
from ...detect.rows.threshold import Threshold
from ...errors import NoDataError
from ...evaluate.quantiles import Quantiles
from ...explain.contributions import by_owner, contributions, shares
from ...types import Floats
from . import learning
from .opened import Opened

TRACES = "traces.csv"
"""The statistics of each unit."""
NAMED = 5
"""Sensors, and statistics, that a unit names."""


@dataclass(frozen=True)
class Judged:
    """The units in order of first appearance, as they are written; `scores` of shape (units,)."""

    scores: Floats
    threshold: Threshold
    units: list[dict[str, Any]]


def judge(traces: Traces, table: Opened, known_good: bool, detector: Detector, settings: DetectSettings) -> Judged:
    """Score units by their traces, compared within their groups.

    The detector is the one asked for; `auto` is Hotelling's T² of each unit alone: units come in no order that means
    something. Raises NoDataError where no unit is in the reference.
    """
    rows = as_rows(traces, table.groups)
    if not traces.good.any():
        raise NoDataError(
            f"no {' / '.join(table.unit)} is in the reference in full", "choose rows of whole units as the reference"
        )
    alone = for_units(detector)
    reference, others = rows.take(traces.good), rows.take(~traces.good)
    fitted = scorer.fit(reference, alone.fit, known_good, seasonal=False, others=others if known_good else None)
    scores = fitted.whole(rows)
    wanted = rate(settings.unit_false_alarms)
    rarity, spread = wanted.number / wanted.many, partial(Quantiles.of, scores)
    threshold = learning.limit(reference, known_good, alone, settings, rarity, spread, "unit")
    z, _ = scorer.readings(fitted.baseline, rows)
    units = [_unit(i, traces, table, fitted, z, scores, threshold) for i in range(len(traces.units))]
    return Judged(scores, threshold, units)


def write(path: Path, traces: Traces | None) -> None:
    """Write the statistics of all units as a table, a row a unit; remove it where there are none."""
    if traces is None:
        path.unlink(missing_ok=True)
        return
    columns = {str(feature): traces.values[:, i] for i, feature in enumerate(traces.features)}
    writing.write(path, [{"unit": traces.units, **traces.words, **columns}])


def as_rows(traces: Traces, groups: tuple[str, ...]) -> Rows:
    """Units as rows: their statistics are the sensors."""
    number = np.arange(len(traces.units))
    return Rows(traces.values, number, number, joined([traces.words[name] for name in groups]))


def for_units(detector: Detector) -> Detector:
    """The detector as it is used on units."""
    if detector.name != AUTO:
        return detector
    return Detector(AUTO, distance.fit, "Hotelling's T² of the statistics of each unit")


def _unit(
    i: int, traces: Traces, table: Opened, fitted: scorer.Scorer, z: Floats, scores: Floats, threshold: Threshold
) -> dict[str, Any]:
    parts = contributions(fitted.relation, z[i : i + 1], z[:0])
    owners = [feature.sensor or feature.statistic for feature in traces.features]
    sensors = by_owner(parts, owners)
    names = sorted(sensors, key=lambda name: -sensors[name])
    fractions = dict(zip(sensors, shares(np.array(list(sensors.values()))).tolist(), strict=True))
    order = np.argsort(-parts, kind="stable")[:NAMED]
    score = float(scores[i])
    return {
        "unit": str(traces.units[i]),
        "group": " / ".join(traces.words[name][i] for name in table.groups),
        "first_row": int(traces.first[i]),
        "last_row": int(traces.last[i]),
        "score": score if np.isfinite(score) else None,
        "anomalous": bool(score > threshold.value),
        "reference": bool(traces.good[i]),
        "contributions": [{"feature": name, "share": fractions[name]} for name in names[:NAMED]],
        "statistics": [_statistic(traces.features[k], float(z[i, k])) for k in order],
    }


def _statistic(feature: Feature, deviation: float) -> dict[str, Any]:
    return {
        "feature": feature.sensor, "step": feature.step, "statistic": feature.statistic, "deviation": deviation,
    }  # fmt: skip
