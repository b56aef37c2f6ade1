"""The simplest scores: what any other detector has to beat."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from ...decompose.trailing import trailing_means
from ...types import Floats, Indices
from .contract import State, Windowed

VARIANCE_ROWS = 64
"""Rows that the rolling variance is taken over."""


class LargestDeviation(Windowed):
    """The largest |deviation| of any sensor."""

    def of(self, z: Floats, _age: Indices) -> Floats:
        """In usual deviations."""
        largest: Floats = np.abs(z).max(axis=1)
        return largest


class MeanSquare(Windowed):
    """The mean over sensors of the squared deviation."""

    def of(self, z: Floats, _age: Indices) -> Floats:
        """In squared usual deviations."""
        total: Floats = np.einsum("ij,ij->i", z, z)
        return np.asarray(total / z.shape[1])


class RollingVariance(Windowed):
    """The variance of each sensor over the last rows, mean over sensors."""

    @property
    def context(self) -> int:
        """Rows before that a score depends on."""
        return VARIANCE_ROWS - 1

    def of(self, z: Floats, age: Indices) -> Floats:
        """In squared usual deviations."""
        squares, means = (trailing_means(of, age, [VARIANCE_ROWS])[0] for of in (z * z, z))
        variance: Floats = np.maximum(squares - means * means, 0).mean(axis=1)
        return variance


@dataclass(frozen=True)
class Chance:
    """Scores that say nothing: what the numbers of an evaluation are for pure chance."""

    seed: int = 0

    def start(self) -> State:
        """A generator of its own."""
        return np.random.default_rng(self.seed)

    def score(self, z: Floats, _age: Indices, state: State) -> tuple[Floats, State]:
        """Between 0 and 1, all equally likely."""
        generator = deepcopy(state)  # what is remembered does not change behind the back of whoever keeps it
        return generator.random(len(z)), generator
