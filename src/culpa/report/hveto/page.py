"""The page of a hierarchical veto: what it found in words and tables, and the data of its plots."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...explain.hveto.result import HvetoResult, Round, ratio
from ..numbers import number, percent, share
from ..page import Page
from . import payload, words
from .history import History
from .tables import grids_after, rows_of_round


def hveto_page(result: HvetoResult, seen: History, about: Mapping[str, str], files: Mapping[str, list[str]]) -> Page:
    """The page of a result; `files` are the names of files beside it, by folder (`""`, `round-1`, ...)."""
    data = payload.views(result)
    context = {
        "title": f"Hierarchical veto of {result.primary}",
        "result": result,
        "headline": words.headline(result, seen),
        "doubt": words.doubt(result.doubtful),
        "end": words.end(result, seen),
        "safety": words.safety(result, seen.words.thing),
        "settings": {_setting(name, seen): _shown(value) for name, value in asdict(result.settings).items()},
        "overall": words.overall(result, seen),
        "analysed": words.analysed(result, seen),
        "span": f"{words.moment(seen.start, seen.words)} to {words.moment(seen.end, seen.words)}",
        "words": seen.words,
        "nouns": seen.measure.nouns,
        "measure": seen.measure,
        "witness": seen.witness,
        "rounds": [
            _row(of, seen, *cumulative)
            for of, *cumulative in zip(
                result.rounds, result.cumulative_efficiency, result.cumulative_deadtime, strict=True
            )
        ],
        "views": [_round_view(result, i, seen) for i in range(len(result.rounds))] + [_remaining_view(result, seen)],
        "files": files,
    }
    return Page("hveto.html", ("hveto.js",), context, {"run": payload.run_data(result, seen), **data}, about)


def write_page(page: Page, folder: Path) -> Path:
    """Write the page as `index.html`; returns its path."""
    page.write(folder / "index.html")
    return folder / "index.html"


def _setting(name: str, seen: History) -> str:
    loudness = seen.words.witness.name if seen.words.witness else "snr"
    return name.replace("_", " ").replace("snr", loudness)


def _shown(value: Any) -> str:
    """A setting as text."""
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _row(of: Round, seen: History, cumulative_efficiency: float, cumulative_deadtime: float) -> dict[str, str]:
    """The cells of a round in the table of rounds, as text."""
    alarm = of.false_alarm
    return {
        "number": str(of.number),
        "channel": of.winner.channel,
        "significance": number(of.winner.significance),
        "snr": f"{of.winner.snr:g}",
        "window": f"{of.winner.window:g}",
        "alarm": words.probability(alarm) if alarm else "–",
        "use": share(int(of.used.sum()), len(of.witness)),
        "efficiency": share(int(of.vetoed.sum()), len(of.primary)),
        "deadtime": share(of.dead, of.live.livetime, seen.words.unit),
        "ratio": number(ratio(of.efficiency, of.deadtime)),
        "cumulative_efficiency": percent(cumulative_efficiency),
        "cumulative_deadtime": percent(cumulative_deadtime),
        "coincidences": f"{of.winner.coincidences:,} ({number(of.winner.expected)} expected by chance)",
    }


def _round_view(result: HvetoResult, index: int, seen: History) -> dict[str, Any]:
    of = result.rounds[index]
    after = grids_after(result)[index]
    rows = rows_of_round(of)
    figures = (
        {"drop": words.drop(rows, after, result.settings.minimum_significance, seen.words.thing)} if of.grid else {}
    )
    figures |= {
        "time": words.vetoed(of, seen.measure),
        "histogram": words.loudest(of, seen.measure),
        "efficiency": words.efficiency(of, rows, seen.words.thing),
    }
    if of.false_alarm and len(of.false_alarm.maxima):
        figures["chance"] = words.chance(of.false_alarm, of.winner)
    return {
        "id": f"round-{of.number}",
        "tab": str(of.number),
        "title": f"Round {of.number}: {of.winner.channel}",
        "facts": _row(of, seen, result.cumulative_efficiency[index], result.cumulative_deadtime[index]),
        "sentences": [],
        "figures": figures,
        "folder": f"round-{of.number}",
    }


def _remaining_view(result: HvetoResult, seen: History) -> dict[str, Any]:
    alarm = result.final_false_alarm
    best = result.final.winner if result.final else None
    figures = {}
    if best is not None:
        figures["efficiency"] = f"What the best cell of each {seen.words.thing} would veto, and for how much time."
    if alarm is not None and best is not None and len(alarm.maxima):
        figures["chance"] = words.chance(alarm, best)
    return {
        "id": "remaining",
        "tab": "what remains",
        "title": "What remains",
        "facts": None,
        "sentences": words.remaining(result, seen),
        "figures": figures,
        "folder": "remaining",
    }
