"""A day in sentences: each says the numbers it is about."""

from collections.abc import Iterator, Mapping, Sequence
from math import nan
from typing import Any

import numpy as np

from ... import gpstime
from ...types import Indices
from ..hveto.history import measure
from ..numbers import MISSING, count, number, percent, plural, share, span
from .channels import ChannelRow, Loudest, Rates
from .view import DayView, StageState

STAGES = {
    "mock": "mock data",
    "triggers": "trigger search",
    "hveto": "hierarchical veto",
    "qscans": "Q-scans",
    "training_set": "training images",
    "training": "training",
    "classes": "glitch classes",
    "score": "score against the truth table",
    "coherence": "coherence",
}
"""What stages are called; others go by their own name."""


def stage(name: str) -> str:
    """What a stage is called."""
    return STAGES.get(name, name)


def headline(view: DayView) -> str:
    """The day in one sentence."""
    triggers, search = len(view.triggers), view.stage("triggers")
    if triggers:
        return f"{plural(triggers, 'trigger')} in {view.main}{_explained(view)}"
    if view.live.livetime:
        return f"No trigger in {view.main} in {span(view.live.livetime)} of searched data."
    if search.state == "failed":
        return f"The trigger search failed: nothing is known of {view.main}."
    return f"{view.main} has not been searched."


def _explained(view: DayView) -> str:
    found, state = view.hveto, view.stage("hveto").state
    if found is None:
        return "; the hierarchical veto failed." if state == "failed" else "; what caused them has not been asked."
    if not found["rounds"]:
        return "; no channel explains them."
    vetoed = sum(one["vetoed"] for one in found["rounds"])
    winners = len({one["winner"]["channel"] for one in found["rounds"]})
    return f", {vetoed:,} of them explained by {plural(winners, 'channel')}."


def loudest(of: Loudest | None, round_number: int, rounds: int) -> str:
    """Which trigger of the main channel is the loudest, and what became of it; empty where there is none."""
    if of is None:
        return ""
    pitch = f", {number(of.frequency)} Hz" if of.frequency == of.frequency else ""
    said = f"The loudest has {of.measure.name} {number(of.size)}{pitch}, at GPS {gpstime.show(of.time)}"
    if round_number:
        return f"{said}; round {round_number} vetoes it."
    return f"{said}; no round vetoes it." if rounds else f"{said}."


def veto(found: Mapping[str, Any] | None) -> str:
    """What the hierarchical veto removes, for how much time, and who explains most; empty where there was none."""
    if found is None or not found["rounds"]:
        return ""
    rounds, primaries = found["rounds"], found["primary"]["events"]
    by: dict[str, int] = {}
    for one in rounds:
        by[one["winner"]["channel"]] = by.get(one["winner"]["channel"], 0) + one["vetoed"]
    most = sorted(by.items(), key=lambda item: -item[1])
    named = series([f"{channel} ({vetoed:,})" for channel, vetoed in most[:3]])
    who = f"led by {named}" if len(most) > 3 else f"by {named}"
    deadtime = percent(known(rounds[-1]["cumulative_deadtime"]))
    return (
        f"The hierarchical veto removes {share(sum(by.values()), primaries)} of its triggers for {deadtime} of the "
        f"time in {plural(len(rounds), 'round')}, {who}."
    )


def end(view: DayView) -> str:
    """Why there are no more rounds, or none at all."""
    if view.hveto is None:
        state = view.stage("hveto").state
        return "The hierarchical veto " + {"failed": "failed.", "not run": "was not run."}.get(state, "gave nothing.")
    rounds, reason = len(view.hveto["rounds"]), view.hveto["reason"].rstrip(".")
    return (
        f"The search ended after {plural(rounds, 'round')}: {reason}." if rounds else f"There was no round: {reason}."
    )


def problems(stages: Sequence[StageState]) -> Iterator[tuple[str, str]]:
    """What should be known of stages that did not end well: how grave that is (`danger`, ""), in words."""
    for one in stages:
        name, text = stage(one.name), one.text.strip().rstrip(".")
        if one.state == "failed":
            yield "danger", f"The {name} failed: {text or 'it said nothing'}."
    absent = [stage(one.name) for one in stages if one.state == "not run"]
    if absent:
        yield "", f"Not run: {series(absent)}."


def glitchgram(view: DayView, rounds: Indices) -> str:
    """What the glitchgram shows."""
    events = view.triggers
    if not len(events):
        return f"There is no trigger in {view.main}."
    by = measure(events)
    sizes, pitches = (values[np.isfinite(values)] for values in (by.of(events), events["frequency"]))
    said = [plural(len(events), "trigger")]
    if len(pitches):
        median = number(float(np.median(pitches)))
        said.append(
            f"from {number(float(pitches.min()))} to {number(float(pitches.max()))} Hz, half of them below {median} Hz"
        )
    if len(sizes):
        low, middle, high = (number(float(q)) for q in np.quantile(sizes, [0, 0.5, 1]))
        said.append(f"{by.name} {low} to {high}, half of them below {middle}")
    if rounds.any():
        said.append(f"{int((rounds > 0).sum()):,} are vetoed")
    return "; ".join(said) + "."


def busiest(rows: Sequence[ChannelRow], rates: Rates) -> str:
    """Which channels have the most triggers, and when most came at once; `rows` and `rates` in the same order."""
    total = sum(row.triggers for row in rows)
    if not rows:
        return "No channel was searched."
    said = f"{plural(total, 'trigger')} in {plural(len(rows), 'channel')}"
    if not total:
        return f"{said}."
    known_rates = [row for row in rows if row.rate == row.rate]
    if known_rates:
        first, last = known_rates[0], known_rates[-1]
        said += f", from {number(last.rate)} ({last.channel}) to {number(first.rate)} ({first.channel}) an hour"
    place, when = divmod(int(rates.counts.argmax()), rates.counts.shape[1])
    moment, most = gpstime.to_utc(float(rates.edges[when])), int(rates.counts[place, when])
    where = f"in {rows[place].channel} from {moment:%H:%M:%S} UTC on"
    return f"{said}; the most in {count(rates.width)} s are {most:,}, {where}."


def scored(score: Mapping[str, Any]) -> str:
    """How much of what was injected was found, and how much of the coupled glitches was explained."""
    every = score["all"]
    said = f"{share(every['found'], every['expected'])} of the injections in searched data were found"
    coupled = score.get("veto", {}).get("coupled", {}).values()
    found = sum(one["found"] for one in coupled)
    if not found:
        return f"{said}."
    right = sum(one["right"] for one in coupled)
    those = "of those in the main channel that another channel knows"
    return f"{said}; {those}, {share(right, found)} were vetoed by a true witness."


def interval(entry: Mapping[str, Any]) -> str:
    """The 95 % interval of a fraction: `92.6–98.6 %`; `–` where there is none."""
    low, high = entry["interval"]
    return MISSING if low is None else f"{100 * low:.3g}–{100 * high:.3g} %"


def known(value: float | None) -> float:
    """A number of a JSON file; NaN where it is null."""
    return nan if value is None else value


def series(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
