"""Which auxiliary channels follow what is injected into the primary one, and may therefore veto nothing."""

from collections.abc import Mapping

import numpy as np

from ...types import Events, Floats, Segments
from .grid import make_grid
from .result import Safety
from .rounds import prepare
from .settings import HvetoSettings
from .shifts import Over, Stage, null_maxima_of


def safety(
    injections: Floats,
    auxiliary: Mapping[str, Events],
    live: Segments,
    settings: HvetoSettings | None = None,
    alpha: float = 0.01,
    over: Over = map,
) -> tuple[Safety, ...]:
    """Test each auxiliary channel for events that follow signals injected at known times (GPS s, any order).

    In order of channels' names. Among all channels that are safe, the chance that any is called unsafe is `alpha`, as
    long as this is at least 1 / (shifts + 1); without shifts the probability is the bound cells × Poisson probability.
    Source of the idea: Essick et al. 2020, arXiv 2011.13787 (pointy Poisson null test).
    """
    settings = settings or HvetoSettings()
    times = np.sort(injections[live.contains(injections)])
    witnesses = prepare(auxiliary, live, settings)
    grid = make_grid(times, witnesses, live, settings)
    significance = np.array([cell.significance for cell in grid.best])
    if settings.shifts and len(times):
        (maxima,) = null_maxima_of(witnesses, [Stage(live, times, grid.expected)], settings, over)
        probability = (1 + (maxima >= significance[:, np.newaxis]).sum(axis=1)) / (1 + settings.shifts)
    else:
        probability = np.minimum(1.0, grid.significance.size * 10.0**-significance)
    return tuple(
        Safety(cell, float(p), bool(p <= alpha and cell.coincidences))
        for cell, p in zip(grid.best, probability, strict=True)
    )
