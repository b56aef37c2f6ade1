"""The lines before the data: titles, names of columns."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from .numbers import MISSING

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)\.?(e[+-]?\d+)?\s*%?", re.IGNORECASE)
_TIME = re.compile(r"(오전|오후)?\s*\d[\d\s:/.,+TZ년월일시분초오전후AaPpMm-]*")
_MOST_TITLES = 30
_CELLS = 100_000  # looked at in order to tell names from data


@dataclass(frozen=True)
class Header:
    """Where the data begin: `titles` rows before the names, the cells with the names (None = there are none)."""

    titles: int
    cells: tuple[str, ...] | None

    @property
    def rows(self) -> int:
        """Rows before the first of the data."""
        return self.titles + (self.cells is not None)


def find_header(rows: Sequence[Sequence[str]]) -> Header:
    """The header of a table whose first rows are these, as text.

    Rows of a single cell before much wider ones are titles. The first row after them holds names where a cell of it is
    text above numbers or times, or where none of its cells is a number or a time; so do the numbers 0, 1, 2, ... that
    pandas writes above columns without names.
    """
    widths = Counter(len(row) for row in rows)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    titles = next((place for place, row in enumerate(rows[:_MOST_TITLES]) if len(row) > 1), 0) if usual > 1 else 0
    head, below = (rows[titles], rows[titles + 1 :]) if rows else ((), ())
    return Header(titles, tuple(head) if _are_names(head, below) else None)


def _are_names(head: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    kinds = [_kind(cell) for cell in head]
    if not {*kinds} - {""}:
        return False
    if _are_counted(head, below):
        return True
    if "number" not in kinds:
        return True
    most = max(2, _CELLS // max(1, len(head)))
    for place, kind in enumerate(kinds):
        if kind == "text":
            under = Counter(_kind(row[place]) for row in islice(below, most) if place < len(row))
            if under["number"] > under["text"]:
                return True
    return False


def _are_counted(head: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the cells are 0, 1, 2, ..., the first perhaps empty, and the next row is not of that kind."""
    numbers = [str(place) for place in range(len(head))]
    after = list(below[0]) if below else []
    cells = [cell.strip() for cell in head]
    counted = cells == numbers or (cells[0] == "" and cells[1:] == numbers[:-1])
    return len(head) > 2 and counted and after[1:] != cells[1:]


def _kind(cell: str) -> str:
    text = cell.strip()
    if text.lower() in MISSING:
        return ""
    return "number" if _NUMBER.fullmatch(text) or _TIME.fullmatch(text) else "text"
