"""What every detector of rows has: it learns from a reference, scores rows in order, and remembers some of them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...types import Floats, Indices

State = Any
"""What a model remembers of the rows before: arrays, which can be written to a file and read again."""


class Model(Protocol):
    """A detector that has learnt.

    Rows come as deviations `z` from what is expected, shape (rows, sensors), in usual deviations, 0 where there is no
    reading; and their `age`, shape (rows,): windows reach back by at most that many rows.
    """

    def start(self) -> State:
        """What is remembered before the first row."""

    def score(self, z: Floats, age: Indices, state: State) -> tuple[Floats, State]:
        """A score for each row, shape (rows,), NaN where there are too few rows before it; and what to remember.

        All at once, in blocks or one by one: the scores are the same to the last bit.
        """


@dataclass(frozen=True)
class Tail:
    """The last rows seen."""

    z: Floats
    age: Indices


class Windowed(ABC):
    """A model whose score of a row depends on at most `context` rows before it."""

    @property
    def context(self) -> int:
        """Rows before that a score depends on."""
        return 0

    @abstractmethod
    def of(self, z: Floats, age: Indices) -> Floats:
        """The score of each row; those of the first `context` rows need not be right, unless they are of that age."""

    def start(self) -> State:
        """No row."""
        return None

    def score(self, z: Floats, age: Indices, state: State) -> tuple[Floats, State]:
        """The score of each row."""
        tail: Tail | None = state
        if tail is not None:
            z, age = np.concatenate([tail.z, z]), np.concatenate([tail.age, age])
        known = 0 if tail is None else len(tail.z)
        first = max(0, len(z) - self.context)
        scores = self.of(z, age)[known:] if len(z) > known else np.empty(0)
        return scores, Tail(z[first:].copy(), age[first:].copy())
