"""One column of a table compared with one value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError
from ...types import Floats, Mask, Table
from .numbers import one_number
from .times import one_time

TIME, ROW = "time", "row"
"""What the time and the number of the row are called where no column has these names."""


@dataclass(frozen=True)
class Comparison:
    """`column` against `value` (a number or text) by a function of numpy; `is_row` and `is_time` say what it means."""

    column: str
    operation: Callable[[Any, Any], Any]
    value: float | str
    is_row: bool = False
    is_time: bool = False

    def mask(self, table: Table) -> Mask:
        """Which rows fulfil it, shape (rows,). Raises UsageError where the value is not of the column's kind."""
        cells, value = self._sides(table)
        fulfilled: Mask = np.asarray(self.operation(cells, value), dtype=bool)
        return fulfilled

    def _sides(self, table: Table) -> tuple[NDArray[Any], float | str]:
        if self.is_row:
            return np.arange(table.first, table.first + len(table)), self._number("the row is a number")
        if self.is_time:
            return table.times, self._moment(table.clock)
        if self.column in table.sensors:
            place = table.sensors.index(self.column)
            return table.values[:, place], self._number(f"column {self.column!r} holds numbers")
        if self.column not in table.words:
            raise UsageError(f"column {self.column!r} was not read, but the choice of rows needs it")
        cells = table.words[self.column]
        return cells if isinstance(self.value, str) else _as_numbers(cells), self.value

    def _number(self, why: str) -> float:
        if isinstance(self.value, str):
            raise UsageError(f"{why} and cannot be compared with the text {self.value!r}", "leave the quotes out")
        return self.value

    def _moment(self, clock: str) -> float:
        if clock != "utc":
            return self._number("the time of this table is a number")
        gps = one_time(self.value) if isinstance(self.value, str) else self.value
        if gps is None:
            raise UsageError(f"{self.value!r} is not a time", 'expected one such as "2024-01-31 12:00", in UTC')
        return gps


def _as_numbers(words: NDArray[np.object_]) -> Floats:
    found, places = np.unique(words.astype(str), return_inverse=True)
    meant = [one_number(word) for word in found.tolist()]
    return np.array([np.nan if number is None else number for number in meant], dtype=np.float64)[places]
