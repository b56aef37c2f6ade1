"""What is drawn of a search in a table: all rows in few places, and the rows around an event as they are."""

from dataclasses import dataclass, field

import numpy as np

from ...condition.rows import Words
from ...types import Floats, Indices

PLACES = 1200
"""Places along the axis of a picture of all rows."""


@dataclass
class Overview:
    """All rows of a table in at most `PLACES` places: of the rows of each the extremes.

    `rows` is how many there are in all, `sensors` the number of columns. Filled by `add`, block by block: `score` is
    the highest of each place, shape (places,), `lowest` and `highest` the readings', shape (places, sensors); NaN where
    a place has none.
    """

    rows: int
    sensors: int
    score: Floats = field(init=False)
    lowest: Floats = field(init=False)
    highest: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.score = np.full(self.places, np.nan)
        self.lowest = np.full((self.places, self.sensors), np.nan)
        self.highest = self.lowest.copy()

    @property
    def places(self) -> int:
        """How many places there are."""
        return min(self.rows, PLACES)

    @property
    def edges(self) -> Indices:
        """First row of each place, and the number of rows, shape (places + 1,)."""
        return np.arange(self.places + 1, dtype=np.int64) * self.rows // max(self.places, 1)

    @property
    def middle(self) -> Floats:
        """The row in the middle of each place, shape (places,)."""
        return (self.edges[:-1] + self.edges[1:] - 1) / 2

    def add(self, first: int, values: Floats, score: Floats) -> None:
        """Take in the rows from `first` on: readings, shape (rows, sensors), and scores, shape (rows,)."""
        if not len(score):
            return
        edges = self.edges
        begin = int(np.searchsorted(edges, first, side="right")) - 1
        end = int(np.searchsorted(edges, first + len(score), side="left"))
        cuts, these = np.maximum(edges[begin:end] - first, 0), slice(begin, end)
        self.score[these] = np.fmax(self.score[these], np.fmax.reduceat(score, cuts))
        self.highest[these] = np.fmax(self.highest[these], np.fmax.reduceat(values, cuts))
        self.lowest[these] = np.fmin(self.lowest[these], np.fmin.reduceat(values, cuts))


@dataclass(frozen=True)
class Window:
    """Rows around an event, or those of a unit, with what was expected.

    `event` is the number of the event in `detect.json`, or `unit` the name of the unit, "" where it is the other.
    `rows` are numbers of rows, shape (rows,), `times` and `steps` words of the same shape or None. `sensors` are those
    that are drawn, the first to blame first; `values`, `expected` and `usual` (the usual deviation) have shape
    (rows, sensors), in the sensors' units, NaN where nothing is known; `score` has shape (rows,).
    """

    event: int | None
    unit: str
    rows: Indices
    times: Words | None
    steps: Words | None
    sensors: tuple[str, ...]
    values: Floats
    expected: Floats
    usual: Floats
    score: Floats
