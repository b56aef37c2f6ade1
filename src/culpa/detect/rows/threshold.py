"""The limit beyond which a score is an event, and where it comes from."""

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True)
class Threshold:
    """A limit of scores.

    `rate` is the number of false alarms that is expected for a row, between `low` and `high` (95 %); NaN where the
    limit was not calibrated. `rows` is the number of reference rows behind it, `origin` says in words where it is from.
    """

    value: float
    origin: str
    rate: float = nan
    low: float = nan
    high: float = nan
    rows: int = 0
