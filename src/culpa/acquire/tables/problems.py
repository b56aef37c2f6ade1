"""What is wrong in a file without making it useless: counted, with the first of each kind."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wrong:
    """Cells that are not what their column holds: how many; row (from 0, in the file) and text of the first."""

    count: int
    row: int
    text: str


@dataclass(frozen=True)
class WrongRows:
    """Rows left out for their number of columns: how many; place of the first, columns expected and got there."""

    count: int
    place: str
    expected: int
    got: int


@dataclass
class Problems:
    """Collects what is wrong while a table is read: `cells` by column and by what was expected, and `rows`."""

    cells: dict[tuple[str, str], Wrong] = field(default_factory=dict)
    rows: WrongRows | None = None

    def cell(self, column: str, expected: str, wrong: Wrong | None) -> None:
        """Count what one block of a column has wrong; `expected` is "number" or "time"."""
        if wrong is None:
            return
        known = self.cells.get((column, expected))
        self.cells[column, expected] = replace(known, count=known.count + wrong.count) if known else wrong

    def lines(self, places: Callable[[Sequence[int]], list[str]]) -> list[str]:
        """A sentence for each kind; `places` finds rows in the file, as `Source.places` does."""
        found = []
        if self.rows:
            rows, are = ("row has", "is") if self.rows.count == 1 else ("rows have", "are")
            found.append(
                f"{self.rows.count:,} {rows} the wrong number of columns and {are} left out; the first is "
                f"{self.rows.place}: expected {self.rows.expected} columns, got {self.rows.got}"
            )
        where = places([wrong.row for wrong in self.cells.values()]) if self.cells else []
        for ((column, expected), wrong), place in zip(self.cells.items(), where, strict=True):
            what = f"1 cell is not a {expected}" if wrong.count == 1 else f"{wrong.count:,} cells are not {expected}s"
            found.append(f"column {column!r}: {what}; the first is {shown(wrong.text)} in {place}")
        return found

    def log(self, name: str, places: Callable[[Sequence[int]], list[str]]) -> None:
        """Say it all as warnings, each beginning with the name of the file."""
        for line in self.lines(places):
            _log.warning("%s: %s", name, line)


def shown(text: str, most: int = 40) -> str:
    """A cell's text in quotes, cut where it is long."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")
