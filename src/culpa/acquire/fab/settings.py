"""What a mock fab can be told."""

import re
from dataclasses import dataclass
from datetime import datetime

Range = tuple[float, float]
"""Lowest and highest value."""
_LIMITS = {
    "rows": (1, 10_000_000),
    "seed": (0, 2**63 - 1),
    "idle": (0, 86400),
    "equipments": (1, 26),
    "chambers": (1, 6),
    "wafers": (1, 25),
    "recipes": (1, 2),
    "maintenance": (1, 1000),
    "group_spread": (0, 3),
    "drift": (0, 10),
    "fraction": (0, 0.1),
    "process_share": (0, 1),
    "drift_wafers": (1, 5),
    "culprit_factor": (1, 20),
}


@dataclass(frozen=True)
class FabSettings:
    """The parameters of a simulated etch process; the `[mock_fab]` table of a configuration file.

    Sizes in residual sigma: see docs/mock-fab.md. Raises ValueError for values that cannot be meant.
    """

    rows: int = 20000
    """The file has at least this many rows: its last wafer is complete."""
    seed: int = 0
    """The same seed gives the same bytes."""
    start: str = "2026-01-01T00:00:00"
    """Time of the first row, ISO without time zone; whole seconds."""
    idle: int = 20
    """Seconds without rows between two wafers."""
    equipments: int = 3
    """Number of equipments: EQ-A, EQ-B, …"""
    chambers: int = 2
    """Chambers of each: CH1, CH2, …"""
    wafers: int = 25
    """Wafers of a lot; the first ones run in CH1, the last ones in the last chamber."""
    recipes: int = 2
    """Recipes that take turns."""
    maintenance: int = 3
    """An equipment is cleaned each time it has run this many lots."""
    group_spread: float = 1.0
    """Scales how much equipments and chambers differ; 0 = not at all, 1 = by several residual sigma."""
    drift: float = 1.0
    """Scales the drift between two maintenances and the effect of the first wafers after one; 0 = none."""
    fraction: float = 0.01
    """Share of rows that are anomalous."""
    shares: tuple[float, float, float] = (0.2, 0.3, 0.5)
    """Shares of the anomalous rows that are point, contextual and collective anomalies."""
    sizes: Range = (2.0, 6.0)
    """Sizes of point and contextual anomalies, drawn uniformly."""
    collective_sizes: Range = (2.0, 3.0)
    """Sizes of collective anomalies: so small that hardly a row of them stands out by itself."""
    process_share: float = 0.4
    """Share of events in which the process itself is off, not the reading; stuck or decoupled sensors are readings."""
    drift_wafers: int = 1
    """A drift lasts for one main etch, or goes on over up to this many wafers."""
    culprit: str = "EQ-B/CH2"
    """The chamber with more anomalies than others; "" = none."""
    culprit_factor: float = 4.0
    """Anomalies per row there, divided by anomalies per row elsewhere."""

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: expected {low} to {high}, got {getattr(self, name)}")
        if self.wafers < self.chambers:
            raise ValueError(f"wafers: expected at least one for each of {self.chambers} chambers, got {self.wafers}")
        for name, least in (("sizes", 0.5), ("collective_sizes", 1.5)):  # a stuck sensor is off by its noise at least
            bounds = getattr(self, name)
            if not least <= bounds[0] <= bounds[1] <= 100:
                raise ValueError(f"{name}: expected [low, high] with {least} <= low <= high <= 100, got {list(bounds)}")
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-9:
            raise ValueError(f"shares: expected three shares that add up to 1, got {list(self.shares)}")
        _first_moment(self.start)
        if self.culprit and self.culprit not in self.places:
            known = f"{self.places[0]} to {self.places[-1]}"
            raise ValueError(f"culprit: no {self.culprit!r}; expected one of {known}, or '' for none")

    @property
    def places(self) -> tuple[str, ...]:
        """All chambers as EQ-A/CH1, in order."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: self.equipments]
        return tuple(f"EQ-{letter}/CH{chamber + 1}" for letter in letters for chamber in range(self.chambers))


def _first_moment(text: str) -> None:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
            raise ValueError
        year = datetime.fromisoformat(text).year
    except ValueError:
        raise ValueError(f"start: expected a time such as 2026-01-01T00:00:00, got {text!r}") from None
    if not 1900 <= year <= 2100:
        raise ValueError(f"start: expected a year from 1900 to 2100, got {text!r}")
