"""The page stage: the whole day on one page, from what the other stages wrote."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ... import __version__
from ...acquire.atomic import atomic
from ...acquire.triggerfiles import ENDINGS
from ...acquire.triggerlists import load_lists
from ...evaluate.predictions import Predictions, read_predictions
from ...report.day.page import write_day_page
from ...report.day.view import DayView, StageState
from ...report.numbers import plural
from ...types import UNKNOWN, Events, Segments
from ..assignment import Assignment
from ..days import Day
from ..outcome import Action, Outcome
from ..plan import SETTINGS, Job, Resources
from ..recording import RAW
from ..scoring import COHERENCE, PREDICTIONS, read_veto
from ..training_parts import read_parts
from . import LISTS, classes, hveto, qscans, training, training_set, triggers

NAME = "page"
CODE = (
    "acquire",
    "evaluate/class_totals.py",
    "evaluate/predictions.py",
    "explain/hveto",
    "identify/images.py",
    "report",
    "run/days.py",
    "run/stages/page.py",
    "run/stages/qscans.py",
    "run/stages/training.py",
    "run/scoring.py",
    "run/training_parts.py",
)
PACKAGES = ("numpy", "plotly", "jinja2", "django-js-lib-bootstrap5", *LISTS)
PAGE = "index.html"
JOB = f"{NAME}/day"

_ORDER = ("mock", "triggers", "hveto", "qscans", "coherence", "training_set", "training", "classes", "score")
_OF_MOCK_DATA = ("mock", "score")
_OF_TRAINING = ("training_set", "training")
_SHOWN = {
    "hveto": f"{hveto.FOLDER}/summary.json",
    "coherence": COHERENCE,
    "classes": PREDICTIONS,
    "score": "score.json",
}
"""The file of a stage that the page shows; of Q-scans it shows what each of their jobs says there is."""


def jobs(of: Assignment, before: Sequence[Job]) -> Iterator[Job]:
    """The settings as a file, and a page that shows what the jobs `before` it write."""
    yield Job(f"{NAME}/settings", "settings", of.tables(), {}, (), (SETTINGS,), Resources(0.01, 100, 2e3))
    counts = {stage: sum(job.stage == stage for job in before) for stage in _ORDER}
    form = triggers.best_format(of)
    made = {path for job in before for path in job.outputs}
    lists = [path for name in of.recording.rates for path in triggers.files(of, name, form) if path in made]
    pictures = [path for job in before if job.stage == qscans.NAME for path in job.outputs]
    shown = (f"{RAW}/truth.csv", *_SHOWN.values(), classes.WITNESSES, training_set.PARTS, training.SCORE)
    inputs = (*lists, *pictures, *(path for path in shown if path in made))
    spans = of.recording.stretches[of.recording.main].bounds
    what = {
        "date": of.day.date.isoformat(),
        "label": of.day.label,
        "main": of.recording.main,
        "span": [spans[0][0], spans[-1][1]] if spans else [float(of.day.start), float(of.day.end)],
        "jobs": {stage: counts[stage] for stage in _ORDER if stage not in _without(of)},
        "model": _model(of),
        "neighbours": neighbours(of.day),
    }
    yield Job(JOB, "day", {}, what, inputs, (PAGE,), Resources(0.5 + 0.002 * len(lists), 400, 6e6))


def _without(of: Assignment) -> tuple[str, ...]:
    """The stages that a day does not have."""
    return (*(() if of.is_mock else _OF_MOCK_DATA), *(() if of.classes.train else _OF_TRAINING))


def _model(of: Assignment) -> str:
    """What classifies, in words."""
    if of.classes.train:
        return "the network that was trained for it"
    return of.classes.model.name if of.classes.model else "the model that comes with culpa"


def neighbours(day: Day) -> dict[str, bool]:
    """Whether the days before and after have a page."""
    there = {"previous": day.neighbour(-1), "next": day.neighbour(1)}
    return {name: (other.folder / PAGE).exists() for name, other in there.items()}


def _settings(job: Job, folder: Path) -> Outcome:
    import tomli_w

    with atomic(folder / SETTINGS) as path:
        path.write_text(tomli_w.dumps(job.settings), encoding="utf-8")
    return Outcome(job.outputs)


def _day(job: Job, folder: Path) -> Outcome:
    write_day_page(view(job, folder), folder)
    return Outcome(job.outputs)


def view(job: Job, folder: Path, failed: Mapping[str, str] | None = None, left_out: Collection[str] = ()) -> DayView:
    """What the page shows of what is there now; `failed` says of stages why they came to no end.

    Those `left_out` need what failed: like these, what is there of them is older.
    """
    what = job.parameters
    lists = [folder / path for path in job.inputs if path.endswith(ENDINGS) and (folder / path).exists()]
    events, searched = load_lists(lists) if lists else ({}, {})
    gone = {*(failed or {}), *left_out}
    shown = {
        stage: folder / path
        for stage, path in _SHOWN.items()
        if stage not in gone and path in job.inputs and (folder / path).exists()
    }
    named = ("hveto", "score", "coherence")
    summary, score, coherent = (_json(shown[stage]) if stage in shown else None for stage in named)
    said = read_predictions(shown["classes"]) if "classes" in shown else None
    pictures = None if qscans.NAME in gone else qscans.pictures(folder, job.inputs)
    vetoed = {one.number: one.vetoed for one in read_veto(folder / hveto.FOLDER)[1]} if summary else {}
    texts = _texts(what["main"], events, searched, summary, score) | _glitch_texts(said, pictures, what["model"])
    texts |= _training_texts(folder, job.inputs) | _coherence_texts(coherent)
    day = Day(date.fromisoformat(what["date"]), Path(".."), what["label"])
    links = {"previous": day.neighbour(-1), "next": day.neighbour(1)}
    there = {name: f"{other.folder.as_posix()}/{PAGE}" for name, other in links.items() if what["neighbours"][name]}
    return DayView(
        label=f"{what['date']}, {what['label']}",
        date=day.date,
        main=what["main"],
        span=(what["span"][0], what["span"][1]),
        stages=tuple(
            _state(name, what["jobs"][name], texts, failed or {}, left_out) for name in _ORDER if name in what["jobs"]
        ),
        events=events,
        searched=searched,
        hveto=summary,
        vetoed=vetoed,
        score=score,
        classes=said,
        pictures=pictures,
        coherence=coherent,
        previous=there.get("previous"),
        next=there.get("next"),
        about={"culpa": __version__},
    )


def _state(
    name: str, count: int, texts: Mapping[str, str], failed: Mapping[str, str], left_out: Collection[str]
) -> StageState:
    if name in failed:
        return StageState(name, "failed", count, failed[name])
    if name in left_out:
        return StageState(name, "not run", count, "it needs what failed")
    if not count:
        return StageState(name, "not run", 0, "")
    return StageState(name, "done" if name in texts else "empty", count, texts.get(name, "nothing to do"))


def _texts(
    main: str,
    events: Mapping[str, Events],
    searched: Mapping[str, Segments],
    summary: Mapping[str, Any] | None,
    score: Mapping[str, Any] | None,
) -> dict[str, str]:
    """What each stage gave, in a line."""
    texts = {"mock": "simulated frames, with a table of every glitch in them"}
    if events:
        having = sum(len(of) > 0 for of in events.values())
        live = searched[main].livetime if main in searched else 0.0
        total = sum(map(len, events.values()))
        texts["triggers"] = f"{total} triggers, in {having} of {len(events)} channels; {live:.10g} s of {main} searched"
    if summary:
        rounds = len(summary["rounds"])
        texts["hveto"] = f"{rounds} round{'' if rounds == 1 else 's'}" if rounds else "no channel explains the glitches"
    if score:
        texts["score"] = f"{score['all']['found']} of {score['all']['expected']} injections found"
    return texts


def _glitch_texts(
    said: Predictions | None, pictures: Mapping[float, Sequence[str]] | None, model: str
) -> dict[str, str]:
    texts = {}
    if pictures:
        texts["qscans"] = f"{plural(sum(map(len, pictures.values())), 'picture')} of {plural(len(pictures), 'trigger')}"
    if said is not None and len(said):
        kinds = len({*said.name.tolist()})
        flagged = f"{said.flagged.sum():,} flagged {UNKNOWN}"
        texts["classes"] = (
            f"{plural(len(said), 'trigger')} of {kinds:,} class{'' if kinds == 1 else 'es'}; {flagged}; by {model}"
        )
    return texts


def _coherence_texts(found: Mapping[str, Any] | None) -> dict[str, str]:
    if not found:
        return {}
    ranked, looked = found["overall"], [one["coherent_at_glitches"] for one in found["findings"]]
    overall = [f"{len(ranked['significant'])} of {plural(ranked['channels'], 'channel')} overall"] if ranked else []
    known = [one for one in looked if one is not None]
    at_glitches = [f"{sum(known)} of {plural(len(known), 'winner')} at glitches"] if known else []
    return {"coherence": f"coherent with the main channel: {', '.join([*at_glitches, *overall])}"}


def _training_texts(folder: Path, inputs: Collection[str]) -> dict[str, str]:
    texts = {}
    if training_set.PARTS in inputs and (parts := read_parts(folder / training_set.FOLDER)):
        images = [count for part in parts for count in part.images.values()]
        texts["training_set"] = f"{plural(sum(images), 'simulated image')} of {len(images)} classes"
    if training.SCORE in inputs and (found := training.score_of(folder)):
        texts["training"] = f"a network with a macro-F1 of {found['macro_f1']:.3f} on {found['images']:,} test images"
    return texts


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


ACTIONS: dict[str, Action] = {"day": _day, "settings": _settings}
