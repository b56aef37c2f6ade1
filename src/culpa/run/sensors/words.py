"""What a detector did with a table, in sentences."""

from collections.abc import Sequence

import numpy as np

from ...condition.baseline import Baseline
from ...condition.expected import GoldenTrace, GroupLevels, Seasons
from ...condition.rows import Rows
from ...detect.rows.multiscale import Multiscale
from ...detect.rows.registry import Detector
from ...detect.rows.scorer import Scorer
from .opened import Opened

_LISTED = 5


def sentences(table: Opened, detector: Detector, fitted: Scorer) -> list[str]:
    """One sentence for each decision."""
    sensors = table.profile.sensors
    lines = [f"{detector.name}: {detector.about}", *_baseline(fitted.baseline, table, sensors)]
    if isinstance(fitted.model, Multiscale):
        lengths = ", ".join(str(length) for length in fitted.model.learnt.lengths)
        lines.append(
            f"windows of {lengths} rows: the largest statistic counts, 1 = what the reference has once in 100 rows"
        )
    return lines


def _baseline(base: Baseline, table: Opened, sensors: tuple[str, ...]) -> list[str]:
    lines = []
    for part in base.parts:
        if isinstance(part, GroupLevels):
            lines.append(
                f"rows are compared within {' and '.join(table.groups)}: {len(part.levels)} groups have a level"
            )
        elif isinstance(part, GoldenTrace):
            of = "each group's own course, where it is known," if part.grouped else "the median course"
            lines.append(f"{of} of {len(part.courses)} steps ({table.step}) is expected")
        elif isinstance(part, Seasons):
            periodic = [f"{sensors[i]} ({len(course)} rows)" for i, course in part.profiles.items()]
            lines.append(f"what repeats is expected: {_listed(periodic)}")
    level = base.parts[0].of(Rows.plain(np.empty((0, len(sensors)))))
    unread = [sensors[i] for i in np.flatnonzero(np.isnan(level))]
    still = [sensors[i] for i in np.flatnonzero(base.lowest == base.highest)]
    if unread:
        lines.append(f"nothing is expected of what the reference has no reading of: {_listed(unread)}")
    if still:
        lines.append(f"hardly ever moving in the reference: {_listed(still)}")
    if base.trusted:
        lines.append("the reference is known to be good: its standard deviation is what is usual")
    else:
        lines.append(
            "medians and deciles are the measure of what is usual: a few odd rows in a hundred move them little"
        )
    return lines


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
