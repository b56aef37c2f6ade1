"""Which sensors an event is made of."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..decompose.covariance import Covariance
from ..types import Floats

BEFORE = 8
"""Rows before an event that it is compared with, as a multiple of its own."""
FEWEST, MOST = 64, 512
"""Least and greatest number of these rows."""


def rows_before(rows: int) -> int:
    """How many rows before an event of so many rows it is compared with, where there are so many."""
    return min(max(BEFORE * rows, FEWEST), MOST)


def contributions(relation: Covariance, during: Floats, before: Floats) -> Floats:
    """Each sensor's part in what makes an event unlike the rows before it, shape (sensors,), in units of T².

    `during` and `before`, shape (rows, sensors), are deviations in usual ones, 0 where there is no reading; `before`
    may have no rows. A part may be negative: without the sensor the event would be odder. The parts smear onto sensors
    that move together: show the deviations beside them.
    """
    part: Floats = relation.shares(during).mean(axis=0)
    return part - relation.shares(before).mean(axis=0) if len(before) else part


def shares(parts: Floats) -> Floats:
    """The positive parts as fractions of their sum, shape as given; all 0 where none is positive."""
    positive = np.maximum(parts, 0)
    total = positive.sum()
    return positive / total if total > 0 else positive


def by_owner(parts: Floats, owners: Sequence[str]) -> Mapping[str, float]:
    """Parts of features added up by whom they belong to: the statistics of one sensor in all steps, say."""
    total: dict[str, float] = {}
    for owner, part in zip(owners, parts.tolist(), strict=True):
        total[owner] = total.get(owner, 0.0) + part
    return total
