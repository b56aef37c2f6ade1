"""The glitch families of a mock day: how often, with which parameters, seen where."""

from dataclasses import dataclass

Range = tuple[float, float]
"""Lowest and highest value."""


@dataclass(frozen=True)
class FamilySettings:
    """One family of glitches; a table `[mock.families.NAME]`.

    All ranges but `delay` are drawn log-uniformly. Raises ValueError for a range that is empty or not positive.
    """

    rate: float = 18.0
    """Mean number per hour in the main channel (a Poisson process)."""
    frequency: Range = (20.0, 1500.0)
    """Characteristic frequency in Hz, in the main channel."""
    q: Range = (5.0, 90.0)
    """Quality factor: `τ = q / (2π f)` is the time scale of the shape."""
    snr: Range = (6.0, 100.0)
    """Optimal SNR in the main channel."""
    coupling: Range = (0.05, 1.0)
    """SNR in the main channel divided by SNR in the witness."""
    delay: Range = (0.001, 0.004)
    """Seconds by which the main channel lags behind the witness, drawn uniformly."""
    home: str | None = None
    """The witness channel; None = the n-th auxiliary one for the n-th family, counted round where there are fewer."""
    second: str | None = None
    """A second witness of the same cause; None = the channel after `home`, where `second_share` asks for one."""
    second_share: Range | None = None
    """SNR in the second witness divided by SNR in the first; None = there is no second witness."""

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 20000:
            raise ValueError(f"rate: expected 0 to 20000 per hour, got {self.rate}")
        for name in ("frequency", "q", "snr", "coupling", "second_share"):
            bounds = getattr(self, name)
            if bounds is not None and not 0 < bounds[0] <= bounds[1]:
                raise ValueError(f"{name}: expected [low, high] with 0 < low <= high, got {list(bounds)}")
        if self.q[0] < 1:
            raise ValueError(f"q: expected at least 1, got {self.q[0]}")
        if not -10 <= self.delay[0] <= self.delay[1] <= 10:
            raise ValueError(f"delay: expected [low, high] within -10 to 10 s, got {list(self.delay)}")


@dataclass(frozen=True)
class Families:
    """The families by name; the table `[mock.families]`. Ranges overlap: no single number tells two families apart."""

    blip: FamilySettings = FamilySettings(frequency=(40.0, 800.0), q=(3.0, 8.0))
    helix: FamilySettings = FamilySettings(frequency=(60.0, 600.0), q=(3.0, 10.0), second_share=(0.2, 0.6))
    scratchy: FamilySettings = FamilySettings(frequency=(50.0, 700.0), q=(4.0, 20.0))
    scattered_light: FamilySettings = FamilySettings(frequency=(20.0, 150.0), q=(6.0, 18.0), delay=(0.005, 0.02))
    dot: FamilySettings = FamilySettings(frequency=(200.0, 1500.0), q=(6.0, 30.0), delay=(0.0005, 0.002))
    line: FamilySettings = FamilySettings(frequency=(60.0, 1500.0), q=(25.0, 90.0))
    whistle: FamilySettings = FamilySettings(frequency=(150.0, 900.0), q=(8.0, 40.0), delay=(0.0, 0.001))
    tomte: FamilySettings = FamilySettings(frequency=(20.0, 200.0), q=(3.0, 12.0), delay=(0.002, 0.01))
    low_frequency_burst: FamilySettings = FamilySettings(frequency=(20.0, 80.0), q=(3.0, 15.0), delay=(0.005, 0.03))
    koi_fish: FamilySettings = FamilySettings(frequency=(40.0, 400.0), q=(4.0, 16.0), snr=(20.0, 100.0))
    sine_gaussian: FamilySettings = FamilySettings(rate=360.0, snr=(8.0, 100.0))
