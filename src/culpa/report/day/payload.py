"""What the script of the page of a day is given: the main channel's triggers, and the rates of all channels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...types import Indices
from ..hveto.history import measure
from ..numbers import significant
from ..payload import clock, listed
from .channels import Rates
from .view import DayView

MOST_TRIGGERS = 20_000
"""So many triggers of the main channel a page carries, the loudest."""


def day_data(view: DayView, rounds: Indices, channels: Sequence[str], rates: Rates) -> dict[str, Any]:
    """Times are s from `start`; `searched` lists each different pattern of searched bins once."""
    start, end = view.span
    patterns, of = np.unique(rates.searched, axis=0, return_inverse=True)
    return {
        "main": view.main,
        "start": start,
        "end": end,
        "clock": clock(min(start, float(rates.edges[0])), max(end, float(rates.edges[-1]))),
        "live": [[a - start, b - start] for a, b in view.live],
        "triggers": _triggers(view, rounds),
        "rates": {
            "channels": list(channels),
            "edges": (rates.edges - start).tolist(),
            "width": rates.width,
            "counts": rates.counts.tolist(),
            "searched": [listed(np.round(pattern, 4)) for pattern in patterns],
            "pattern": of.ravel().tolist(),
        },
    }


def _triggers(view: DayView, rounds: Indices) -> dict[str, Any]:
    """The loudest triggers of the main channel, in order of time, as columns; `total` is how many there are."""
    events, by = view.triggers, measure(view.triggers)
    sizes = by.of(events)
    loudest = np.argsort(-np.where(np.isfinite(sizes), sizes, -np.inf), kind="stable")[:MOST_TRIGGERS]
    rows = loudest[np.argsort(events["time"][loudest], kind="stable")]
    return {
        "total": len(events),
        "measure": by.name,
        "time": listed(np.round(events["time"][rows] - view.span[0], 6)),
        "size": listed(significant(sizes[rows], 5)),
        "frequency": listed(significant(events["frequency"][rows], 5)),
        "q": listed(significant(events["q"][rows], 3)),
        "round": rounds[rows].tolist(),
    }
