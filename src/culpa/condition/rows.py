"""Rows of sensors with their context: what group they belong to, and how far into a unit and a step they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Indices, Table

T = TypeVar("T")
Words = NDArray[np.object_]
"""Text of each row, shape (rows,), str."""
_LONE = re.compile(r"(?<![^ ])/+(?![^ ])")  # slashes with a space, or nothing, before and after them


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of sensors, in order.

    `values` has shape (rows, sensors), NaN = no measurement; the others have shape (rows,). `number` counts rows from
    the start of the data; `age` counts them from the start of the unit (wafer, lot, run), that of the data where there
    are no units: windows reach no further back. `group` is what each row is compared within, `step` and `place` the
    step of the recipe and the number of rows since it began; None where there are none. `time` and `unit` are for
    people: nothing is computed from them.
    """

    values: Floats
    number: Indices
    age: Indices
    group: Words | None = None
    step: Words | None = None
    place: Indices | None = None
    time: Floats | None = None
    unit: Words | None = None

    def __len__(self) -> int:
        return len(self.values)

    def with_values(self, values: Floats) -> Self:
        """The same rows with other values, shape (rows, sensors)."""
        return replace(self, values=values)

    @classmethod
    def plain(cls, values: Floats) -> Self:
        """Rows without any context, the first of which is the first of the data."""
        number = np.arange(len(values))
        return cls(np.asarray(values, dtype=float), number, number)

    def take(self, which: Any) -> Self:
        """The rows chosen by a mask, an index array or a slice."""
        parts: dict[str, Any] = {name: None if part is None else part[which] for name, part in vars(self).items()}
        return replace(self, **parts)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """All rows of all parts. Expects at least one part, and the same kinds of context in all of them."""
        whole: dict[str, Any] = {
            name: None if first is None else np.concatenate([getattr(part, name) for part in parts])
            for name, first in vars(parts[0]).items()
        }
        return replace(parts[0], **whole)


@dataclass
class Counter:
    """Adds the context to blocks of a table, in order: the counts go on from block to block.

    `groups`, `unit` and `step` are names of columns of words; several for the group (or unit) are taken together.
    """

    groups: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    step: str | None = None
    _unit: "_Run" = field(default_factory=lambda: _Run(), repr=False)
    _step: "_Run" = field(default_factory=lambda: _Run(), repr=False)

    def rows(self, table: Table) -> Rows:
        """The rows of the next block, with the context that the table's columns of words give."""
        number = table.first + np.arange(len(table))
        unit = [table.words[name] for name in self.unit]
        step = None if self.step is None else table.words[self.step]
        age = self._unit.count(unit) if unit else number
        place = None if step is None else self._step.count([*unit, step])
        group = joined([table.words[name] for name in self.groups])
        return Rows(table.values, number, age, group, step, place, table.times, joined(unit))


@dataclass
class _Run:
    """Counts rows since the last change of the words of a row."""

    last: tuple[str, ...] | None = None
    length: int = 0

    def count(self, columns: Sequence[Words]) -> Indices:
        rows = len(columns[0])
        if not rows:
            return np.empty(0, dtype=np.int64)
        changed = np.zeros(rows, dtype=bool)
        for column in columns:
            changed[1:] |= column[1:] != column[:-1]
        first = tuple(str(column[0]) for column in columns)
        before = self.length if first == self.last else 0
        start = np.maximum.accumulate(np.where(changed, np.arange(rows), -before))
        counts = np.arange(rows) - start
        self.last = tuple(str(column[-1]) for column in columns)
        self.length = int(counts[-1]) + 1
        return counts


def needed(context: T | None) -> T:
    """A context that has to be there. Raises ValueError without it."""
    if context is None:
        raise ValueError("expected rows with groups, or with steps, as the baseline was learnt with; got rows without")
    return context


def joined(columns: Sequence[Words]) -> Words | None:
    """One word a row from several columns, such as `EQ-A / R1`; None without columns.

    Different rows of words never give the same: a slash of a word that stands by itself, as those between words do, is
    written twice (and two of them three times).
    """
    if len(columns) < 2:
        return columns[0] if columns else None
    whole, *others = map(_doubled, columns)
    for column in others:
        whole = whole + " / " + column
    return whole


def _doubled(column: Words) -> Words:
    doubled = {word: _LONE.sub(r"\g<0>/", word) for word in set(column) if _LONE.search(word)}
    return np.array([doubled.get(word, word) for word in column], dtype=object) if doubled else column
