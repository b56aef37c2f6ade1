"""A classifier on a set of images whose classes are known."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..types import NONE_OF_THESE, Floats, Indices, Mask
from .calibration import Reliability, brier, log_loss, reliability
from .classes import FlagRates, Share, accuracy, confusion, flag_rates, macro_f1, macro_f1_interval, per_class


@dataclass(frozen=True)
class Judgement:
    """How well the images of a set were classified; `name` says which set, for people.

    `matrix` counts images by class (row) and what they were called (column); `interval` is the 95 % bootstrap interval
    of `macro_f1`. `flags` is among images of known classes and, if there are any, of others; what else is here is of
    the known ones.
    """

    name: str
    classes: tuple[str, ...]
    matrix: Indices
    macro_f1: float
    interval: tuple[float, float]
    reliability: Reliability
    brier: float
    log_loss: float
    flags: FlagRates

    @property
    def accuracy(self) -> Share:
        """The right ones of all images of known classes."""
        return accuracy(self.matrix)


def judge(
    name: str,
    classes: Sequence[str],
    labels: Indices,
    probabilities: Floats,
    flagged: Mask,
    rng: np.random.Generator,
) -> Judgement:
    """Judge a classifier by its `probabilities`, shape (images, classes), and its flags, shape (images,).

    `labels`, shape (images,), are class numbers, -1 for an image that is of no class; `rng` draws the bootstrap. Flags
    on images of the class `none_of_these` do not count: they are right, of kinds that it has seen.
    """
    known = labels >= 0
    glitch = labels != (classes.index(NONE_OF_THESE) if NONE_OF_THESE in classes else len(classes))
    truth, given = labels[known], probabilities[known]
    called = given.argmax(axis=1)
    matrix = confusion(truth, called, len(classes))
    # rounding may have left a sum of 1 + 1e-16
    confidence = np.minimum(given.max(axis=1), 1.0)
    return Judgement(
        name,
        tuple(classes),
        matrix,
        macro_f1(matrix),
        macro_f1_interval(matrix, rng),
        reliability(confidence, called == truth),
        brier(given, truth),
        log_loss(given, truth),
        flag_rates(flagged[glitch], ~known[glitch]),
    )


def summary(of: Judgement) -> dict[str, Any]:
    """The numbers of a judgement, JSON-like; NaN where there is nothing to say."""
    return {
        "name": of.name,
        "images": of.accuracy.whole,
        "right": of.accuracy.part,
        "accuracy": of.accuracy.fraction,
        "accuracy_interval": list(of.accuracy.interval),
        "macro_f1": of.macro_f1,
        "macro_f1_interval": list(of.interval),
        "calibration_error": of.reliability.error,
        "brier": of.brier,
        "log_loss": of.log_loss,
        "flags": {"known": asdict(of.flags.known), "outside": asdict(of.flags.outside)},
        "class": {
            one.name: {
                "examples": one.truth,
                "called": one.predicted,
                "right": one.right,
                "recall": one.recall.fraction,
                "precision": one.precision.fraction,
                "f1": one.f1,
            }
            for one in per_class(of.matrix, of.classes)
        },
        "confusion": of.matrix.tolist(),
    }
