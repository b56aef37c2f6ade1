"""Anomalies of known size put into rows: what a detector must be able to see."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..types import Floats, Indices, Mask

SIZES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
"""In usual deviations; of a change of variance, the factor of the standard deviation."""
ENOUGH = 0.8
"""Share of the anomalies of one size that a detector must find for the size to count as seen."""
APART = 400
"""Rows from the start of one anomaly to that of the next."""
LATE = 16
"""Rows after an anomaly in which it may still be found."""


@dataclass(frozen=True)
class Shape:
    """A kind of anomaly: how many rows it has, and what it adds to them, in usual deviations, given its size."""

    name: str
    rows: int
    course: Callable[[int, float, np.random.Generator], Floats]


SHAPES = (
    Shape("spike", 1, lambda rows, size, _: np.full(rows, size)),
    Shape("step", 50, lambda rows, size, _: np.full(rows, size)),
    Shape("drift", 200, lambda rows, size, _: np.linspace(0, size, rows)),
    Shape("burst", 20, lambda rows, size, _: size * np.sin(np.pi / 2 * np.arange(rows))),
    Shape("variance", 50, lambda rows, size, draws: np.sqrt(max(size**2 - 1, 0)) * draws.standard_normal(rows)),
)


def inject(
    values: Floats, usual: Floats, shape: Shape, size: float, generator: np.random.Generator
) -> tuple[Floats, Indices]:
    """The values with anomalies of one shape and size, each in one sensor, and the first row of each.

    `values` and `usual`, what a deviation is, have shape (rows, sensors); sensors take turns, as do both signs. Raises
    ValueError where there are too few rows for one.
    """
    rows, sensors = values.shape
    starts = np.arange(APART // 2, rows - shape.rows, APART)
    if not len(starts):
        raise ValueError(f"expected more than {APART // 2 + shape.rows} rows, got {rows}")
    changed = values.copy()
    for i, first in enumerate(starts):
        sensor, sign = i % sensors, 1 - 2 * (i // sensors % 2)
        inside = slice(first, first + shape.rows)
        changed[inside, sensor] += sign * usual[inside, sensor] * shape.course(shape.rows, size, generator)
    return changed, starts


def seen(starts: Indices, rows: int, exceeds: Mask, exceeded: Mask) -> Mask:
    """Which anomalies are found: rows of them exceed the limit that did not exceed it without them.

    `exceeds` and `exceeded`, shape (rows,), are of the rows with and without the anomalies, of `rows` rows each.
    """
    new = exceeds & ~exceeded
    return np.array([bool(new[first : first + rows + LATE].any()) for first in starts], dtype=bool)


def smallest(shares: dict[float, float]) -> float | None:
    """The smallest size from which on at least `ENOUGH` are found; None where that is none."""
    found = None
    for size in sorted(shares, reverse=True):
        if shares[size] < ENOUGH:
            break
        found = size
    return found
