"""What the cells of a column are like, as far as its first rows show."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...types import Floats
from .numbers import Numbers, numbers
from .timeforms import TimeForm, find_form
from .words import words

ENOUGH = 0.9
"""Numbers among the cells that state something, from which on a column holds numbers."""


@dataclass(frozen=True)
class Facts:
    """A column's `name` and first cells: `raw`, a pyarrow array, and what they are as `numbers`.

    `through` is how many rows were looked through and found to say nothing else, 0 = those of `raw` alone.
    """

    name: str
    raw: Any
    decimal: str
    numbers: Numbers
    through: int = 0

    @classmethod
    def of(cls, name: str, raw: Any, decimal: str) -> "Facts":
        """Look at a column."""
        return cls(name, raw, decimal, numbers(raw, decimal))

    @property
    def rows(self) -> int:
        """How many cells there are."""
        return len(self.raw)

    @property
    def seen(self) -> int:
        """How many rows were looked at."""
        return max(self.rows, self.through)

    @property
    def is_empty(self) -> bool:
        """Whether no cell states anything."""
        return self.numbers.missing == self.rows

    @property
    def is_numeric(self) -> bool:
        """Whether nearly all cells that state something are numbers."""
        return self.numbers.share >= ENOUGH

    @cached_property
    def known(self) -> Floats:
        """The numbers that are there, in the order of the rows."""
        values = self.numbers.values
        return values[~np.isnan(values)]

    @cached_property
    def is_whole(self) -> bool:
        """Whether all numbers are integers."""
        return self.is_numeric and bool(np.all(self.known == np.round(self.known)))

    @cached_property
    def words(self) -> NDArray[np.object_]:
        """The cells as words, shape (rows,)."""
        return words(self.raw)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each word stands there, "" included, the most frequent first."""
        found, counts = np.unique(self.words.astype(str), return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return dict(zip(found[order].tolist(), counts[order].tolist(), strict=True))

    @cached_property
    def distinct(self) -> int:
        """How many different values there are, missing ones aside."""
        return len(np.unique(self.known)) if self.is_numeric else len(self.counts.keys() - {""})

    @cached_property
    def runs(self) -> int:
        """How many stretches of equal words follow one another."""
        return 1 + int(np.count_nonzero(self.words[1:] != self.words[:-1])) if self.rows else 0

    @cached_property
    def is_counting(self) -> bool:
        """Whether it counts the rows: whole numbers from 0 or 1 in steps of 1."""
        return (
            self.is_whole
            and len(self.known) == self.rows > 2
            and self.known[0] in (0, 1)
            and bool(np.all(np.diff(self.known) == 1))
        )

    @cached_property
    def forwards(self) -> float:
        """How many steps between numbers go upwards or are zero, 0 to 1; 0 where none goes upwards."""
        steps = np.diff(self.known)
        return float(np.mean(steps >= 0)) if np.any(steps > 0) else 0.0

    @cached_property
    def form(self) -> TimeForm | None:
        """How it states times, None where it does not."""
        return find_form(self.raw, self.name, self.decimal, self.numbers)

    @cached_property
    def tokens(self) -> frozenset[str]:
        """The words of its name in lower case: `rfPower_1` has rf, power and 1."""
        return frozenset(
            token.lower()
            for token in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+", self.name)
        )
