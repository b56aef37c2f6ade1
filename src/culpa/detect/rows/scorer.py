"""A detector with what it needs to take rows as they are in a file: the one object that is fitted, kept and asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...condition import baseline
from ...condition.rows import Rows
from ...decompose.covariance import Covariance
from ...decompose.covariance import fit as covariance
from ...types import Floats, Indices, Mask
from .contract import Model, State

Fit = Callable[[Floats, Indices, float], Model]
"""Learns from deviations, shape (rows, sensors), and ages, shape (rows,); deviations count as at most ± the number."""
SHRINK = 0.03
"""How far the covariance that contributions are taken from is shrunk."""
FOLDS = 4
"""Parts that a reference is divided into, for scores of rows by what others have taught."""
GUARD = 5.0
"""How far deviations count in a reference that may hold odd rows."""


@dataclass(frozen=True)
class Scorer:
    """A baseline, a model of what deviates from it, and how sensors move together, for contributions."""

    baseline: baseline.Baseline
    model: Model
    relation: Covariance

    def start(self) -> State:
        """What is remembered before the first row."""
        return self.model.start()

    def score(self, rows: Rows, state: State) -> tuple[Floats, State]:
        """A score for each row, shape (rows,), and what to remember for the rows after them.

        High = anomalous; NaN where the row has no reading at all, or the model has seen too few rows. The scores are
        the same whether rows come at once, in blocks or one by one.
        """
        _, scores, state = self.examine(rows, state)
        return scores, state

    def examine(self, rows: Rows, state: State) -> tuple[Floats, Floats, State]:
        """The same, with the deviations that were scored, shape (rows, sensors), 0 where there is no reading."""
        z, some = readings(self.baseline, rows)
        scores, state = self.model.score(z, rows.age, state)
        return z, np.where(some, scores, np.nan), state

    def whole(self, rows: Rows) -> Floats:
        """The scores of rows that begin where the data begin."""
        return self.score(rows, self.start())[0]


def fit(reference: Rows, model: Fit, known_good: bool, seasonal: bool = True, others: Rows | None = None) -> Scorer:
    """Learn what is usual from a reference, and a model of it.

    `known_good`: every row of the reference is normal, odd as it may look. Groups that the reference lacks take their
    level from `others`, where given. Raises ValueError for a reference in which no row has a reading.
    """
    base = baseline.fit(reference, known_good, seasonal, others)
    z, some = readings(base, reference)
    if not some.any():
        raise ValueError("expected a reference with at least one reading, got none")
    z, age, clip = z[some], _ages(reference.age, some), guard(base)
    return Scorer(base, model(z, age, clip), covariance(z, SHRINK, clip))


def held_out(reference: Rows, model: Fit, known_good: bool, seasonal: bool = True, folds: int = FOLDS) -> Floats:
    """Scores of reference rows by what the other parts of the reference have taught, shape (rows,), in order.

    Rows that a detector has learnt from look more usual to it than others do: limits are to be taken from these.
    """
    place = np.arange(len(reference)) * folds // max(len(reference), 1)
    parts = []
    for i in range(folds):
        rest, part = reference.take(place != i), reference.take(place == i)
        if len(rest) and len(part):
            parts.append(fit(contiguous(rest), model, known_good, seasonal, part).whole(contiguous(part)))
    return np.concatenate(parts) if parts else np.empty(0)


def contiguous(rows: Rows) -> Rows:
    """The same rows, windows reaching back no further than to where rows are missing between them."""
    start = np.flatnonzero(np.diff(rows.number, prepend=-2) != 1)
    since = np.arange(len(rows)) - np.repeat(start, np.diff(start, append=len(rows)))
    return replace(rows, age=np.minimum(rows.age, since))


def _ages(age: Indices, kept: Mask) -> Indices:
    """The ages of the rows that are kept, as if there had been no others."""
    before = np.concatenate([[0], np.cumsum(kept)])
    rows = np.flatnonzero(kept)
    return np.asarray(before[rows] - before[np.maximum(rows - age[rows], 0)])


def guard(base: baseline.Baseline) -> float:
    """How far deviations count when a model learns."""
    return baseline.CLIP if base.trusted else GUARD


def readings(base: baseline.Baseline, rows: Rows) -> tuple[Floats, Mask]:
    """Deviations with 0 where there is no reading, shape (rows, sensors); and which rows have any, shape (rows,)."""
    z = base.deviations(rows)
    missing = np.isnan(z)
    some = np.asarray(~missing.all(axis=1))
    return np.ascontiguousarray(np.where(missing, 0.0, z)), some
