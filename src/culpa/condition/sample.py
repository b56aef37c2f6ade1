"""A sample of many rows that fits into memory: stretches of consecutive rows, evenly spread over all."""

from dataclasses import dataclass, field

import numpy as np

from .rows import Rows

MOST = 200_000
"""Rows of a sample."""
STRETCH = 2048
"""Rows that stay together: windows need neighbours."""


@dataclass
class Sample:
    """Takes rows in order; when there are too many, every second stretch goes, and from then on every second is taken.

    Which rows are kept depends on the rows alone, not on how they come.
    """

    most: int = MOST
    stretch: int = STRETCH
    seen: int = 0
    _every: int = 1
    _stretches: dict[int, list[Rows]] = field(default_factory=dict, repr=False)

    def add(self, rows: Rows) -> None:
        """The next rows."""
        while len(rows):
            number, place = divmod(self.seen, self.stretch)
            part = rows.take(slice(0, self.stretch - place))
            if number % self._every == 0:
                kept = part.take(np.arange(len(part)))  # not a view, which would keep the whole block
                self._stretches.setdefault(number, []).append(kept)
            self.seen += len(part)
            rows = rows.take(slice(len(part), None))
            if len(self._stretches) * self.stretch > self.most:
                self._every *= 2
                self._stretches = {of: parts for of, parts in self._stretches.items() if of % self._every == 0}

    def rows(self) -> Rows | None:
        """The rows of the sample, in order; None without any."""
        parts = [part for of in sorted(self._stretches) for part in self._stretches[of]]
        return Rows.concatenate(parts) if parts else None
