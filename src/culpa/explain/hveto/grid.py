"""The significance of every channel, threshold and window."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ...types import Floats, Indices, Segments
from .coincidence import Clock, Witness, coincidences, covered, has_neighbour
from .result import Grid
from .settings import HvetoSettings
from .significance import significance, upstream_significance

Poisson = Callable[[ArrayLike, ArrayLike], Floats]


def make_grid(primary: Floats, witnesses: Mapping[str, Witness], live: Segments, settings: HvetoSettings) -> Grid:
    """The grid of primary events (GPS s in order) against channels; all events lie in the live segments."""
    thresholds, windows = len(settings.snr_thresholds), settings.time_windows
    shape = (len(witnesses), thresholds, len(windows))
    auxiliary = np.zeros(shape[:2], np.int64)
    counts, cover = np.zeros(shape, np.int64), np.zeros(shape)
    clock = Clock.of(live) if live else None
    for row, witness in enumerate(witnesses.values()):
        if clock is not None and len(witness.times):
            auxiliary[row] = witness.at_least(thresholds)
            counts[row] = coincidences(primary, witness, thresholds, windows)
            cover[row] = covered(witness, clock, thresholds, windows)
    expected = chance(len(primary), auxiliary, cover, live.livetime, settings)
    grid = Grid(
        tuple(witnesses),
        np.array(settings.snr_thresholds),
        np.array(windows),
        auxiliary,
        counts,
        cover,
        expected,
        poisson(settings)(counts, expected),
        np.zeros(len(witnesses), np.int64),
    )
    return replace(grid, used=np.array(_used(primary, witnesses, grid), np.int64))


def chance(primaries: int, auxiliary: Indices, cover: Floats, livetime: float, settings: HvetoSettings) -> Floats:
    """The coincidences to expect by chance, shape (..., thresholds, windows); 0 where there is no live time.

    `union`: the mean over all circular shifts, whatever the auxiliary events do. `upstream`: Smith et al. 2011, eq. 2,
    which counts pairs: too much where windows overlap.
    """
    if not livetime:
        return np.zeros_like(cover)
    if settings.expectation == "union":
        return np.asarray(primaries * cover / livetime)
    return np.asarray(primaries * auxiliary[..., np.newaxis] * np.array(settings.time_windows) / livetime)


def poisson(settings: HvetoSettings) -> Poisson:
    """The formula of significances that goes with the expectation."""
    return significance if settings.expectation == "union" else upstream_significance


def _used(primary: Floats, witnesses: Mapping[str, Witness], grid: Grid) -> list[int]:
    used = []
    for cell, witness in zip(grid.best, witnesses.values(), strict=True):
        level = np.searchsorted(grid.thresholds, cell.snr)
        loud = witness.times[witness.levels > level]
        used.append(int(has_neighbour(loud, primary, cell.window).sum()))
    return used
