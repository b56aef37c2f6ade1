"""What the times of a table are like: even or not, going backwards, with gaps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...types import Floats, Indices, Mask

_GAP = 3  # median intervals that make one
_EVEN = 0.1  # of the median interval, that the others of regular times differ from it at most


@dataclass(frozen=True)
class Survey:
    """Times in the order of their file. `median` is the middle interval in the clock's unit, NaN = there is none.

    `regular` says that all intervals are nearly equal. `backwards`, `duplicates` and `gaps` (above three medians) count
    steps from one row to the next, `first_...` is the row (in the file, from 0) in which the first of them ends, -1 =
    there is none. `longest` is the longest interval, NaN = there is none.
    """

    median: float
    regular: bool
    backwards: int
    first_backwards: int
    duplicates: int
    first_duplicate: int
    gaps: int
    first_gap: int
    longest: float


def survey(times: Floats, restarts: Mask | None = None, first: int = 0) -> Survey:
    """Survey times of shape (rows,); those that are NaN are passed over.

    `restarts` says which rows begin something of its own (a unit), where time may start again; None = none does.
    `first` is the row of the first time in the file.
    """
    rows = np.flatnonzero(np.isfinite(times))
    steps = np.diff(times[rows])
    ends = rows[1:]
    if restarts is not None and len(steps):
        begun = np.cumsum(restarts)[rows]
        within = np.diff(begun) == 0
        steps, ends = steps[within], ends[within]
    forwards = steps[steps > 0]
    median = float(np.median(forwards)) if len(forwards) else np.nan
    back, same, gap = steps < 0, steps == 0, steps > _GAP * median
    even = len(forwards) > 0 and bool(np.all(np.abs(steps - median) <= _EVEN * median))
    return Survey(
        median,
        even,
        *_counted(back, ends + first),
        *_counted(same, ends + first),
        *_counted(gap, ends + first),
        float(forwards.max()) if len(forwards) else np.nan,
    )


def surveyed(
    times: Floats,
    changing: Mapping[str, NDArray[np.object_]],
    unit: str,
    places: Callable[[Sequence[int]], list[str]],
) -> tuple[Survey, list[str]]:
    """The survey of a table's first times, and sentences about what is odd in it.

    `changing` are the words of its groups and of its unit (whose name is `unit`, "" = none); time may start again where
    those of the unit change, or of a group that explains nearly all steps backwards. `places` finds rows in the file.
    """
    found = survey(times, _changes(changing[unit])) if unit else survey(times)
    notes = []
    for name, words in changing.items():
        changes = _changes(words)
        if found.backwards >= changes.sum() / 2 > 0:
            within = survey(times, changes)
            if within.backwards == 0:
                notes.append(f"the time starts again with each {name}")
                found = within
    for count, row, what in (
        (found.backwards, found.first_backwards, "the time goes back"),
        (found.duplicates, found.first_duplicate, "the time of the row before repeats"),
        (found.gaps, found.first_gap, f"there is a gap of more than {_GAP} usual intervals"),
    ):
        if count:
            often = "once" if count == 1 else f"{count:,} times"
            notes.append(f"{what} {often} in the first {len(times):,} rows, first in {places([row])[0]}")
    return found, notes


def _changes(words: NDArray[np.object_]) -> Mask:
    """Which rows have another word than the row before; the first has not."""
    changed = np.zeros(len(words), dtype=bool)
    changed[1:] = words[1:] != words[:-1]
    return changed


def _counted(which: Mask, rows: Indices) -> tuple[int, int]:
    count = int(which.sum())
    return count, int(rows[np.argmax(which)]) if count else -1
