"""Linear couplings as they are asked for: which channel's noise reaches the main one, at which frequencies."""

from dataclasses import dataclass
from math import inf

from .families import Range

NARROWEST = 1.0  # Hz: a narrower band is nothing but its edges, which are about 0.3 Hz wide


@dataclass(frozen=True)
class LinearCoupling:
    """Noise of an auxiliary channel that reaches the main one; a table `[mock.linear]`, of which there may be many.

    In TOML each begins with `[[mock.linear]]`; a channel may occur again. Raises ValueError for values that cannot be
    meant.
    """

    channel: str = ""
    """The auxiliary channel."""
    frequency: Range = (20.0, 100.0)
    """Lowest and highest frequency in Hz that the linear filter passes, up to 0.9 of both Nyquist frequencies."""
    level: float = 0.3
    """Amplitude of what arrives in this band, in units of the main channel's own noise."""
    delay: float = 0.002
    """Seconds by which it arrives later, -1 to 1."""

    def __post_init__(self) -> None:
        low, high = self.frequency
        if not 0 < low <= high - NARROWEST < inf:
            raise ValueError(
                f"frequency: expected [low, high] with 0 < low and {NARROWEST:g} Hz or more between them, "
                f"got {list(self.frequency)}"
            )
        if not 0 < self.level <= 100:
            raise ValueError(f"level: expected above 0 to 100, got {self.level}")
        if not -1 <= self.delay <= 1:
            raise ValueError(f"delay: expected -1 to 1 s, got {self.delay}")
