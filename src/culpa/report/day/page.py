"""The page of a day: one file that needs no network."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import gpstime
from ...types import Indices
from ..classes import FILE as WITNESSES
from ..hveto.history import measure
from ..hveto.words import doubt
from ..numbers import count, span
from ..page import Page
from . import class_tables, coherence, glitch_words, tables, words
from .channels import ChannelRow, Loudest, channel_rows, rates, vetoed_in
from .classes import Classes, classes_of
from .payload import day_data
from .scans import Scans, scans_of
from .view import DayView

FILES = {
    "mock": (("raw/truth.csv", "truth table"), ("raw/", "frames and lists of frames")),
    "triggers": (("omicron/", "trigger files"),),
    "hveto": (("hveto/index.html", "hierarchical veto"), ("hveto/summary.json", "its summary")),
    "qscans": (("qscans/main/", "Q-scans"),),
    "coherence": (("coherence/coherence.json", "coherence"), ("coherence/", "its figures and tables")),
    "training": (("machine_learning/model_card.md", "the network trained for this day: its card"),),
    "classes": (("machine_learning/predictions.csv", "classes"),),
    "score": (("score.csv", "score of each injection"), ("score.json", "totals of the score")),
}
"""What each stage leaves beside the page."""


def write_day_page(view: DayView, folder: Path) -> Path:
    """Write `index.html` into the folder, made if needed; returns its path. The same view gives the same bytes.

    The page carries the 20,000 loudest triggers of the main channel and says of how many; rates are in 100 bins at
    most. Raises CulpaError where the system refuses.
    """
    path = folder / "index.html"
    day_page(view).write(path)
    return path


def day_page(view: DayView) -> Page:
    """The page of a day."""
    rows = channel_rows(view)
    channels = [row.channel for row in rows]
    binned = rates(view, channels)
    rounds = vetoed_in(view.triggers["time"], view.vetoed)
    classes, scans = classes_of(view, rounds), scans_of(view)
    main = next((row.loudest for row in rows if row.channel == view.main), None)
    found = view.hveto
    context = {
        "title": f"{view.label}: {view.main}",
        "view": view,
        "headline": words.headline(view),
        "sentences": [*filter(None, (_said_of_loudest(main, rounds, found), words.veto(found)))],
        "problems": [*words.problems(view.stages)],
        "trouble": any(one.state == "failed" for one in view.stages),
        "doubt": doubt(found["doubtful"]) if found else "",
        "facts": _facts(view, rows),
        "stages": [tables.stage_row(one) for one in view.stages],
        "glitchgram": words.glitchgram(view, rounds),
        "measure": measure(view.triggers).name,
        "rounds": [tables.round_row(one) for one in found["rounds"]] if found else [],
        "ended": words.end(view),
        "loudest": [*tables.loudest_rows(view, rounds, classes, scans)],
        "classes": _classes(view, classes) if classes else None,
        "scans": _scans(scans, rounds) if scans else None,
        "coherence": _coherence(view.coherence) if view.coherence else None,
        "busiest": words.busiest(rows, binned),
        "channels": [tables.channel_row(view, row) for row in rows],
        "table": tables.rate_table(rows, binned),
        "score": tables.score_tables(view.score) if view.score else None,
        "class_score": _class_score(view.score),
        "files": [*_files(view)],
    }
    data = {"day": day_data(view, rounds, classes, scans, channels, binned)}
    return Page(
        "day.html",
        ("gallery.js", "day.js"),
        context,
        data,
        view.about,
        beside=bool(scans and scans.stems) or bool(view.coherence),
    )


def _said_of_loudest(of: Loudest | None, rounds: Indices, found: Mapping[str, Any] | None) -> str:
    return words.loudest(of, int(rounds[of.row]) if of else 0, len(found["rounds"]) if found else 0)


def _classes(view: DayView, classes: Classes) -> dict[str, Any]:
    return {
        "sentence": glitch_words.classified(classes),
        "removed": [*glitch_words.removed(classes.table)],
        "rows": class_tables.class_rows(classes, view.triggers),
        "witnesses": class_tables.witness_table(classes.table),
    }


def _scans(scans: Scans, rounds: Indices) -> dict[str, Any]:
    return {"sentence": glitch_words.shown(scans, rounds), "views": scans.views, "any": bool(scans.stems)}


def _coherence(found: Mapping[str, Any]) -> dict[str, Any]:
    rows = coherence.rows(found)
    return {
        "sentences": [*coherence.sentences(found)],
        "rows": rows,
        "advice": next((row["advice"] for row in rows if row["advice"]), ""),
        "ranked": found["overall"] is not None,
    }


def _class_score(score: Mapping[str, Any] | None) -> dict[str, Any] | None:
    found = score.get("classes") if score else None
    return {"sentence": glitch_words.scored(found), **class_tables.score_rows(found)} if found else None


def _facts(view: DayView, rows: Sequence[ChannelRow]) -> dict[str, str]:
    start, end = (gpstime.show(edge) for edge in view.span)
    return {
        "From, to (GPS)": f"{start} to {end}",
        "Main channel searched": span(view.live.livetime),
        "Channels": count(len(rows)),
        "Triggers in all": count(sum(row.triggers for row in rows)),
    }


def _files(view: DayView) -> Iterator[tuple[str, str]]:
    """Links to what the stages left beside the page."""
    results: dict[str, object] = {"hveto": view.hveto, "qscans": view.pictures or None, "coherence": view.coherence}
    results |= {"classes": view.classes, "score": view.score}
    left = {one.name for one in view.stages if one.state in ("done", "empty")} - results.keys()
    left |= {name for name, there in results.items() if there is not None}
    for name, files in FILES.items():
        if name in left:
            yield from files
    if view.classes is not None and view.hveto is not None:
        yield f"machine_learning/{WITNESSES}", "classes by witness"
