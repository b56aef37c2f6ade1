"""Days to report: the triggers and the veto of `results.make_result`, scored against a truth table of them."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from culpa.evaluate.class_totals import class_totals
from culpa.evaluate.classified import join, with_classes
from culpa.evaluate.predictions import Predictions
from culpa.evaluate.score import score, totals
from culpa.evaluate.truth import Truth
from culpa.evaluate.veto import VetoRound, veto_totals, with_veto
from culpa.explain.hveto.result import HvetoResult
from culpa.identify.images import file_name
from culpa.report.day.view import DayView, StageState
from culpa.report.hveto.history import history
from culpa.report.hveto.summary import summary
from culpa.types import Events, Segments
from tests.report.results import LIVE, PRIMARY, channel_names, make_result

DATE = dt.date(2024, 5, 17)
SPAN = (1_400_000_018.0, 1_400_014_418.0)
STAGES = (
    StageState("mock", "done", 450, "450 frames"),
    StageState("triggers", "done", 13, "triggers in 13 of 13 channels"),
    StageState("hveto", "done", 1, "3 rounds"),
    StageState("qscans", "done", 4, "400 pictures of 100 triggers"),
    StageState("coherence", "done", 9, "coherent with the main channel: 1 of 2 witnesses at glitches"),
    StageState("classes", "done", 6, "290 triggers of 4 classes; 14 flagged unknown"),
    StageState("score", "done", 1, "all is found"),
)
CLASSES = ("blip", "dot", "helix", "no_glitch", "tomte")
VIEWS = ("0.5", "1", "2", "4")
_RANGE = {"from": 56.0, "to": 98.0, "peak": 72.0, "coherence": 0.61, "p": 1e-4}
_OF_ROUND = {
    "label": "round-1", "round": 1, "channel": "K1:PEM-X_000_OUT_DQ", "main": PRIMARY, "sentence": "It is coherent.",
    "advice": None, "coherent_at_glitches": True, "coherent_overall": False, "p_at_glitches": 2e-4,
    "p_at_quiet_times": 0.3, "p_overall": 0.4, "ranges_at_glitches": [_RANGE], "ranges_overall": [],
    "windows_at_glitches": 84, "loudest": [1.0],
}  # fmt: skip
_NOT = {"coherent_at_glitches": False, "p_at_glitches": 0.5, "ranges_at_glitches": [], "advice": "Look closer."}
COHERENCE = {
    "overall": {
        "main": PRIMARY,
        "channels": 12,
        "windows": 900,
        "trials": 5000,
        "false_alarm": 0.01,
        "significant": [],
    },
    "findings": [_OF_ROUND, _OF_ROUND | _NOT | {"label": "round-2", "round": 2, "sentence": "It is not coherent."}],
}


def make_day(
    channels: int | Sequence[str] = 12, primary: str = PRIMARY, primaries: int = 300, **changes: Any
) -> DayView:
    """A mock day of 4 h, of which 1000 s were not searched: three channels explain a third of the triggers.

    The last ten triggers are not classified.
    """
    names = channel_names(channels) if isinstance(channels, int) else list(channels)
    result = make_result(names, min(3, len(names)), primaries, primary=primary)
    events = {primary: history(result).events} | {name: _events(name, 30 + 5 * i) for i, name in enumerate(names)}
    classes = _classes(events[primary], primary)
    vetoed = {of.number: of.primary.take(of.vetoed)["time"] for of in result.rounds}
    given: dict[str, Any] = {
        "label": "2024-05-17, mock",
        "date": DATE,
        "main": primary,
        "span": SPAN,
        "stages": STAGES,
        "events": events,
        "searched": dict.fromkeys(events, LIVE),
        "hveto": json.loads(json.dumps(summary(result, {}))),
        "vetoed": vetoed,
        "score": _score(result, events, classes),
        "classes": classes,
        "coherence": COHERENCE,
        "pictures": {time: pictures_at(primary, time) for times in vetoed.values() for time in times.tolist()},
        "previous": "../2024-05-16_mock/index.html",
        "next": "../2024-05-18_mock/index.html",
        "about": {"culpa": "1.2.3"},
    }
    return DayView(**given | changes)


def empty_day(**changes: Any) -> DayView:
    """A day of which nothing is known: the mock data could not be written."""
    stages = (
        StageState("mock", "failed", 450, "disk full"),
        *(StageState(n, "not run", 1, "") for n in ("triggers", "hveto")),
    )
    nothing: dict[str, Any] = {
        "stages": stages,
        "events": {},
        "searched": {},
        "hveto": None,
        "vetoed": {},
        "score": None,
        "classes": None,
        "pictures": None,
        "coherence": None,
    }
    return make_day(1, primaries=10, **nothing | {"previous": None, "next": None} | changes)


def busy_day(primaries: int, channels: int, each: int) -> DayView:
    """A day with very many triggers and no veto."""
    names = [f"K1:PEM-X_{i:03d}_OUT_DQ" for i in range(channels)]
    events = {PRIMARY: _events(PRIMARY, primaries)} | {name: _events(name, each) for name in names}
    live = Segments.of([SPAN])
    searched = dict.fromkeys(events, live)
    nothing: dict[str, Any] = dict.fromkeys(("hveto", "score", "classes", "pictures", "coherence"))
    return make_day(1, primaries=10, events=events, searched=searched, vetoed={}, **nothing)


def pictures_at(channel: str, time: float) -> list[str]:
    """Where the pictures of a trigger lie."""
    return [f"qscans/main/{file_name(channel, time, view)}" for view in VIEWS]


def _classes(events: Events, channel: str) -> Predictions:
    """Every other trigger is called a blip, rightly, and every tenth a dot; every twentieth is flagged."""
    rows = np.arange(max(len(events) - 10, 0))
    names = np.array(["blip", "helix", "blip", "no_glitch"])[rows % 4]
    names[rows % 10 == 0] = "dot"
    probability = np.random.default_rng(7).uniform(0.6, 1.0, len(rows))
    where = np.full(len(rows), channel)
    return Predictions(events["time"][rows], where, names, probability, rows % 20 == 3, CLASSES)


def _events(name: str, count: int) -> Events:
    rng = np.random.default_rng([count, *name.encode("utf-8", "replace")])
    columns = {"time": np.sort(rng.uniform(*LIVE.bounds[0], count)), "snr": 6 + 4 * rng.pareto(2.0, count)}
    columns |= {"frequency": np.exp(rng.uniform(np.log(20), np.log(1500), count)), "q": rng.uniform(4, 60, count)}
    return Events({**columns, "channel": np.full(count, name)})


def _score(result: HvetoResult, events: dict[str, Events], classes: Predictions) -> dict[str, Any]:
    """Half of the main channel's triggers are blips, which the first auxiliary channel has too."""
    main, aux = result.primary, next(name for name in events if name != result.primary)
    times = np.repeat(events[main]["time"][::2], 2)
    rows = len(times)
    truth = Truth(
        gps=times,
        family=np.full(rows, "blip"),
        channel=np.array([main, aux] * (rows // 2)),
        frequency=np.repeat(events[main]["frequency"][::2], 2),
        q=np.full(rows, 8.0),
        snr=np.repeat(events[main]["snr"][::2], 2),
        coupled=np.ones(rows, bool),
        event_id=np.repeat(np.arange(rows // 2).astype(str), 2),
    )
    rounds = [VetoRound(of.number, of.winner.channel, of.primary.take(of.vetoed)["time"]) for of in result.rounds]
    scored = with_veto(score(truth, events, dict.fromkeys(events, LIVE)), main, rounds)
    joined = join(scored, classes, events)
    known = class_totals(with_classes(scored, classes, joined), classes, joined, np.random.default_rng(0))
    entries = totals(scored) | {"veto": veto_totals(scored, main, rounds), "classes": known}
    plain: dict[str, Any] = json.loads(json.dumps(entries).replace("NaN", "null"))
    return plain
