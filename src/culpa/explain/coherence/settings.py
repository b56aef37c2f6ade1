"""What the coherence of channels can be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from typing import Literal, get_args

Weights = Literal["snr", "equal", "phase"]

_LIMITS = {"rotations": (99, 1_000_000), "shifts": (0, 100_000), "seed": (0, 2**63 - 1), "most": (2, 100_000)}


@dataclass(frozen=True)
class CoherenceSettings:
    """Coherence overall and at glitches; the `[coherence]` table of a configuration file.

    Times in s, frequencies in Hz. Raises ValueError for values that cannot be meant.
    """

    fft: float = 2.0
    """Length of the windows of the overall coherence; its inverse is the distance of frequencies."""
    overlap: float = 0.5
    """Share of a window that the next one overlaps, 0 to 0.9."""
    window: float = 0.5
    """Length of the one window at each glitch."""
    fmin: float = 10.0
    fmax: float = inf
    """Frequency range; its upper end is lower where the sampling rates do not allow so much."""
    bands: tuple[float, ...] = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0, 2560.0, 5120.0, 8192.0)
    """Borders of the bands that channels are ranked in."""
    false_alarm: float = 0.01
    """Probability, 1e-6 or more, that chance alone makes anything significant, over all frequencies (and channels) of a
    table."""
    weights: Weights = "snr"
    """What each glitch counts: "snr", its SNR; "equal", 1; "phase", 1 at every frequency, however loud it is there."""
    most: int = 500
    """Of more glitches than this the loudest count."""
    rotations: int = 9999
    """Random phase rotations for p-values, which cannot be below 2 / (rotations + 1); more, if `false_alarm` is."""
    shifts: int = 199
    """Circular shifts of the pairing, at most, for the second opinion; 0 = none."""
    quiet: float = 1.0
    """Times of contrast keep so far from every trigger of both channels."""
    seed: int = 0
    """Of the rotations and the times of contrast."""
    leave_out_vetoed: bool = False
    """Leave the times that the veto removes out of the overall coherence."""
    listed: int = 5
    """So many channels are listed for each frequency."""
    drawn: int = 10
    """So many channels of the ranking have a plot and a table of their own."""

    def __post_init__(self) -> None:
        for right, expectation in self._expectations():
            if not right:
                raise ValueError(expectation)

    def _expectations(self) -> Iterator[tuple[bool, str]]:
        for name in ("fft", "window"):
            yield 0 < getattr(self, name) <= 3600, f"{name}: expected more than 0 to 3600 s, got {getattr(self, name)}"
        yield 0 <= self.overlap <= 0.9, f"overlap: expected 0 to 0.9, got {self.overlap}"
        yield 0 < self.fmin < self.fmax, f"fmin, fmax: expected 0 < fmin < fmax, got {self.fmin} and {self.fmax}"
        rising = all(a < b for a, b in pairwise(self.bands))
        yield (
            len(self.bands) > 1 and self.bands[0] >= 0 and rising,
            f"bands: expected two or more rising borders, got {list(self.bands)}",
        )
        known = get_args(Weights)
        yield self.weights in known, f"weights: expected one of {', '.join(known)}, got {self.weights}"
        yield 1e-6 <= self.false_alarm < 1, f"false_alarm: expected a probability from 1e-6 on, got {self.false_alarm}"
        yield 0 <= self.quiet <= 60, f"quiet: expected 0 to 60 s, got {self.quiet}"
        for name, (low, high) in _LIMITS.items():
            yield low <= getattr(self, name) <= high, f"{name}: expected {low} to {high}, got {getattr(self, name)}"
        for name in ("listed", "drawn"):
            yield 0 <= getattr(self, name) <= 10_000, f"{name}: expected 0 to 10000, got {getattr(self, name)}"

    @property
    def turns(self) -> int:
        """So many rotations that something can be significant: half of the false alarms go to bands."""
        return max(self.rotations, ceil(2 / self.false_alarm))

    @property
    def stride(self) -> float:
        """From the start of one window of the overall coherence to that of the next, s."""
        return self.fft * (1 - self.overlap)
