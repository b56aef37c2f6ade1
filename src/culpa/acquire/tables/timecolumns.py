"""The time of a table from the one or two columns that state it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import UsageError
from ...types import Floats
from .problems import Problems
from .timeforms import TimeForm
from .times import times


@dataclass(frozen=True)
class TimeColumns:
    """The `columns` that state the time and their `forms`: one, or a date and a time of day in this order."""

    columns: tuple[str, ...]
    forms: tuple[TimeForm, ...]

    @property
    def clock(self) -> str:
        """What `Table.clock` says of such times."""
        return self.forms[0].clock

    def read(self, columns: Mapping[str, Any], decimal: str, first: int, problems: Problems) -> Floats:
        """The times of pyarrow arrays by name, shape (rows,), NaN = not known; what is wrong goes to `problems`."""
        total: Floats | None = None
        for name, form in zip(self.columns, self.forms, strict=True):
            found = times(columns[name], form, decimal, first)
            problems.cell(name, "time", found.wrong)
            total = found.values if total is None else total + found.values
        return np.empty(0) if total is None else total


def time_columns(forms: Mapping[str, TimeForm]) -> TimeColumns:
    """The columns of the time, in the order in which they are read.

    Raises UsageError for several that are not a date and a time of day.
    """
    ordered = sorted(forms, key=lambda name: forms[name].is_daily)
    if len(ordered) > 2 or [forms[name].is_daily for name in ordered[1:]] != [True] * (len(ordered) - 1):
        raise UsageError(
            f"the time cannot be in the columns {', '.join(map(repr, forms))}",
            "choose one, or one with dates and one with times of day",
        )
    return TimeColumns(tuple(ordered), tuple(forms[name] for name in ordered))


def is_date_only(form: TimeForm | None, words: Sequence[str]) -> bool:
    """Whether a column with these cells states days and no times of day."""
    days = form is not None and form.clock == "utc" and form.kind in ("text", "stamp")
    return days and all(len(word) < 20 and not {":", "시", "T"} & set(word) for word in words)
