"""The tables of classes on the page of a day: their cells as text, and the numbers they are sorted by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...evaluate.class_totals import by_snr
from ...evaluate.predictions import Predictions
from ...types import Events, Floats
from ..classes import ClassTable
from ..hveto.history import measure
from ..numbers import MISSING, count, number, percent, probability, share
from .classes import Classes
from .words import interval, known

EDGES = 0.5, 0.9
"""Borders of the columns of probabilities; each holds its lower border."""


def class_rows(classes: Classes, events: Events) -> list[dict[str, Any]]:
    """Each class that triggers were taken for, rightly or not, the most frequent first."""
    there = classes.of >= 0
    said, sizes, pitches = (
        classes.predictions.take(classes.of[there]),
        measure(events).of(events)[there],
        events["frequency"][there],
    )
    rows = [_class_row(name, said, sizes, pitches) for name in {*said.name.tolist()}]
    return sorted(rows, key=lambda row: (-row["triggers"], row["name"]))


def _class_row(name: str, said: Predictions, sizes: Floats, pitches: Floats) -> dict[str, Any]:
    """The cells of a class: what each is sorted by ("" = not known), and its text."""
    its = said.name == name
    n, flagged = int(its.sum()), int(said.flagged[its].sum())
    given, sizes, pitches = (_finite(of[its]) for of in (said.probability, sizes, pitches))
    binned = np.histogram(given, (0.0, *EDGES, np.inf))[0].tolist()
    return {
        "name": name,
        "triggers": n,
        "numbers": [
            (n, count(n)),
            (n / len(said), percent(n / len(said))),
            (flagged, count(flagged)),
            (given.mean(), probability(float(given.mean()))) if len(given) else ("", MISSING),
            *((part, count(part)) for part in binned),
            (sizes.max(), number(float(sizes.max()))) if len(sizes) else ("", MISSING),
            (np.median(pitches), number(float(np.median(pitches)))) if len(pitches) else ("", MISSING),
        ],
    }


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def witness_table(table: ClassTable) -> dict[str, Any]:
    """Counts by class and round with what they are of their row; the last row is of all triggers."""
    every, total = table.counts.sum(axis=0), int(table.totals.sum())
    rounds = [*table.rounds, 0]
    rows = zip(table.rows, table.counts.tolist(), table.totals.tolist(), strict=True)
    return {
        "columns": [*zip(table.rounds, table.witnesses, strict=True)],
        "rows": [(name, _cells(rounds, counts, n), n) for name, counts, n in rows],
        "all": (_cells(rounds, every.tolist(), total), total),
    }


def _cells(rounds: Sequence[int], counts: Sequence[int], total: int) -> list[dict[str, Any]]:
    return [
        {"round": which, "count": n, "share": percent(n / total) if n else "", "part": f"{n / max(total, 1):.3f}"}
        for which, n in zip(rounds, counts, strict=True)
    ]


def score_rows(score: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """How well classes are known (`classes` of score.json): by SNR, and each class."""
    entries = {**by_snr(score), "all": score["all"]}
    return {
        "snr": [_score_row(name, one) for name, one in entries.items() if one["known"]],
        "class": [*_measures(score["class"])],
    }


def _score_row(name: str, one: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": name,
        "classified": share(one["classified"], one["found"]),
        "right": share(one["right"], one["known"]),
        "interval": interval(one),
        "macro_f1": f"{known(one['macro_f1']):.3f}",
        "macro_interval": _between(*one["macro_f1_interval"]),
        "error": number(known(one["calibration_error"])),
    }


def _between(low: float | None, high: float | None) -> str:
    return MISSING if low is None or high is None else f"{low:.3f}–{high:.3f}"


def _measures(classes: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for name, one in classes.items():
        if one["examples"] or one["called"]:
            yield {
                "name": name,
                "recall": share(one["right"], one["examples"]),
                "recall_interval": interval({"interval": one["recall_interval"]}),
                "precision": share(one["right"], one["called"]),
                "precision_interval": interval({"interval": one["precision_interval"]}),
                "f1": f"{known(one['f1']):.3f}" if one["examples"] else MISSING,
            }
