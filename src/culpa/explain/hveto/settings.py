"""What a hierarchical veto can be told."""

from dataclasses import dataclass
from math import inf, isfinite

from ...errors import nearest

EXPECTATIONS = ("union", "upstream")
_SAFE_LIMITS = {"shifts": (0, 1_000_000), "seed": (0, 2**63 - 1), "max_rounds": (1, 10_000)}


@dataclass(frozen=True)
class HvetoSettings:
    """The parameters of a hierarchical veto; the `[hveto]` table of a configuration file.

    The defaults of thresholds, windows and minimum significance are those of hveto 2.1.9. Raises ValueError for values
    that cannot be meant.
    """

    snr_thresholds: tuple[float, ...] = (8.0, 10.0, 12.0, 15.0, 20.0, 50.0, 100.0, 300.0)
    """Auxiliary events count from these SNRs on."""
    time_windows: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
    """Coincidence windows in s, full width: an auxiliary event within ±half of it, both ends included."""
    minimum_significance: float = 5.0
    """Rounds end when the best significance falls below this."""
    expectation: str = "union"
    """Chance coincidences: `union` = primaries × share of live time within ±half a window of an auxiliary event (exact
    for circular shifts); `upstream` = hveto's primaries × auxiliaries × window / live time, with its formula of the far
    tail."""
    padding: tuple[float, float] = (0.0, 0.0)
    """Seconds that each veto segment begins earlier and ends later than the coincidence window."""
    segment_padding: tuple[float, float] = (0.0, 0.0)
    """Seconds added to the start and the end of each analysed segment, both forward in time: (2, -32) makes it shorter
    at both ends."""
    primary_snr: float = 0.0
    """Primary events count from this SNR on."""
    primary_frequency: tuple[float, float] = (0.0, inf)
    """Primary events count in `[low, high)` Hz; those without a frequency always count."""
    auxiliary_frequency: tuple[float, float] = (0.0, inf)
    """The same for auxiliary events."""
    unsafe: tuple[str, ...] = ()
    """Auxiliary channels that feel the primary channel's own signal, or patterns of them with * and ?: left out."""
    shifts: int = 1000
    """Circular time shifts for the false-alarm probability; 0 = none."""
    seed: int = 0
    """Seed of the shifts."""
    max_rounds: int = 1000
    """Stop after so many rounds."""

    def __post_init__(self) -> None:
        for name in ("snr_thresholds", "time_windows"):
            values = getattr(self, name)
            if not values or not all(isfinite(v) and v > 0 for v in values):
                raise ValueError(f"{name}: expected positive numbers, at least one, got {list(values)}")
            object.__setattr__(self, name, tuple(sorted(set(values))))
        if self.expectation not in EXPECTATIONS:
            raise ValueError(f"expectation: no {self.expectation!r}; {nearest(self.expectation, EXPECTATIONS)}")
        for name, (low, high) in _SAFE_LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: expected {low} to {high}, got {getattr(self, name)}")
        if not self.minimum_significance > 0:
            raise ValueError(f"minimum_significance: expected a positive number, got {self.minimum_significance}")
        if not all(isfinite(p) and p >= 0 for p in self.padding):
            raise ValueError(f"padding: expected two numbers of s, none negative, got {list(self.padding)}")
        if not all(isfinite(p) for p in self.segment_padding):
            raise ValueError(f"segment_padding: expected two numbers of s, got {list(self.segment_padding)}")
        for name in ("primary_frequency", "auxiliary_frequency"):
            low, high = getattr(self, name)
            if not 0 <= low < high:
                raise ValueError(f"{name}: expected [low, high] with 0 <= low < high, got {[low, high]}")
