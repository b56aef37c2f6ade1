"""How right flags are: row by row, and event by event."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from ..types import Indices, Mask


@dataclass(frozen=True)
class Rates:
    """Precision, recall and their harmonic mean, each 0 to 1; NaN where there is nothing to divide by."""

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, right: int, flagged: int, found: int, wanted: int) -> "Rates":
        """`right` of `flagged` are right, `found` of `wanted` are found."""
        precision = right / flagged if flagged else nan
        recall = found / wanted if wanted else nan
        if not wanted:
            return cls(precision, recall, nan)
        both = (precision if flagged else 0.0) + recall
        return cls(precision, recall, 2 * precision * recall / both if both and flagged else 0.0)


def by_row(truth: Mask, flagged: Mask) -> Rates:
    """Of rows, shape (rows,) each."""
    right = int((truth & flagged).sum())
    return Rates.of(right, int(flagged.sum()), right, int(truth.sum()))


def by_event(truth: Indices, found: Indices) -> Rates:
    """Of events: first and last row of each, shape (events, 2), both inclusive; an overlap of one row is enough.

    An event that is found overlaps one that was flagged, an event that is flagged rightly overlaps one that is there.
    """
    return Rates.of(int(overlaps(found, truth).sum()), len(found), int(overlaps(truth, found).sum()), len(truth))


def overlaps(events: Indices, others: Indices) -> Mask:
    """Which events overlap any of the others, shape (events,)."""
    if not len(others) or not len(events):
        return np.zeros(len(events), dtype=bool)
    order = np.argsort(others[:, 0])
    firsts, lasts = others[order, 0], np.maximum.accumulate(others[order, 1])
    before = np.searchsorted(firsts, events[:, 1], side="right")  # others that begin by the end of the event
    return np.asarray((before > 0) & (lasts[np.maximum(before - 1, 0)] >= events[:, 0]))


def delays(truth: Indices, found: Indices) -> Sequence[int]:
    """Rows from the start of each event that is found to the first row of it that is flagged."""
    waits = []
    for first, last in truth:
        during = found[(found[:, 0] <= last) & (found[:, 1] >= first)]
        if len(during):
            waits.append(int(max(during[:, 0].min(), first) - first))
    return waits
