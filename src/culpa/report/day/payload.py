"""What the script of the page of a day is given: triggers, their classes and pictures, and rates of all channels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...types import Indices
from ..hveto.history import measure
from ..numbers import significant
from ..payload import clock, listed
from .channels import Rates
from .classes import Classes
from .scans import Scans
from .view import DayView

MOST_TRIGGERS = 20_000
"""So many triggers of the main channel a page carries, the loudest."""


def day_data(
    view: DayView,
    rounds: Indices,
    classes: Classes | None,
    scans: Scans | None,
    channels: Sequence[str],
    rates: Rates,
) -> dict[str, Any]:
    """Times are s from `start`; `searched` lists each different pattern of searched bins once.

    `called` are the rows of the table of classes, and `classes` all classes that the network knows.
    """
    (start, end), events = view.span, view.triggers
    patterns, of = np.unique(rates.searched, axis=0, return_inverse=True)
    carried = _triggers(view, rounds, classes, _loudest(view))
    shown = _triggers(view, rounds, classes, scans.rows) if scans else {}
    return {
        "main": view.main,
        "start": start,
        "end": end,
        "clock": clock(min(start, float(rates.edges[0])), max(end, float(rates.edges[-1]))),
        "live": [[a - start, b - start] for a, b in view.live],
        "called": list(classes.table.rows) if classes else [],
        "classes": list(classes.predictions.classes) if classes else [],
        "triggers": {"total": len(events), "measure": measure(events).name, **carried},
        "scans": {"views": scans.views, "stem": scans.stems, **shown} if scans else None,
        "rates": {
            "channels": list(channels),
            "edges": (rates.edges - start).tolist(),
            "width": rates.width,
            "counts": rates.counts.tolist(),
            "searched": [listed(np.round(pattern, 4)) for pattern in patterns],
            "pattern": of.ravel().tolist(),
        },
    }


def _loudest(view: DayView) -> Indices:
    """The loudest triggers of the main channel, in order of time."""
    sizes = measure(view.triggers).of(view.triggers)
    loudest = np.argsort(-np.where(np.isfinite(sizes), sizes, -np.inf), kind="stable")[:MOST_TRIGGERS]
    rows: Indices = loudest[np.argsort(view.triggers["time"][loudest], kind="stable")]
    return rows


def _triggers(view: DayView, rounds: Indices, classes: Classes | None, rows: Indices) -> dict[str, Any]:
    """Some triggers of the main channel as columns."""
    sizes, events = measure(view.triggers).of(view.triggers)[rows], view.triggers.take(rows)
    columns: dict[str, Any] = {
        "time": listed(np.round(events["time"] - view.span[0], 6)),
        "size": listed(significant(sizes, 5)),
        "frequency": listed(significant(events["frequency"], 5)),
        "q": listed(significant(events["q"], 3)),
        "round": rounds[rows].tolist(),
    }
    return columns | _classes(classes, rows) if classes else columns


def _classes(classes: Classes, rows: Indices) -> dict[str, Any]:
    """What some triggers were called, as numbers of rows of the table; class and probability where there are any."""
    said, of = classes.predictions, classes.of[rows]
    places = {name: place for place, name in enumerate(classes.table.rows)}
    labels = {name: label for label, name in enumerate(said.classes)}
    there = of >= 0
    probability = np.append(np.round(said.probability, 4), np.nan)[of]
    return {
        "called": [places[name] for name in classes.names[rows].tolist()],
        "class": [labels[name] if ok else None for name, ok in zip(np.append(said.name, "")[of], there, strict=True)],
        "probability": listed(probability),
    }
