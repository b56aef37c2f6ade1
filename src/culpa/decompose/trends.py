"""Trends of channels: numbers for each stretch of a second or so instead of its samples."""

from collections.abc import Iterator

import numpy as np

from ..types import Floats, Series

STATISTICS = ("mean", "rms", "min", "max")
"""Of each stretch; rms about the mean."""


def trends(series: Series, stride: float) -> Floats:
    """Statistics of each whole stretch of `stride` s, shape (stretches, statistics), in the channel's unit.

    NaN samples are left out; a stretch of which less than half is there is NaN. Raises ValueError where a stretch has
    less than two samples.
    """
    samples = round(stride * series.sample_rate)
    if samples < 2:
        raise ValueError(f"expected a stride of two samples or more, got {stride:g} s at {series.sample_rate:g} Hz")
    count = len(series.values) // samples
    return np.array(list(_rows(series.values[: count * samples].reshape(count, samples)))).reshape(-1, len(STATISTICS))


def _rows(stretches: Floats) -> Iterator[tuple[float, float, float, float]]:
    for stretch in stretches:
        there = stretch[np.isfinite(stretch)]
        if 2 * len(there) < len(stretch):
            yield np.nan, np.nan, np.nan, np.nan
        else:
            yield float(there.mean()), float(there.std()), float(there.min()), float(there.max())
