"""What a trigger search can be told."""

from dataclasses import dataclass
from math import isfinite, log2, sqrt


@dataclass(frozen=True)
class SearchSettings:
    """The parameters of a Q-transform trigger search; the `[triggers]` table of a configuration file.

    Times in s, frequencies in Hz. Raises ValueError for values that contradict each other.
    """

    segment: float = 64.0
    """Length of one transform; a power of two, at least 4. Stretches shorter than it use the longest that fits."""
    overlap: float = 4.0
    """Overlap of consecutive segments; half of it is dropped at each side of a segment."""
    qmin: float = 4.0
    qmax: float = 100.0
    """Range of quality factors; at least sqrt(11)."""
    mismatch: float = 0.2
    """Largest fraction of SNR² that a signal may lose between neighbouring tiles."""
    snr: float = 6.0
    """Threshold on a tile's SNR."""
    fmin: float = 10.0
    fmax: float | None = None
    """Frequency range; None = up to what the sampling rate allows for each Q."""
    sample_rate: float | None = None
    """Search as if sampled at this rate (down only); channels below it are not searched. None = each at its own."""
    psd_length: float = 1024.0
    """Data from which one noise spectrum is estimated."""
    psd_resolution: float = 0.5
    """Frequency resolution of that spectrum."""
    cluster: float = 0.1
    """Tiles closer than this belong to one event; 0 = every tile is an event of its own."""
    max_rate: float = 5000.0
    """Ceiling on tiles above threshold in each second; above it the loudest are kept, with a warning."""
    chunk: float = 4096.0
    """Data that one job searches and one output file holds; rounded to whole `psd_length`s."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not isfinite(value):
                raise ValueError(f"{name}: expected a finite number, got {value}")
        power = log2(self.segment) if self.segment > 0 else 0.5
        if self.segment < 4 or power != int(power):
            raise ValueError(f"segment: expected a power of two of at least 4 s, got {self.segment}")
        if not 1 <= self.overlap <= self.segment / 2:
            raise ValueError(f"overlap: expected 1 s to half a segment ({self.segment / 2} s), got {self.overlap}")
        if not sqrt(11) <= self.qmin <= self.qmax <= 1000:
            raise ValueError(f"qmin, qmax: expected 3.3167 <= qmin <= qmax <= 1000, got {self.qmin}, {self.qmax}")
        if not 0.01 <= self.mismatch < 1:
            raise ValueError(f"mismatch: expected a fraction from 0.01 to below 1, got {self.mismatch}")
        if self.snr <= 0 or self.max_rate <= 0 or self.cluster < 0:
            raise ValueError("snr and max_rate must be positive, cluster not negative")
        if self.fmin <= 0 or (self.fmax is not None and self.fmax <= self.fmin):
            raise ValueError(f"fmin, fmax: expected 0 < fmin < fmax, got {self.fmin}, {self.fmax}")
        if self.psd_resolution <= 0 or self.psd_length < 8 / self.psd_resolution:
            raise ValueError(
                f"psd_length: expected at least 8 sub-segments of 1/psd_resolution = {1 / self.psd_resolution} s, "
                f"got {self.psd_length} s"
            )
        if self.sample_rate is not None and self.sample_rate < 16:
            raise ValueError(f"sample_rate: expected at least 16 Hz, got {self.sample_rate}")
        if self.chunk <= 0:
            raise ValueError(f"chunk: expected a positive length, got {self.chunk}")
