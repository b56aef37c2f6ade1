"""What a search of rows for anomalies can be told."""

import re
from dataclasses import dataclass

_RATE = re.compile(
    r"\s*(?P<number>\d+(?:\.\d*)?|\.\d+)\s*/\s*(?P<many>\d+)?\s*(?P<what>rows?|units?|seconds?|minutes?|hours?|days?|weeks?)\s*"
)
SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}
AUTO = "auto"


@dataclass(frozen=True)
class Rate:
    """So many per `many` of something: "row", "unit", or a unit of time."""

    number: float
    many: int
    what: str

    def __str__(self) -> str:
        some = f"{self.number:g} per "
        return some + (f"{self.many} {self.what}s" if self.many > 1 else self.what)


def rate(text: str) -> Rate:
    """Read `1/day`, `2/1000 rows`, `5/1000 units`. Raises ValueError for what is none of them."""
    found = _RATE.fullmatch(text)
    if found is None or not float(found["number"]) > 0 or int(found["many"] or 1) == 0:
        raise ValueError(f"expected a rate such as 1/day, 1/10000 rows or 5/1000 units, got {text!r}")
    return Rate(float(found["number"]), int(found["many"] or 1), found["what"].rstrip("s"))


@dataclass(frozen=True)
class DetectSettings:
    """The parameters of `culpa detect`; the `[detect]` table of a configuration file.

    Raises ValueError for values that cannot be meant.
    """

    detector: str = AUTO
    """A detector, or several joined by + as an ensemble by rank: `culpa detectors` names them."""
    contamination: str | float = AUTO
    """Share of rows (and of units) that are flagged, more than 0 and less than 0.5; `auto`: what exceeds the limit of
    the wanted number of false alarms."""
    false_alarms: str = "1/10000 rows"
    """Wanted number of false alarms of rows: per rows, or per second, minute, hour, day or week."""
    unit_false_alarms: str = "10/1000 units"
    """Wanted number of units that are flagged falsely."""
    settle: int = 4
    """First rows of each step that a unit's statistics leave out: the machine is still on its way there."""
    scores: str = "csv"
    """Format of the table of scores: csv or parquet."""

    def __post_init__(self) -> None:
        share = self.contamination
        if share != AUTO and (isinstance(share, str) or not 0 < share < 0.5):
            raise ValueError(f"contamination: expected auto, or a share between 0 and 0.5, got {share!r}")
        if rate(self.false_alarms).what == "unit":
            raise ValueError(f"false_alarms: expected a rate per rows or time, got {self.false_alarms!r}")
        if rate(self.unit_false_alarms).what != "unit":
            raise ValueError(f"unit_false_alarms: expected a rate per units, got {self.unit_false_alarms!r}")
        if not 0 <= self.settle <= 10_000:
            raise ValueError(f"settle: expected 0 to 10000 rows, got {self.settle}")
        if self.scores not in ("csv", "parquet"):
            raise ValueError(f"scores: expected csv or parquet, got {self.scores!r}")
