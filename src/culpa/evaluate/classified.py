"""Which class was given to which injection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import NONE_OF_THESE, UNKNOWN, Events, Indices, Mask
from .match import extents, holds_any, nearest_trigger
from .predictions import Predictions, snake_case
from .score import Score


@dataclass(frozen=True)
class Join:
    """Which prediction is of which injection.

    `chosen`, shape (rows of the truth table,): the prediction of the row's trigger, -1 where there is none. Of shape
    (predictions,): `placed`, it belongs to a trigger of the search; `without`, no injection lies in that trigger's
    extent.
    """

    chosen: Indices
    placed: Mask
    without: Mask


def join(score: Score, predictions: Predictions, triggers: Mapping[str, Events]) -> Join:
    """Find the prediction of each row that was found; `triggers` are those that were scored.

    A prediction belongs to a trigger as an injection does: one of its channel whose extent, widened by the window of
    the score, holds its time; of several the one whose peak is nearest. Of several predictions of a trigger that
    nearest to the peak counts, of equally near ones the first.
    """
    result = Join(np.full(len(score.truth), -1), *np.zeros((2, len(predictions)), bool))
    for channel in sorted({*predictions.channel.tolist()} & {*triggers}):
        _join(result, score, predictions, channel, triggers[channel])
    return result


def _join(into: Join, score: Score, predictions: Predictions, channel: str, events: Events) -> None:
    truth, around = score.truth, extents(events, score.window)
    ours = np.flatnonzero((predictions.channel == channel) & np.isfinite(predictions.gps))
    trigger = nearest_trigger(predictions.gps[ours], around, events["snr"])
    ours, trigger = ours[trigger >= 0], trigger[trigger >= 0]
    present = (truth.channel == channel) & ~np.isnan(truth.snr)
    into.placed[ours] = True
    into.without[ours] = ~holds_any(truth.gps[present], around)[trigger]
    near_first = np.lexsort((ours, np.abs(predictions.gps[ours] - around.peak[trigger]), trigger))
    which, first = np.unique(trigger[near_first], return_index=True)
    of_trigger = np.full(len(events), -1)
    of_trigger[which] = ours[near_first[first]]
    rows = np.flatnonzero(present & score.columns["found"])
    into.chosen[rows] = of_trigger[nearest_trigger(truth.gps[rows], around, events["snr"])]


def families(score: Score, predictions: Predictions) -> tuple[NDArray[np.str_], Mask]:
    """Each row's family, written as classes are, and whether the classifier should doubt what it sees there."""
    family = np.array([snake_case(name) for name in score.truth.family.tolist()], np.str_)
    return family, ~np.isin(family, predictions.classes) | (family == NONE_OF_THESE)


def with_classes(score: Score, predictions: Predictions, joined: Join) -> Score:
    """The score with columns for what a classifier made of each row.

    `class` of the row's trigger and its `probability` ("" and NaN where it was not classified), `class_flag`
    (`unknown` or ""), and `class_right`: the class is the family; a glitch that the classifier cannot know, or that
    belongs to no family, is right where it was flagged or called `none_of_these`.
    """
    has = joined.chosen >= 0
    picked = predictions.take(joined.chosen[has])
    called, probability, flagged = np.full(len(has), "", dtype=object), np.full(len(has), np.nan), np.zeros_like(has)
    called[has], probability[has], flagged[has] = picked.name, picked.probability, picked.flagged
    family, outside = families(score, predictions)
    columns: dict[str, NDArray[Any]] = {
        "class": called.astype(np.str_),
        "probability": probability,
        "class_flag": np.where(flagged, UNKNOWN, ""),
        "class_right": has & ((called == family) | (outside & (flagged | (called == NONE_OF_THESE)))),
    }
    return Score(score.truth, {**score.columns, **columns}, score.unmatched, score.window)
