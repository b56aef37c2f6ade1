"""What the page of a day is made from: the results of its stages, as data."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...evaluate.predictions import Predictions
from ...types import Events, Floats, Segments

STATES = ("done", "empty", "failed", "not run")
"""A stage: gave something, gave nothing (a success too), gave up, or was not run."""


@dataclass(frozen=True)
class StageState:
    """What became of one stage; `text` says in one line what it gave, or why it failed or was not run.

    `state` is one of `STATES`, `jobs` the number of its jobs in the plan.
    """

    name: str
    state: str
    jobs: int
    text: str


@dataclass(frozen=True)
class DayView:
    """One day: its stages in order, the triggers, and what was made of them.

    `label` names it for people (`2026-01-31, mock`), `span` is the analysed time (GPS s), `events` and `searched` are
    by channel; a channel may be in only one of them. `hveto` is the content of `hveto/summary.json`, `score` that of
    `score.json` and `coherence` that of `coherence/coherence.json`, None where there is none; `vetoed` has the times
    (GPS s) of the main channel's triggers that each round vetoed, by its number. `classes` are predictions of triggers,
    and `pictures` the paths, relative to the page, of those of a trigger (its Q-scan in some views), by its time
    (GPS s); None where there are no results. `previous` and `next` are relative links to the pages of other days, None
    where there is none. `about` is shown at the end (versions, command, ...).
    """

    label: str
    date: dt.date
    main: str
    span: tuple[float, float]
    stages: tuple[StageState, ...]
    events: Mapping[str, Events]
    searched: Mapping[str, Segments]
    hveto: Mapping[str, Any] | None
    vetoed: Mapping[int, Floats]
    score: Mapping[str, Any] | None
    classes: Predictions | None
    pictures: Mapping[float, Sequence[str]] | None
    coherence: Mapping[str, Any] | None
    previous: str | None
    next: str | None
    about: Mapping[str, str]

    @property
    def triggers(self) -> Events:
        """The triggers of the main channel."""
        return self.events.get(self.main, Events.empty())

    @property
    def live(self) -> Segments:
        """The searched time of the main channel."""
        return self.searched.get(self.main, Segments())

    def stage(self, name: str) -> StageState:
        """A stage by its name; one that the plan does not have was not run."""
        return next((one for one in self.stages if one.name == name), StageState(name, "not run", 0, ""))
