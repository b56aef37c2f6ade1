"""The classes of a day's triggers: which trigger was taken for what."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...evaluate.predictions import Predictions
from ...types import Indices
from ..classes import ClassTable, called, counted, prediction_of
from .view import DayView


@dataclass(frozen=True)
class Classes:
    """What the triggers of the main channel were taken for.

    `of` is the prediction of each trigger, -1 where there is none, and `names` what the table calls it, both of shape
    (triggers,); `table` counts them by round.
    """

    predictions: Predictions
    of: Indices
    names: NDArray[np.str_]
    table: ClassTable


def classes_of(view: DayView, rounds: Indices) -> Classes | None:
    """The classes of the triggers, of which `rounds` vetoed each; None where they were not asked for."""
    if view.classes is None:
        return None
    predictions = view.classes.take(view.classes.channel == view.main)
    of = prediction_of(view.triggers["time"], predictions)
    names = called(predictions, of)
    winners = {one["round"]: one["winner"]["channel"] for one in view.hveto["rounds"]} if view.hveto else {}
    return Classes(predictions, of, names, counted(names, rounds, winners))
