"""What the pictures of Q-scans can be told."""

from dataclasses import dataclass

from ...decompose.qscan import VIEWS, Norm, ScanSettings
from ...identify.images import ImageForm


@dataclass(frozen=True)
class QscanSettings:
    """The pictures of Q-scans; the `[qscan]` table of a configuration file.

    Times in s, frequencies in Hz. Raises ValueError for values that cannot be meant.
    """

    views: tuple[float, ...] = VIEWS
    """Lengths of the pictures of each moment."""
    colour: float = 25.5
    """Normalised energy at the end of the colour scale, which begins at 0."""
    most: int = 0
    """Pictures of a day are made for so many of the vetoed triggers, the loudest; 0 = for all of them."""
    plain: bool = False
    """Beside the pictures, what a network sees: one plain image for each channel, in the form of `culpa classify`."""
    fmin: float = 10.0
    fmax: float = 2048.0
    """Frequency range; its upper end is lower where the sampling rate does not allow so much."""
    qmin: float = 4.0
    qmax: float = 64.0
    """Range of quality factors; at least sqrt(11)."""
    mismatch: float = 0.2
    """Largest fraction of SNR² that a signal may lose between neighbouring tiles."""
    search: float = 0.5
    """The plane shown is that of the loudest tile within so many s of the moment, on either side."""
    norm: Norm = "mean"
    """What energies are divided by: "mean" is the mean that Gaussian noise has; "median" and "row-mean" are those of
    each row of tiles over the data around, as gwpy has them."""

    def __post_init__(self) -> None:
        if not self.views or len({*self.views}) < len(self.views) or not all(view > 0 for view in self.views):
            raise ValueError(f"views: expected different lengths above 0 s, got {list(self.views)}")
        if not 0 < self.colour < float("inf"):
            raise ValueError(f"colour: expected an energy above 0, got {self.colour}")
        if self.most < 0:
            raise ValueError(f"most: expected 0 or more, got {self.most}")
        self.scan()

    def scan(self) -> ScanSettings:
        """What the scans themselves are told."""
        view = max(*self.views, *(ImageForm().views if self.plain else self.views))
        return ScanSettings(self.fmin, self.fmax, self.qmin, self.qmax, self.mismatch, self.search, view, self.norm)
