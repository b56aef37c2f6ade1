"""Several detectors as one: each score becomes its rank among the reference's scores, and ranks are averaged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...types import Floats, Indices
from .contract import Model, State

_NOTHING = 1e-200
"""A largest score of the reference that no other is a multiple of: it is what rounding leaves."""


@dataclass(frozen=True)
class Ensemble:
    """Models, and the sorted scores that each gives the reference."""

    models: tuple[Model, ...]
    scores: tuple[Floats, ...]

    def start(self) -> State:
        """What each model remembers."""
        return tuple(model.start() for model in self.models)

    def score(self, z: Floats, age: Indices, state: State) -> tuple[Floats, State]:
        """The mean of ranks: 0 to 1 inside what the reference has, above 1 beyond its largest score.

        Models that do not know count nothing; NaN where none knows.
        """
        ranks, states = [], []
        for model, reference, remembered in zip(self.models, self.scores, state, strict=True):
            scores, after = model.score(z, age, remembered)
            ranks.append(rank(scores, reference))
            states.append(after)
        known = np.isfinite(ranks)
        total = np.where(known, ranks, 0).sum(axis=0)
        count = known.sum(axis=0)
        return np.divide(total, count, out=np.full(len(z), np.nan), where=count > 0), tuple(states)


def rank(scores: Floats, reference: Floats) -> Floats:
    """The share of the reference's sorted scores below each score; beyond the largest, the multiple of it.

    1 where the largest is 0. NaN for a score of NaN, and for all where the reference has no score.
    """
    if not len(reference):
        return np.full(len(scores), np.nan)
    share = np.searchsorted(reference, scores, side="left") / len(reference)
    largest = reference[-1]
    beyond = scores / largest if largest > _NOTHING else share
    return np.where(np.isnan(scores), np.nan, np.where(scores > largest, beyond, share))


def of(models: Sequence[Model], z: Floats, age: Indices) -> Ensemble:
    """Join models that have learnt from these reference rows."""
    scores = [model.score(z, age, model.start())[0] for model in models]
    return Ensemble(tuple(models), tuple(np.sort(one[np.isfinite(one)]) for one in scores))
