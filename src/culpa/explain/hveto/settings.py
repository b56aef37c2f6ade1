"""What a hierarchical veto can be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite

from ...errors import nearest

EXPECTATIONS = ("union", "upstream")
SHORTEST = 1e-6
"""Shortest window, s."""
_LIMITS = {"shifts": (0, 1_000_000), "seed": (0, 2**63 - 1), "max_rounds": (1, 10_000)}


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
    shifts: int = 200
    """Circular time shifts for the false-alarm probability, which cannot be below 1 / (shifts + 1); 0 = none."""
    seed: int = 0
    """Seed of the shifts."""
    max_rounds: int = 1000
    """Stop after so many rounds."""

    def __post_init__(self) -> None:
        for right, expectation in self._expectations():
            if not right:
                raise ValueError(expectation)
        for name in ("snr_thresholds", "time_windows"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))

    def _expectations(self) -> Iterator[tuple[bool, str]]:
        for name in ("snr_thresholds", "time_windows"):
            values = getattr(self, name)
            right = 0 < len(values) < 256 and all(isfinite(value) and value > 0 for value in values)
            yield right, f"{name}: expected 1 to 255 positive numbers, got {list(values)}"
        yield (
            min(self.time_windows) >= SHORTEST,
            f"time_windows: expected at least {SHORTEST:g} s, as far as GPS times go, got {min(self.time_windows)}",
        )
        for name, (low, high) in _LIMITS.items():
            yield low <= getattr(self, name) <= high, f"{name}: expected {low} to {high}, got {getattr(self, name)}"
        for name in ("primary_frequency", "auxiliary_frequency"):
            band = getattr(self, name)
            yield 0 <= band[0] < band[1], f"{name}: expected [low, high] with 0 <= low < high, got {list(band)}"
        yield (
            self.expectation in EXPECTATIONS,
            f"expectation: no {self.expectation!r}; {nearest(self.expectation, EXPECTATIONS)}",
        )
        yield (
            0 < self.minimum_significance < inf,
            f"minimum_significance: expected a positive number, got {self.minimum_significance}",
        )
        yield isfinite(self.primary_snr), f"primary_snr: expected a number, got {self.primary_snr}"
        yield (
            all(isfinite(seconds) and seconds >= 0 for seconds in self.padding),
            f"padding: expected two numbers of s, none negative, got {list(self.padding)}",
        )
        yield (
            all(isfinite(seconds) for seconds in self.segment_padding),
            f"segment_padding: expected two numbers of s, got {list(self.segment_padding)}",
        )
