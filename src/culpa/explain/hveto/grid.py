"""The significance of every channel, threshold and window."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ...types import Floats, Indices, Segments
from .coincidence import coincidences, has_neighbour
from .cover import Clock, cover
from .result import Grid
from .settings import HvetoSettings
from .significance import significance, upstream_significance
from .witnesses import Witnesses

Poisson = Callable[[ArrayLike, ArrayLike], Floats]


def make_grid(primary: Floats, witnesses: Witnesses, live: Segments, settings: HvetoSettings) -> Grid:
    """The grid of primary events (GPS s in order) against channels; all events lie in the live segments."""
    thresholds, windows = len(settings.snr_thresholds), settings.time_windows
    counts = coincidences(primary, witnesses, thresholds, windows)
    auxiliary, covered, expected = chance(len(primary), witnesses, live, settings)
    return Grid(
        witnesses.names,
        np.array(settings.snr_thresholds),
        np.array(windows),
        auxiliary,
        counts,
        covered,
        expected,
        poisson(settings)(counts, expected),
    )


def chance(
    primaries: int, witnesses: Witnesses, live: Segments, settings: HvetoSettings
) -> tuple[Indices, Floats, Floats]:
    """What there is to coincide with: events (channels, thresholds), and (channels, thresholds, windows) live s that
    they cover and coincidences to expect by chance (0 where there is no live time).

    `union`: the mean over all circular shifts, whatever the auxiliary events do. `upstream`: Smith et al. 2011, eq. 2,
    which counts pairs: too much where windows overlap.
    """
    thresholds, windows = len(settings.snr_thresholds), settings.time_windows
    auxiliary = witnesses.numbers(thresholds)
    if not live:
        nothing = np.zeros((*auxiliary.shape, len(windows)))
        return auxiliary, nothing, nothing
    covered = cover(witnesses, Clock.of(live), auxiliary, windows)
    if settings.expectation == "union":
        return auxiliary, covered, primaries * covered / live.livetime
    return auxiliary, covered, primaries * auxiliary[..., np.newaxis] * np.array(windows) / live.livetime


def poisson(settings: HvetoSettings) -> Poisson:
    """The formula of significances that goes with the expectation."""
    return significance if settings.expectation == "union" else upstream_significance


def used(primary: Floats, witnesses: Witnesses, grid: Grid) -> Indices:
    """The auxiliary events of each channel's best cell that have a primary event in the window: (channels,)."""
    result = np.zeros(len(grid.channels), np.int64)
    for row, (cell, own) in enumerate(zip(grid.best, witnesses.slices(), strict=True)):
        loud = witnesses.levels[own] > np.searchsorted(grid.thresholds, cell.snr)
        result[row] = has_neighbour(witnesses.times[own][loud], primary, cell.window).sum()
    return result
