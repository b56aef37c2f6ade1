"""What a trigger search can be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite, log2, sqrt


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
    max_rate: float = 20000.0
    """Ceiling on tiles above threshold in each second; above it the loudest are kept, with a warning."""
    chunk: float = 4096.0
    """Data that one job searches and one output file holds; rounded to whole `psd_length`s."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not isfinite(value):
                raise ValueError(f"{name}: expected a finite number, got {value}")
        for right, expectation in self._expectations():
            if not right:
                raise ValueError(expectation)

    def _expectations(self) -> Iterator[tuple[bool, str]]:
        yield (
            self.segment >= 4 and log2(self.segment).is_integer(),
            f"segment: expected a power of two of at least 4 s, got {self.segment}",
        )
        yield (
            1 <= self.overlap <= self.segment / 2,
            f"overlap: expected 1 s to half a segment ({self.segment / 2} s), got {self.overlap}",
        )
        yield (
            sqrt(11) <= self.qmin <= self.qmax <= 1000,
            f"qmin, qmax: expected 3.3167 <= qmin <= qmax <= 1000, got {self.qmin}, {self.qmax}",
        )
        yield (
            0.01 <= self.mismatch < 1,
            f"mismatch: expected a fraction from 0.01 to below 1, got {self.mismatch}",
        )
        yield self.snr > 0, f"snr: expected a positive threshold, got {self.snr}"
        yield self.max_rate >= 1, f"max_rate: expected at least 1 per s, got {self.max_rate}"
        yield self.cluster >= 0, f"cluster: expected 0 s or more, got {self.cluster}"
        yield (
            0 < self.fmin < (inf if self.fmax is None else self.fmax),
            f"fmin, fmax: expected 0 < fmin < fmax, got {self.fmin}, {self.fmax}",
        )
        yield self.psd_resolution > 0, f"psd_resolution: expected a positive number of Hz, got {self.psd_resolution}"
        yield (
            self.psd_length >= 8 / self.psd_resolution,
            f"psd_length: expected at least 8 windows of 1/psd_resolution ({8 / self.psd_resolution} s), "
            f"got {self.psd_length} s",
        )
        yield (
            self.sample_rate is None or self.sample_rate >= 16,
            f"sample_rate: expected at least 16 Hz, got {self.sample_rate}",
        )
        yield self.chunk > 0, f"chunk: expected a positive length, got {self.chunk}"
