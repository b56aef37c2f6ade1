"""Periods of sensors, and the profile that repeats."""

import numpy as np

from ..types import Floats, Indices

REGULAR = 0.5
"""Least autocorrelation at its period of what counts as periodic."""
SHORTEST = 8
"""Rows of the shortest period: a shorter one is oscillation, not a season."""
REPEATS = 1.9
"""Periods that the reference must hold."""
_SMOOTH = 50
"""A profile is smoothed over this fraction of its period: two or three periods alone leave much noise in it."""
_ALIKE = 0.95
"""The first peak that reaches this fraction of the highest one is the period, and not a multiple of it."""
_WIDTH = 1.25
"""Peaks up to this many times as late belong to the same one: noise makes many of each."""


def period(values: Floats) -> int | None:
    """Rows of the period of a sensor, shape (rows,), or None where there is none to be seen.

    The highest peak of the autocorrelation (each lag divided by the share of rows that it has), after it has first
    been negative. NaN counts as the mean.
    """
    rows = len(values)
    some = np.isfinite(values)
    if rows < SHORTEST * REPEATS or not some.any():
        return None
    centred = np.where(some, values - values[some].mean(), 0)
    spectrum = np.fft.rfft(centred, 2 * rows)
    lags = np.fft.irfft(np.abs(spectrum) ** 2)[: int(rows / REPEATS) + 1]
    if lags[0] <= 1e-12 * rows * max(1e-300, float(np.square(values[some]).max())):
        return None
    lags = lags / lags[0] / (1 - np.arange(len(lags)) / rows)
    negative = np.flatnonzero(lags < 0)
    if not len(negative):
        return None
    inner = np.arange(max(negative[0], 1), len(lags) - 1)
    peaks = inner[(lags[inner] >= lags[inner - 1]) & (lags[inner] >= lags[inner + 1])]
    if not len(peaks) or lags[peaks].max() < REGULAR:
        return None
    first = peaks[lags[peaks] >= _ALIKE * lags[peaks].max()][0]
    near = peaks[(peaks >= first) & (peaks <= first * _WIDTH)]
    first = int(near[lags[near].argmax()])
    return first if first >= SHORTEST else None


def profile(values: Floats, number: Indices, period: int) -> Floats:
    """Mean of a sensor at each phase, shape (period,), smoothed over a fiftieth of the period to both sides.

    `values` and `number` (of the row, from the start of the data) have shape (rows,). NaN is left out; a phase without
    values takes those of its neighbours, 0 where they have none either.
    """
    some = np.isfinite(values)
    phase = number[some] % period
    half = max(1, period // _SMOOTH)
    sums, counts = (
        _around(np.bincount(phase, weights=weights, minlength=period).astype(float), half)
        for weights in (values[some], None)
    )
    return np.divide(sums, counts, out=np.zeros(period), where=counts > 0)


def _around(values: Floats, half: int) -> Floats:
    """Sum of each value and `half` neighbours on both sides, in a circle."""
    padded = np.concatenate([values[-half:], values, values[:half]])
    return np.convolve(padded, np.ones(2 * half + 1), mode="valid")
