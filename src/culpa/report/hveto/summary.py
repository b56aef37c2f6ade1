"""The result as JSON: `summary.json`, for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from ...explain.hveto.result import Cell, FalseAlarm, HvetoResult, Round, ratio


def summary_text(result: HvetoResult, about: Mapping[str, str]) -> str:
    """The summary as JSON text; the same result gives the same text.

    `efficiency`, `deadtime` and their cumulative twins are fractions 0 to 1, `use_percentage` is percent, times are
    GPS s. What is not a finite number is null.
    """
    return json.dumps(_finite(summary(result, about)), indent=1, allow_nan=False) + "\n"


def summary(result: HvetoResult, about: Mapping[str, str]) -> dict[str, Any]:
    """What the summary holds, rounds first; `about` is kept as it is."""
    cumulative = zip(result.rounds, result.cumulative_efficiency, result.cumulative_deadtime, strict=True)
    best = result.final.winner if result.final else None
    return {
        "rounds": [
            _round(r) | {"cumulative_efficiency": efficiency, "cumulative_deadtime": deadtime}
            for r, efficiency, deadtime in cumulative
        ],
        "primary": {"channel": result.primary, "events": result.primaries},
        "live": {"seconds": result.live.livetime, "segments": result.live.bounds},
        "remaining": {
            "events": len(result.remaining),
            "best": _cell(best, result.final_false_alarm) if best else None,
            "channels": len(result.final.channels) if result.final else None,
        },
        "safety": [asdict(one.best) | {"probability": one.probability, "unsafe": one.unsafe} for one in result.safety],
        "doubtful": result.doubtful,
        "reason": result.reason,
        "remarks": result.remarks,
        "engine": result.engine,
        "settings": asdict(result.settings),
        "about": dict(about),
    }


def _round(of: Round) -> dict[str, Any]:
    return {
        "round": of.number,
        "winner": _cell(of.winner, of.false_alarm),
        "efficiency": of.efficiency,
        "vetoed": int(of.vetoed.sum()),
        "primaries": len(of.primary),
        "use_percentage": of.use_percentage,
        "used": int(of.used.sum()),
        "auxiliary": len(of.witness),
        "deadtime": of.deadtime,
        "dead_seconds": of.dead,
        "live_seconds": of.live.livetime,
        "efficiency_over_deadtime": ratio(of.efficiency, of.deadtime),
        "segments": len(of.vetoes),
        "channels": len(of.grid.channels) if of.grid else None,
    }


def _cell(cell: Cell, alarm: FalseAlarm | None) -> dict[str, Any]:
    return asdict(cell) | {
        "false_alarm_probability": alarm.probability if alarm else None,
        "false_alarm_log10_bound": alarm.log10_bound if alarm else None,
        "shifts": len(alarm.maxima) if alarm else 0,
        "shifts_at_least": alarm.at_least if alarm else None,
    }


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
