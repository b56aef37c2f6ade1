"""How well classes were told apart: what was taken for what, and the numbers people ask of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from ..types import Floats, Indices, Mask
from .intervals import wilson


@dataclass(frozen=True)
class Share:
    """A count `part` of `whole`, which may be 0."""

    part: int
    whole: int

    @property
    def fraction(self) -> float:
        """Part over whole; NaN of nothing."""
        return self.part / self.whole if self.whole else nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the fraction; NaN of nothing."""
        return wilson(self.part, self.whole)


@dataclass(frozen=True)
class ClassMeasure:
    """One class: `truth` examples of it, `predicted` ones that were called so, `right` of both."""

    name: str
    truth: int
    predicted: int
    right: int

    @property
    def recall(self) -> Share:
        """Of its examples, those that were called so."""
        return Share(self.right, self.truth)

    @property
    def precision(self) -> Share:
        """Of what was called so, what it was."""
        return Share(self.right, self.predicted)

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 0 where nothing is right, NaN for a class that is in neither."""
        both = self.truth + self.predicted
        return 2 * self.right / both if both else nan


def confusion(truth: Indices, predicted: Indices, classes: int) -> Indices:
    """How many examples of each class (row) were called what (column), shape (classes, classes).

    `truth` and `predicted` have shape (examples,) and hold class numbers, 0 to classes - 1. Raises ValueError for
    others.
    """
    if len(truth) != len(predicted):
        raise ValueError(f"expected a prediction for each example, got {len(predicted)} for {len(truth)}")
    for numbers in (truth, predicted):
        if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < classes:
            raise ValueError(f"expected classes 0 to {classes - 1}, got {numbers.min()} to {numbers.max()}")
    places = np.asarray(truth, np.int64) * classes + predicted
    counts: Indices = np.bincount(places, minlength=classes * classes).astype(np.int64)
    return counts.reshape(classes, classes)


def per_class(matrix: Indices, names: Sequence[str]) -> list[ClassMeasure]:
    """The numbers of each class of a confusion matrix, in its order."""
    counts = (matrix.sum(axis=1), matrix.sum(axis=0), np.diagonal(matrix))
    numbers = zip(names, *(column.tolist() for column in counts), strict=True)
    return [ClassMeasure(name, *row) for name, *row in numbers]


def accuracy(matrix: Indices) -> Share:
    """The right ones of all examples of a confusion matrix."""
    return Share(int(np.trace(matrix)), int(matrix.sum()))


def macro_f1(matrix: Indices) -> float:
    """Mean F1 of the classes that have examples; NaN where there are none.

    A class without an example is left out of the mean; what was called so wrongly still costs the recall of the class
    that it was.
    """
    return float(_macro_f1(matrix[None])[0])


def macro_f1_interval(
    matrix: Indices, rng: np.random.Generator, rounds: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Bootstrap interval of `macro_f1`: percentiles of its value when examples are drawn anew, as many as there are.

    Examples are taken as independent of each other: where several are of one event, it is too narrow. A class that a
    draw has no example of is left out of its mean. NaN without examples.
    """
    total = int(matrix.sum())
    if not total:
        return nan, nan
    draws = rng.multinomial(total, matrix.ravel() / total, size=rounds).reshape(rounds, *matrix.shape)
    low, high = np.quantile(_macro_f1(draws), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _macro_f1(matrices: Indices) -> Floats:
    """For each of some matrices, shape (matrices, classes, classes)."""
    truth, predicted = matrices.sum(axis=2), matrices.sum(axis=1)
    right = np.diagonal(matrices, axis1=1, axis2=2)
    f1 = 2 * right / np.maximum(truth + predicted, 1)
    present = truth > 0
    means = np.full(len(matrices), nan)
    np.divide((f1 * present).sum(axis=1), present.sum(axis=1), out=means, where=present.any(axis=1))
    return means


@dataclass(frozen=True)
class FlagRates:
    """Flags of doubt: those among examples of classes that are known (false ones), and among others (right ones)."""

    known: Share
    outside: Share


def flag_rates(flagged: Mask, outside: Mask) -> FlagRates:
    """How often the flag is raised where it should not be and where it should; both masks have shape (examples,)."""
    known = ~outside
    return FlagRates(
        Share(int((flagged & known).sum()), int(known.sum())),
        Share(int((flagged & outside).sum()), int(outside.sum())),
    )
