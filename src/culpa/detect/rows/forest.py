"""Isolation forest: rows that few random cuts set apart from the others. Quick; weak where many sensors move together.

Source: Liu, Ting and Zhou 2008, IEEE ICDM, 413; scikit-learn's implementation.
"""

from dataclasses import dataclass
from typing import Any

from ...types import Floats, Indices
from .contract import Windowed

TREES = 200
"""Trees of a forest: with more, scores hardly change."""


@dataclass(frozen=True)
class Forest(Windowed):
    """A fitted `sklearn.ensemble.IsolationForest`."""

    forest: Any

    def of(self, z: Floats, _age: Indices) -> Floats:
        """2^(−mean path length / expected one), between 0 and 1: about 0.5 for usual rows."""
        scores: Floats = -self.forest.score_samples(z)
        return scores


def fit(z: Floats, _age: Indices, _clip: float) -> Forest:
    """Learn from reference rows; the seed is fixed."""
    from sklearn.ensemble import IsolationForest

    return Forest(IsolationForest(n_estimators=TREES, random_state=0).fit(z))
