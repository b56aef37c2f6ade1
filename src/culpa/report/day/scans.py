"""The pictures of a day's triggers: which trigger has some, and where they lie."""

from dataclasses import dataclass

import numpy as np

from ...identify.images import parse_name
from ...types import Indices
from .view import DayView


@dataclass(frozen=True)
class Scans:
    """Pictures of triggers of the main channel.

    `rows` are the triggers that have pictures, in order of time, and `stems` where theirs lie: that of a view is
    `{stem}{view}.png`, for each of the `views` (lengths in s as text, the shortest first).
    """

    rows: Indices
    stems: tuple[str, ...]
    views: tuple[str, ...]


def scans_of(view: DayView) -> Scans | None:
    """The pictures of a day; None where they were not asked for. Other files than pictures of triggers do not count."""
    if view.pictures is None:
        return None
    row_at = {round(float(time), 6): row for row, time in enumerate(view.triggers["time"])}
    stems, views = {}, set[str]()
    for time, paths in view.pictures.items():
        for path in paths:
            name, row = parse_name(path), row_at.get(round(time, 6))
            if name is not None and row is not None:
                stems[row] = path.removesuffix(f"{name.view}.png")
                views.add(name.view)
    rows = sorted(stems, key=lambda row: float(view.triggers["time"][row]))
    return Scans(np.array(rows, np.int64), tuple(stems[row] for row in rows), tuple(sorted(views, key=float)))
