"""Samples that are not there."""

import numpy as np

from ..types import Floats, Segments, Series


def missing(series: Series) -> Segments:
    """GPS intervals of the samples that are NaN or infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(series.values.sum()):  # one quick pass for the usual case
            return Segments()
    bad = ~np.isfinite(series.values)
    edges = np.flatnonzero(np.diff(bad, prepend=False, append=False)).reshape(-1, 2)
    return Segments.of((series.t0 + a / series.sample_rate, series.t0 + b / series.sample_rate) for a, b in edges)


def flat(series: Series, shortest: float) -> Segments:
    """GPS intervals in which the samples do not change for at least `shortest` s: switched off, saturated, held."""
    samples = round(shortest * series.sample_rate)
    few = series.values[:: max(1, samples // 2)]
    if not (few[1:] == few[:-1]).any():  # a run of that length holds two of these
        return Segments()
    same = series.values[1:] == series.values[:-1]
    runs = np.flatnonzero(np.diff(same, prepend=False, append=False)).reshape(-1, 2)
    runs = runs[runs[:, 1] - runs[:, 0] + 1 >= samples]
    return Segments.of((series.t0 + a / series.sample_rate, series.t0 + (b + 1) / series.sample_rate) for a, b in runs)


def gate(series: Series, gaps: Segments, taper: float) -> Floats:
    """The samples with their mean removed, 0 in the gaps, and a taper of `taper` s beside each gap.

    Float64, shape as the input's. Without gaps only the mean is removed.
    """
    if not gaps:
        return np.asarray(np.subtract(series.values, series.values.mean(dtype=float), dtype=float))
    values = np.array(series.values, dtype=float)
    for start, end in gaps:
        first, last = _samples(series, start, end)
        values[first:last] = np.nan
    keep = np.isfinite(values)
    values = np.where(keep, values - (values[keep].mean() if keep.any() else 0.0), 0.0)
    slope = rise(round(taper * series.sample_rate))
    for start, end in gaps:
        first, last = _samples(series, start, end)
        before, after = values[max(0, first - len(slope)) : first], values[last : last + len(slope)]
        before *= slope[: len(before)][::-1]
        after *= slope[: len(after)]
    return values


def rise(samples: int) -> Floats:
    """A taper from 0 to 1, symmetric about its middle, shape (samples,).

    Sine squared of sine squared: its second derivative has no jump either, which large slow motion would turn into a
    transient where the taper ends.
    """
    place = (np.arange(samples) + 0.5) / max(1, samples)
    return np.asarray(np.sin(np.pi / 2 * np.sin(np.pi / 2 * place) ** 2) ** 2)


def _samples(series: Series, start: float, end: float) -> tuple[int, int]:
    return round((start - series.t0) * series.sample_rate), round((end - series.t0) * series.sample_rate)
