"""What limit of scores gives a wanted number of false alarms, from the scores of rows that hold none but false ones.

The highest scores of runs that exceed a high limit are taken as a sample of the tail, which the generalised Pareto
distribution continues beyond the highest of them. Sources: J. Pickands 1975, Ann. Stat. 3, 119 (the distribution);
Hosking and Wallis 1987, Technometrics 29, 339 (its fit by probability-weighted moments); R. L. Smith 1989, Stat. Sci.
4, 367 (peaks of runs).
"""

from dataclasses import dataclass
from math import inf, log

import numpy as np

from ..types import Floats, Indices
from .quantiles import Quantiles

PEAKS = 100
"""Peaks that the tail is fitted to, where there are so many."""
FEWEST = 10
"""With fewer peaks the tail is taken as exponential."""
RESAMPLED = 200
"""Samples drawn from the peaks to say how sure the rate is."""
_SHAPES = (-0.2, 0.5)
"""The shape is kept between these: few peaks can say anything."""


@dataclass(frozen=True)
class Tail:
    """Peaks beyond a limit: `rate` of them a row, and the generalised Pareto distribution of their excess."""

    limit: float
    rate: float
    scale: float
    shape: float

    def rate_beyond(self, score: float) -> float:
        """Runs a row that exceed a score at or above the limit."""
        excess = max(score - self.limit, 0) / self.scale
        if abs(self.shape) < 1e-6:
            return self.rate * float(np.exp(-excess))
        return float(self.rate * max(1 + self.shape * excess, 0.0) ** (-1 / self.shape))

    def score_of(self, rate: float) -> float:
        """The score that so many runs a row exceed; at least the limit."""
        ratio = max(self.rate / rate, 1.0)
        if abs(self.shape) < 1e-6:
            return self.limit + self.scale * log(ratio)
        return float(self.limit + self.scale * (ratio**self.shape - 1) / self.shape)


@dataclass(frozen=True)
class Calibrated:
    """A limit of scores that a wanted number of runs exceeds, with the rate (runs a row) and its 95 % interval.

    `rows` were scored, `peaks` runs exceeded the limit that the tail begins at.
    """

    value: float
    rate: float
    low: float
    high: float
    rows: int
    peaks: int


def calibrate(scores: Floats, rate: float, hold: int, seed: int = 0) -> Calibrated:
    """The limit that false alarms exceed `rate` times a row on average.

    `scores`, shape (rows,), in order, are of rows that the detector has not learnt from; NaN is left out. Rows that
    exceed belong to one alarm where no more than `hold` rows between them do not. Raises ValueError without scores, or
    for a rate that is not between 0 and 1.
    """
    known = scores[np.isfinite(scores)]
    if not len(known):
        raise ValueError("expected scores to calibrate with, got none")
    if not 0 < rate < 1:
        raise ValueError(f"expected a rate between 0 and 1 a row, got {rate}")
    limit, peaks = _peaks(known, hold)
    tail = _fit(limit, peaks, len(known))
    value = _empirical(known, rate, hold) if rate > tail.rate else tail.score_of(rate)
    generator = np.random.default_rng(seed)
    rates = []
    for _ in range(RESAMPLED):
        drawn = generator.choice(peaks, size=max(1, generator.poisson(len(peaks))))
        if rate > tail.rate:
            rates.append(float(generator.poisson(rate * len(known))) / len(known))
        else:
            rates.append(_fit(limit, drawn, len(known)).rate_beyond(value))
    low, high = np.quantile(rates, [0.025, 0.975])
    return Calibrated(value, rate, float(low), float(high), len(known), len(peaks))


def middle(scores: Quantiles, rate: float) -> float:
    """The limit that `rate` of the rows would exceed if scores fell on as from the upper half to the upper quarter.

    For scores of rows some of which may be anomalous: less than a quarter of high ones move it little. Raises
    ValueError without scores.
    """
    half, quarter = scores.quantile(0.5), scores.quantile(0.75)
    return half + (quarter - half) * max(0.0, log(0.5 / rate)) / log(2)


def _peaks(scores: Floats, hold: int) -> tuple[float, Floats]:
    """A limit that about `PEAKS` runs exceed (at most a tenth of the rows), and the highest score of each run."""
    limit = float(np.sort(scores)[-max(1, len(scores) // 10)])
    peaks = _highest(scores, limit, hold)
    while len(peaks) > 2 * PEAKS:
        higher = float(np.sort(peaks)[-int(1.5 * PEAKS)])
        if higher <= limit:  # so many are equal
            break
        limit = higher
        peaks = _highest(scores, limit, hold)
    return limit, peaks


def _highest(scores: Floats, limit: float, hold: int) -> Floats:
    """The highest score of each run of rows at or above a limit."""
    rows: Indices = np.flatnonzero(scores >= limit)
    starts = np.flatnonzero(np.diff(rows, prepend=-inf) > hold + 1)
    return np.maximum.reduceat(scores[rows], starts) if len(rows) else np.empty(0)


def _fit(limit: float, peaks: Floats, rows: int) -> Tail:
    excess = np.sort(peaks - limit)
    count = len(excess)
    mean = float(excess.mean()) or 1e-12
    if count < FEWEST:
        return Tail(limit, count / rows, mean, 0.0)
    places = (np.arange(count) + 0.65) / count  # plotting positions of Hosking and Wallis
    weighted = float(((1 - places) * excess).mean())
    shape = float(np.clip(2 - mean / max(mean - 2 * weighted, 1e-12), *_SHAPES))
    return Tail(limit, count / rows, mean * (1 - shape), shape)


def _empirical(scores: Floats, rate: float, hold: int) -> float:
    """The highest limit that at least so many runs exceed."""
    levels = np.quantile(scores, np.linspace(1, 0.5, 200))
    for level in levels:
        if len(_highest(scores, float(level), hold)) >= rate * len(scores):
            return float(level)
    return float(levels[-1])
