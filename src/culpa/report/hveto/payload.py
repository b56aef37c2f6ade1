"""What the page's script is given: all events once, and per view the best cells and the grid of every channel."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...explain.hveto.result import FalseAlarm, Grid, HvetoResult
from ..numbers import significant
from ..payload import clock, listed
from .history import History
from .tables import Row, grids_after, rows_of, rows_of_round


def run_data(result: HvetoResult, seen: History) -> dict[str, Any]:
    """All primary events, as columns: seconds from `start`, size, Hz, number of the round that vetoed it."""
    events = seen.events
    return {
        "channel": result.primary,
        "start": seen.start,
        "end": seen.end,
        "clock": [] if seen.words.clock == "row" else clock(seen.start, seen.end),
        "live": [[start - seen.start, end - seen.start] for start, end in result.live],
        "minimum": result.settings.minimum_significance,
        "measure": {"name": seen.measure.name, "noun": seen.measure.noun, "nouns": seen.measure.nouns},
        "words": {"thing": seen.words.thing, "unit": seen.words.unit, "clock": seen.words.clock},
        "witness": {"name": seen.witness.name, "column": seen.witness.column},
        "time": listed(np.round(events["time"] - seen.start, 6)),
        "size": listed(significant(seen.measure.of(events), 6)),
        "frequency": listed(significant(events["frequency"], 6)),
        "round": seen.vetoed_in.tolist(),
        "cumulative": [[0.0, *result.cumulative_deadtime], [0.0, *result.cumulative_efficiency]],
        "winners": [of.winner.channel for of in result.rounds],
    }


def views(result: HvetoResult) -> dict[str, Any]:
    """The data of each view: `round-1`, `round-2`, ..., and `remaining` where the engine tells what remained."""
    given: dict[str, Any] = {}
    for of, after in zip(result.rounds, grids_after(result), strict=True):
        vetoed = {"efficiency": of.efficiency, "deadtime": of.deadtime}
        given[f"round-{of.number}"] = _view(rows_of_round(of), of.grid, after, of.false_alarm) | {
            "number": of.number,
            "winner": of.winner.channel,
            "vetoed": vetoed,
        }
    if result.final is not None:
        rows = rows_of(result.final, len(result.remaining), remaining_time(result))
        given["remaining"] = _view(rows, result.final, None, result.final_false_alarm) | {
            "number": None,
            "winner": None,
        }
    return given


def remaining_time(result: HvetoResult) -> float:
    """Live time after the last round, s."""
    last = result.rounds[-1] if result.rounds else None
    return (last.live - last.vetoes).livetime if last else result.live.livetime


def _view(rows: Sequence[Row], grid: Grid | None, after: Grid | None, alarm: FalseAlarm | None) -> dict[str, Any]:
    rest = {cell.channel: cell.significance for cell in after.best} if after else {}
    cells = [row.cell for row in rows]
    columns = {name: [getattr(cell, name) for cell in cells] for name in ("channel", "snr", "window", "coincidences")}
    columns |= {name: [getattr(cell, name) for cell in cells] for name in ("auxiliary",)}
    columns |= {
        name: listed(significant(np.array([getattr(cell, name) for cell in cells], dtype=float), 6))
        for name in ("significance", "expected", "covered")
    }
    return {
        "primaries": rows[0].primaries if rows else 0,
        "live": rows[0].live if rows else 0.0,
        "rows": columns | {"used": [row.used for row in rows]},
        "after": listed(np.round([rest.get(cell.channel, np.nan) for cell in cells], 4)) if after else None,
        "grid": _grid(grid) if grid else None,
        "maxima": listed(np.round(alarm.maxima, 4)) if alarm and len(alarm.maxima) else None,
    }


def _grid(grid: Grid) -> dict[str, Any]:
    """The grid as flat lists in order of channels, thresholds and windows."""
    return {
        "channels": grid.channels,
        "thresholds": grid.thresholds.tolist(),
        "windows": grid.windows.tolist(),
        "auxiliary": grid.auxiliary.ravel().tolist(),
        "coincidences": grid.coincidences.ravel().tolist(),
        "expected": listed(significant(grid.expected.ravel(), 4)),
        "significance": listed(np.round(grid.significance.ravel(), 3)),
    }
