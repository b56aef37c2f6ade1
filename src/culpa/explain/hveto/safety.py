"""Which auxiliary channels follow what is injected into the primary one, and may therefore veto nothing."""

from collections.abc import Mapping
from math import ceil

import numpy as np

from ...types import Events, Floats, Segments
from .cover import Clock
from .grid import make_grid
from .result import Safety
from .rounds import prepare
from .settings import HvetoSettings
from .shifts import significances


def safety(
    injections: Floats,
    auxiliary: Mapping[str, Events],
    live: Segments,
    settings: HvetoSettings | None = None,
    alpha: float = 0.01,
) -> tuple[Safety, ...]:
    """Test each auxiliary channel for events that follow signals injected at known times (GPS s, any order).

    In order of channels' names. The injections are moved, each by an amount of its own up to ten times the widest
    window, as often as there are shifts in the settings and at least 2 / alpha times: `probability` says how often any
    channel then does as well. (To shift them together would not do: they often come at regular intervals.) Among all
    channels that are safe, the chance that any is called unsafe is `alpha`. Source of the idea: Essick et al. 2020,
    arXiv 2011.13787 (pointy Poisson null test).
    """
    settings = settings or HvetoSettings()
    times = np.sort(injections[live.contains(injections)])
    witnesses = prepare(auxiliary, live, settings)
    grid = make_grid(times, witnesses, live, settings)
    significance = np.array([cell.significance for cell in grid.best])
    number = max(settings.shifts, ceil(2 / alpha))
    maxima = np.zeros(number)
    if len(times) and len(witnesses):
        sets = (_scattered(times, live, settings, seed) for seed in range(number))
        maxima = significances(sets, witnesses, grid.expected, settings).max(axis=(1, 2, 3))
    probability = (1 + (maxima >= significance[:, np.newaxis]).sum(axis=1)) / (1 + number)
    return tuple(
        Safety(cell, float(p), bool(p <= alpha and cell.coincidences))
        for cell, p in zip(grid.best, probability, strict=True)
    )


def _scattered(times: Floats, live: Segments, settings: HvetoSettings, number: int) -> Floats:
    """The times, each moved by an amount of its own round the circle of all live time: (1, times)."""
    clock = Clock.of(live)
    reach = min(10 * settings.time_windows[-1], clock.total / 2)
    by = np.random.default_rng([settings.seed, number, 2]).uniform(-reach, reach, len(times))
    return np.sort(clock.when((clock.at(times) + by) % clock.total))[np.newaxis]
