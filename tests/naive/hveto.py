"""The hierarchical veto, event by event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from culpa.types import Segments

Pairs = Sequence[tuple[float, float]]
"""Time in s and SNR of each event."""


@dataclass(frozen=True)
class Best:
    channel: str
    snr: float
    window: float
    significance: float
    coincidences: int
    expected: float


def count(primary: Sequence[float], auxiliary: Pairs, threshold: float, window: float) -> int:
    half = window / 2
    return sum(any(snr >= threshold and t - half <= a <= t + half for a, snr in auxiliary) for t in primary)


def union(auxiliary: Pairs, threshold: float, window: float, live: Segments) -> float:
    """Live time within half a window of the events."""
    half, origin = window / 2, live.bounds[0][0]  # small numbers: at 1e9 s doubles are 0.1 µs apart
    loud = Segments.of((a - origin - half, a - origin + half) for a, snr in auxiliary if snr >= threshold)
    return (loud & Segments.of((a - origin, b - origin) for a, b in live)).livetime


def significance(n: int, mu: float) -> float:
    """The Poisson tail, summed with as many digits as it takes."""
    if n == 0:
        return 0.0
    if mu == 0:
        return float("inf")
    with localcontext(prec=60, Emin=-(10**9), Emax=10**9):
        mean = Decimal(mu)
        term = (-mean).exp()
        for k in range(1, n + 1):
            term *= mean / k
        tail, k = Decimal(0), n
        while k <= mu or term > tail * Decimal(10) ** -30:
            tail, k = tail + term, k + 1
            term *= mean / k
        return abs(float(-tail.log10()))


def best(
    primary: Sequence[float],
    auxiliary: Mapping[str, Pairs],
    live: Segments,
    thresholds: Sequence[float],
    windows: Sequence[float],
    expectation: str = "union",
) -> Best | None:
    """The most significant cell; of equal ones the first channel, the widest window, the lowest threshold."""
    found = None
    for channel in sorted(auxiliary):
        for window in sorted(windows, reverse=True):
            for threshold in sorted(thresholds):
                n = count(primary, auxiliary[channel], threshold, window)
                if expectation == "union":
                    mu = len(primary) * union(auxiliary[channel], threshold, window, live) / live.livetime
                else:
                    loud = sum(snr >= threshold for _, snr in auxiliary[channel])
                    mu = len(primary) * loud * window / live.livetime
                sig = significance(n, mu)
                # the same cell, computed on two ways, differs in the last digits
                if found is None or sig > found.significance * (1 + 1e-9):
                    found = Best(channel, threshold, window, sig, n, mu)
    return found
