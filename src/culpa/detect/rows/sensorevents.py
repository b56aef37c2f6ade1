"""When each sensor by itself is odd: the events that a veto compares with those of a target."""

from dataclasses import dataclass

import numpy as np

from ...decompose.trailing import trailing_means, windows
from ...types import Floats, Indices
from .alarms import HOLD

LOUD = 3.0
"""Deviations from which a sensor has an event."""
LONGEST = 16
"""Rows of the longest window."""


@dataclass(frozen=True)
class SensorEvents:
    """The events of one sensor, in order: number of the `first` row, and how loud, in usual deviations."""

    first: Indices
    loudness: Floats


def sensor_events(z: Floats, age: Indices, number: Indices, loud: float = LOUD) -> list[SensorEvents]:
    """The events of each sensor, in the order of the columns of `z`.

    `z` (rows, sensors) are deviations, `age` how far windows reach back, `number` what rows are called. Looked at are
    means over windows of 1, 4 and 16 rows, in units of their own standard deviations; runs that exceed `loud` are one
    event where no more than a few rows between them do not. An event begins with its first row, or, of a window, with
    the first row of it.
    """
    lengths = windows(LONGEST)
    size = np.zeros(z.shape)
    start = np.zeros(z.shape, dtype=np.int64)
    for length, mean in zip(lengths, trailing_means(z, age, lengths), strict=True):
        full = (age >= length - 1)[:, None]
        usual = np.maximum(mean[age >= length - 1].std(axis=0), 1e-9) if full.any() else np.ones(z.shape[1])
        scaled = np.where(full, np.abs(mean) / np.maximum(usual, 1 / length), 0)
        larger = scaled > size
        size = np.where(larger, scaled, size)
        start = np.where(larger, length - 1, start)
    return [_events(size[:, i], start[:, i], number, loud) for i in range(z.shape[1])]


def _events(size: Floats, back: Indices, number: Indices, loud: float) -> SensorEvents:
    high = np.flatnonzero(size >= loud)
    if not len(high):
        return SensorEvents(np.empty(0, dtype=np.int64), np.empty(0))
    starts = np.flatnonzero(np.diff(high, prepend=high[0] - HOLD - 2) > HOLD + 1)
    loudness = np.maximum.reduceat(size[high], starts)
    first = high[starts]
    return SensorEvents(number[np.maximum(first - back[first], 0)], loudness)
