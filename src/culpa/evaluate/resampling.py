"""How sure a figure of merit is, where rows depend on their neighbours: whole stretches are drawn anew."""

from collections.abc import Callable, Iterator

import numpy as np

from ..types import Floats, Indices, Mask

STRETCHES = 50
"""Stretches that data are cut into, at most."""
SAMPLES = 100
"""Samples drawn."""


def stretches(truth: Mask, count: int = STRETCHES) -> list[Indices]:
    """The rows of stretches of about equal length, cut where no anomaly is: none is cut in two."""
    rows = len(truth)
    quiet = np.flatnonzero(~truth[1:] | ~truth[:-1]) + 1
    wanted = np.linspace(0, rows, count + 1)[1:-1]
    cuts = quiet[np.minimum(np.searchsorted(quiet, wanted), len(quiet) - 1)] if len(quiet) else np.empty(0, dtype=int)
    return [part for part in np.split(np.arange(rows), np.unique(cuts)) if len(part)]


def interval(
    figure: Callable[[Indices], float], parts: list[Indices], samples: int = SAMPLES, seed: int = 0
) -> tuple[float, float]:
    """The middle 95 % of a figure of merit, computed from row numbers, over samples of stretches; NaN ones left out."""
    found = [value for value in (figure(rows) for rows in _drawn(parts, samples, seed)) if np.isfinite(value)]
    if not found:
        return float("nan"), float("nan")
    ends: Floats = np.quantile(found, [0.025, 0.975])
    return float(ends[0]), float(ends[1])


def _drawn(parts: list[Indices], samples: int, seed: int) -> Iterator[Indices]:
    generator = np.random.default_rng(seed)
    for _ in range(samples):
        yield np.concatenate([parts[i] for i in generator.integers(len(parts), size=len(parts))])
