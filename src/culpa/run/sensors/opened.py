"""A table with what is asked of it: which columns are what, and which rows are the reference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...acquire.tables import query
from ...acquire.tables.problems import Problems
from ...acquire.tables.profile import Profile, profile
from ...acquire.tables.raw import Source
from ...acquire.tables.reading import read
from ...acquire.tables.source import open_table
from ...condition.rows import Counter
from ...errors import CulpaError, UsageError
from ...types import Table

STEPS = ("step", "단계")
"""What the name of a column of recipe steps contains."""
LOTS = ("lot", "batch", "배치", "로트", "shift", "operator")
"""Groups that nothing is compared within unless asked for: faults of a whole lot would vanish."""
_IN_MEMORY = 20_000_000
"""Cells of a table that is kept instead of read again."""


@dataclass(frozen=True)
class Asked:
    """A table and what its columns are; None = guessed, an empty text or sequence = none."""

    path: Path
    time: str | None = None
    features: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    unit: Sequence[str] | None = None
    step: str | None = None
    label: str | None = None
    reference: str | None = None
    running: str | None = None
    """Which rows are of a machine that is on; None = all."""
    reading: tuple[tuple[str, str], ...] = ()
    """Options of the file: delimiter, encoding, decimal, sheet."""


@dataclass
class Opened:
    """A table that can be gone through again and again.

    `groups` are the columns that rows are compared within, `unit` those that name a wafer, lot or run (none: there are
    no units), `step` and `label` one column each or None; `good` says which rows are the reference, None = all.
    """

    source: Source
    profile: Profile
    groups: tuple[str, ...]
    unit: tuple[str, ...]
    step: str | None
    label: str | None
    good: query.Rows | None
    running: query.Rows | None = None
    also: tuple[str, ...] = ()
    """Further columns that are wanted as words."""
    problems: Problems = field(default_factory=Problems)
    _kept: list[Table] | None = field(default=None, repr=False)
    _state: tuple[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._state = _state(self.source.path)

    def blocks(self) -> Iterator[Table]:
        """All rows from the start, block by block; small tables are read once.

        Raises CulpaError where the file has changed since it was opened: what was learnt of it would not fit.
        """
        if self._kept is not None:
            yield from self._kept
            return
        self._check()
        kept: list[Table] | None = []
        cells = 0
        self.problems = Problems()
        for block in read(self.source, self.profile, also=self._also, problems=self.problems):
            block = self._on(block)
            cells += block.values.size
            if kept is not None:
                kept.append(block)
                kept = kept if cells <= _IN_MEMORY else None
            yield block
        self._check()
        self._kept = kept

    def _check(self) -> None:
        if _state(self.source.path) != self._state:
            raise CulpaError(f"{self.source.path} has changed while it was looked at", "copy it, and look at the copy")

    def _on(self, block: Table) -> Table:
        """The block without the readings of a machine that is off: nothing is known of them."""
        if self.running is None:
            return block
        on = self.running.mask(block)
        return replace(block, values=np.where(on[:, None], block.values, np.nan))

    @property
    def grouping(self) -> tuple[str, ...]:
        """All columns of groups, those that nothing is compared within too."""
        return tuple(dict.fromkeys([*self.groups, *self.profile.of("group"), *([self.step] if self.step else [])]))

    def counter(self) -> Counter:
        """Gives the rows of blocks their context, from the start on."""
        return Counter(self.groups, self.unit, self.step)

    @property
    def _also(self) -> tuple[str, ...]:
        good = self.good.columns if self.good else ()
        on = self.running.columns if self.running else ()
        wanted = (*self.groups, *self.unit, self.step, self.label, *good, *on, *self.also)
        there = set(self.profile.sensors) | {self.profile.time}
        return tuple(dict.fromkeys(name for name in wanted if name and name not in there))

    def described(self) -> dict[str, Any]:
        """What the columns were taken for, and why."""
        return {
            "roles": [{"column": role.column, "role": role.role, "reason": role.reason} for role in self.profile.roles],
            "groups": list(self.groups),
            "unit": list(self.unit),
            "step": self.step,
            "label": self.label,
            "reference": self.good.text if self.good else None,
            "running": self.running.text if self.running else None,
            "notes": list(self.profile.notes),
        }


def opened(asked: Asked) -> Opened:
    """Open a table and decide what its columns are.

    Raises NoDataError without a file or data, UsageError for columns that are not there, CulpaError for a file that
    cannot be read.
    """
    source = open_table(asked.path, **dict(asked.reading))
    words = [*(asked.groups or ()), *(asked.unit or ()), *([asked.step] if asked.step else [])]
    features = asked.features
    found = profile(source, time=asked.time, features=features, label=asked.label)
    for name in words:
        if name not in source.names:
            profile(source, groups=[name])  # says what is there instead
    if words and set(words) & set(found.sensors):  # what is named a group is no sensor
        left = [name for name in found.sensors if name not in words]
        if not left:
            raise UsageError(f"no sensor is left of {asked.path}: its columns of numbers are groups, units or steps")
        found = profile(source, time=asked.time, features=left, label=asked.label)
    unit = tuple(asked.unit) if asked.unit is not None else ()
    step = asked.step if asked.step is not None else _step(found)
    groups = tuple(asked.groups) if asked.groups is not None else _groups(found, step, unit)
    label = asked.label if asked.label is not None else found.label
    good, running = (
        query.parse(text, source.names, found.time) if text else None for text in (asked.reference, asked.running)
    )
    return Opened(source, found, groups, unit, step or None, label or None, good, running)


def _state(path: Path) -> tuple[int, int]:
    """What tells a file from what it was before."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _step(found: Profile) -> str:
    return next((name for name in found.of("group") if _names(name, STEPS)), "")


def _groups(found: Profile, step: str, unit: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in found.of("group") if name != step and name not in unit and not _names(name, LOTS))


def _names(column: str, parts: Sequence[str]) -> bool:
    return any(part in column.lower() for part in parts)
