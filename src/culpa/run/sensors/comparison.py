"""`culpa compare`: all detectors and the controls side by side, on rows whose anomalies are known."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...condition.rows import Rows, Words
from ...detect.rows import alarms, scorer
from ...detect.rows.registry import DETECTORS, Detector, find
from ...detect.rows.scorer import Scorer
from ...detect.rows.settings import DetectSettings
from ...errors import MissingExtraError, NoDataError, UsageError
from ...evaluate import flags, ranking, resampling
from ...evaluate.quantiles import Quantiles
from ...types import Floats, Indices, Mask, Table
from . import learning
from .labels import anomalous, told
from .opened import Asked, Opened, opened

BORDER = 100
"""Rows of the widest border of VUS-PR, where nothing else is asked for."""
_SLOW_ROWS = 50_000
"""Rows above which the matrix profile is left out, and the interval of VUS-PR is not taken."""


@dataclass(frozen=True)
class Known:
    """A table with known anomalies: all `rows`, the `truth` of each, and which rows count."""

    table: Opened
    reference: learning.Reference
    rows: Rows
    truth: Mask
    counts: Mask
    note: str
    border: int = BORDER


def make(
    asked: Asked, settings: DetectSettings, names: Sequence[str], output: Path, border: int = BORDER
) -> dict[str, Any]:
    """Compare detectors (all for no names) and write `compare.json` and `compare.csv` into a folder.

    `border` is how many rows before and after an anomaly VUS-PR forgives at most.
    """
    from ...report.sensors import comparison as report
    from ...report.sensors.files import plain

    known = read(asked, settings, border)
    results = []
    for detector in chosen(names, len(known.rows)):
        try:
            results.append(judge(known, detector, settings))
        except MissingExtraError as problem:
            if names:
                raise
            results.append({"detector": detector.name, "control": False, "skipped": problem.message})
    rows = int(known.counts.sum())
    summary: dict[str, Any] = plain(
        {
            "file": known.table.source.path.name,
            "label": known.table.label,
            "rows": rows,
            "anomalous_rows": int((known.truth & known.counts).sum()),
            "anomalies": len(ranking.runs_of(known.truth[known.counts])),
            "reference_rows": known.reference.seen,
            "note": known.note,
            "border": known.border,
            "columns": known.table.described(),
            "detectors": results,
        }
    )
    report.write(output, summary)
    return summary


def read(asked: Asked, settings: DetectSettings, border: int = BORDER) -> Known:
    """A table, its reference and the truth about its rows.

    Raises UsageError without a column of labels, NoDataError where no row that counts is anomalous, or none is normal.
    """
    table = opened(asked)
    if table.label is None:
        raise UsageError(f"which column of {asked.path} marks anomalies?", "name it with --label")
    reference = learning.gather(table, settings.settle)
    counter, rows, labels, good = table.counter(), [], [], []
    for block in table.blocks():
        rows.append(counter.rows(block))
        labels.append(_labels(block, table.label))
        good.append(np.zeros(len(block), dtype=bool) if table.good is None else table.good.mask(block))
    words, learnt = np.concatenate(labels), np.concatenate(good)
    known, notes, counts = anomalous(words), [told(words)], ~learnt
    if not reference.known_good:
        notes.append("every row is learnt from, anomalies among them")
    elif not (~known[counts]).any():
        counts = np.ones(len(known), dtype=bool)
        notes.append("all normal rows are learnt from: precision is flattered")
    if not known[counts].any() or known[counts].all():
        raise NoDataError(
            f"column {table.label!r} says of {int(known[counts].sum()):,} of {int(counts.sum()):,} rows outside the "
            "reference that they are anomalous: expected some, and not all",
            "choose another --label or --reference",
        )
    return Known(table, reference, Rows.concatenate(rows), known, counts, "; ".join(filter(None, notes)), border)


def _labels(block: Table, label: str) -> Words:
    if label not in block.words:
        raise UsageError(f"column {label!r} is looked at as a sensor, or is the time", "choose another --label")
    return block.words[label]


def chosen(names: Sequence[str], rows: int) -> list[Detector]:
    """The detectors of these names, or all; not the matrix profile of many rows, unless it is named."""
    if names:
        return [find(name) for name in names]
    return [one for one in DETECTORS if one.name != "matrix-profile" or rows <= _SLOW_ROWS]


def judge(known: Known, detector: Detector, settings: DetectSettings) -> dict[str, Any]:
    """The figures of merit of one detector, at the limit that its reference gives it."""
    began = time.perf_counter()
    fitted = learning.learn(known.reference, detector)
    scores = fitted.whole(known.rows)
    seconds = time.perf_counter() - began
    wanted = learning.per_row(settings.false_alarms, known.table)
    good, spread = known.reference, partial(Quantiles.of, scores)
    limit = learning.limit(good.good, good.known_good, detector, settings, wanted, spread, "row").value
    events = _events(fitted, known.rows, scores, limit)
    return {
        "detector": detector.name,
        "control": detector.control,
        "seconds": seconds,
        "limit": limit,
        **_figures(known, scores, events),
    }


def _events(fitted: Scorer, rows: Rows, scores: Floats, limit: float) -> Indices:
    z, _ = scorer.readings(fitted.baseline, rows)
    found, _, _ = alarms.alarms(fitted.model, z, rows.age, scores, limit)
    return np.array([(one.first, one.last) for one in found], dtype=np.int64).reshape(-1, 2)


def _figures(known: Known, scores: Floats, events: Indices) -> dict[str, Any]:
    counts = known.counts
    place = np.cumsum(counts) - 1
    flagged = np.zeros(len(scores), dtype=bool)
    for first, last in events:
        flagged[first : last + 1] = True
    truth, judged, some = known.truth[counts], scores[counts], flagged[counts]
    within = np.array([counts[first : last + 1].any() for first, last in events], dtype=bool)
    kept = np.column_stack([place[events[within, 0]], place[events[within, 1]]]) if within.any() else events[:0]
    runs = ranking.runs_of(truth)
    rows, whole = flags.by_row(truth, some), flags.by_event(runs, kept)
    waits = flags.delays(runs, kept)
    parts = resampling.stretches(truth)
    precise = len(truth) <= _SLOW_ROWS
    return {
        "auc_pr": ranking.auc_pr(truth, judged),
        "auc_pr_interval": resampling.interval(lambda i: ranking.auc_pr(truth[i], judged[i]), parts),
        "vus_pr": ranking.vus_pr(truth, judged, known.border),
        "vus_pr_interval": (
            resampling.interval(lambda i: ranking.vus_pr(truth[i], judged[i], known.border), parts, 50)
            if precise
            else None
        ),
        "auroc": ranking.auroc(truth, judged),
        "rows": vars(rows),
        "rows_f1_interval": resampling.interval(lambda i: flags.by_row(truth[i], some[i]).f1, parts),
        "events": vars(whole),
        "flagged_events": int(within.sum()),
        "false_events": int((~flags.overlaps(kept, runs)).sum()),
        "delay_rows": float(np.median(waits)) if waits else None,
    }
