"""Whether probabilities can be believed: of what is given 80 %, 80 % should be right."""

from dataclasses import dataclass
from math import nan

import numpy as np

from ..types import Floats, Indices, Mask

BINS = 15
"""Bins of confidence, where none are asked for."""
SMALLEST = 1e-15
"""A probability of the true class below this counts as this in the log loss, which would be infinite."""


@dataclass(frozen=True)
class Reliability:
    """Predictions by confidence; arrays of shape (bins,).

    Bin i holds confidences in (low[i], high[i]], the first 0 too: `count` predictions, their mean `confidence` and the
    fraction that is right, `accuracy`; NaN in an empty bin.
    """

    low: Floats
    high: Floats
    count: Indices
    confidence: Floats
    accuracy: Floats

    @property
    def error(self) -> float:
        """Expected calibration error: mean |confidence - accuracy|, weighted by count; NaN without predictions.

        Source: Naeini, Cooper and Hauskrecht 2015, AAAI 29, 2901; Guo et al. 2017, ICML 70, 1321.
        """
        some = self.count > 0
        if not some.any():
            return nan
        return float(np.average(np.abs(self.confidence - self.accuracy)[some], weights=self.count[some]))


def reliability(confidence: Floats, right: Mask, bins: int = BINS) -> Reliability:
    """Predictions in bins of equal width.

    `confidence` (0 to 1) and `right` have shape (predictions,), in any order. Raises ValueError for a confidence
    that is NaN or outside 0 to 1.
    """
    if bins < 1:
        raise ValueError(f"expected at least one bin, got {bins}")
    if len(confidence) and not (confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError(f"expected confidences of 0 to 1, got {confidence.min()} to {confidence.max()}")
    edges = np.linspace(0, 1, bins + 1)
    # the lowest bin has confidence 0 too
    place = np.maximum(np.searchsorted(edges, confidence, side="left") - 1, 0)
    count = np.bincount(place, minlength=len(edges) - 1)
    sums = (np.bincount(place, weights=of, minlength=len(count)) for of in (confidence, right))
    means = (np.divide(of, count, out=np.full(len(count), nan), where=count > 0) for of in sums)
    return Reliability(edges[:-1], edges[1:], count.astype(np.int64), *means)


def brier(probabilities: Floats, truth: Indices) -> float:
    """Mean over examples of the squared error of all probabilities, 0 to 2; NaN without examples.

    `probabilities` has shape (examples, classes), `truth` (class numbers) shape (examples,). Source: G. W. Brier 1950,
    Mon. Weather Rev. 78, 1.
    """
    wanted = np.zeros_like(probabilities)
    wanted[np.arange(len(truth)), truth] = 1
    return float(np.square(probabilities - wanted).sum(axis=1).mean()) if len(truth) else nan


def log_loss(probabilities: Floats, truth: Indices) -> float:
    """Mean over examples of -ln of the true class's probability (never less than 1e-15); NaN without examples.

    Shapes as for `brier`.
    """
    given = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(given, SMALLEST)).mean()) if len(truth) else nan
