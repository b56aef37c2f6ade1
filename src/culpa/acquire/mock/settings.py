"""What a mock day can be told."""

import dataclasses
import re
from dataclasses import dataclass, field

from ...errors import nearest
from ...types import NONE_OF_THESE
from .families import Families, FamilySettings
from .linear import LinearCoupling

KNOWN = tuple(each.name for each in dataclasses.fields(Families))
"""The names of all families."""
_NONE = FamilySettings(rate=0.0, frequency=(18.0, 1500.0), q=(2.5, 90.0))
_LIMITS = {
    "duration": (1, 1e9),
    "seed": (0, 2**63 - 1),
    "frame": (1, 256),
    "main_rate": (16, 65536),
    "auxiliary": (0, 5000),
    "nonstationarity": (0, 0.9),
    "period": (1, 1e9),
    "unwitnessed": (0, 20000),
    "uncoupled": (0, 20000),
    "minimum_separation": (0, 600),
}


@dataclass(frozen=True)
class MockSettings:
    """The parameters of a simulated detector; the `[mock]` table of a configuration file.

    Times in s, rates of channels in Hz, rates of events per hour. Raises ValueError for values that cannot be meant.
    """

    duration: float = 14400.0
    """Length of the day; whole seconds."""
    seed: int = 0
    """The same seed gives the same bytes."""
    frame: int = 32
    """Length of a file; the last one may be shorter."""
    main: str = "K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ"
    """Name of the main channel; the auxiliary ones have its prefix."""
    main_rate: int = 16384
    """The main channel, written as float64; auxiliary channels are float32."""
    auxiliary: int = 20
    """Number of auxiliary channels."""
    rates: tuple[int, ...] = (
        *(8192, 4096, 2048, 512, 16384, 2048, 2048, 1024, 512, 2048),
        *(512, 512, 1024, 1024, 4096, 4096, 1024, 512, 2048, 1024),
    )
    """Sampling rates of the auxiliary channels in order, used again from the start where there are more channels."""
    lines: bool = True
    """Mains harmonics and violin modes in the noise."""
    nonstationarity: float = 0.0
    """The noise level of each channel swings by this fraction, 0 to 0.9; SNRs refer to the level of the moment."""
    period: float = 1800.0
    """Period of that swing."""
    glitches: tuple[str, ...] = tuple(name for name in KNOWN if name != "sine_gaussian")
    """Families that occur."""
    families: Families = field(default_factory=Families)
    """Rates and ranges of each family, in tables `[mock.families.NAME]`."""
    none_of_these: FamilySettings = _NONE
    """Transients of many kinds that are no family, for classifiers to doubt; none, if not asked for."""
    unwitnessed: float = 18.0
    """Glitches of these families per hour that are in the main channel only."""
    uncoupled: float = 4.0
    """Glitches of them per hour and auxiliary channel that are in that channel only, below its Nyquist frequency."""
    couplings: bool = True
    """False: what a family does in the main channel and what it does in its witnesses happens at unrelated times."""
    linear: tuple[LinearCoupling, ...] = ()
    """Noise of auxiliary channels that reaches the main one, in tables `[[mock.linear]]`."""
    minimum_separation: float = 0.0
    """An event of the main channel that follows another one (kept or not) by less than this does not happen."""

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: expected {low} to {high}, got {getattr(self, name)}")
        if not re.fullmatch(r"[A-Z][0-9]:\S*[A-Za-z0-9]\S*", self.main):
            raise ValueError(f"main: expected a channel name such as K1:CAL-STRAIN, got {self.main!r}")
        if self.duration != int(self.duration):
            raise ValueError(f"duration: expected whole seconds, got {self.duration}")
        low, high = _LIMITS["main_rate"]
        if not self.rates or not all(low <= rate <= high for rate in self.rates):
            raise ValueError(f"rates: expected a list of {low} to {high} Hz, got {list(self.rates)}")
        for name in self.glitches:
            if name not in KNOWN:
                raise ValueError(f"glitches: no family {name!r}; {nearest(name, KNOWN)}")

    @property
    def occurring(self) -> tuple[str, ...]:
        """The names of all that happens, each once."""
        return tuple(dict.fromkeys((*self.glitches, *((NONE_OF_THESE,) if self.none_of_these.rate else ()))))

    def family(self, name: str) -> FamilySettings:
        """The settings of a family by its name, one of `KNOWN`, or of what is none of them."""
        settings: FamilySettings = self.none_of_these if name == NONE_OF_THESE else getattr(self.families, name)
        return settings
