"""The tiling of the time-frequency-Q space by the mismatch formula.

Source: Robinet et al. 2020, SoftwareX 12:100620 (arXiv 2007.11374), section 2.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..types import Floats, Indices

Number = TypeVar("Number", float, Floats)

SQRT11 = float(np.sqrt(11.0))


@dataclass(frozen=True)
class Tiling:
    """Rows of tiles, each with one frequency and one Q; all arrays have shape (rows,), rows of one plane together.

    `duration` s is the length of data that the rows span; `tiles` is each row's number of tiles in time;
    `half_width` Hz is half the full width of a row's window; `spacing` is ln f between rows of the same plane,
    and `q_spacing` ln Q between planes.
    """

    duration: float
    q: Floats
    frequency: Floats
    half_width: Floats
    tiles: Indices
    spacing: Floats
    q_spacing: float

    def __len__(self) -> int:
        return len(self.q)

    @property
    def total(self) -> int:
        """Number of tiles of all rows."""
        return int(self.tiles.sum())

    @property
    def band(self) -> tuple[float, float]:
        """Lowest and highest frequency (Hz) that any window touches."""
        return float((self.frequency - self.half_width).min()), float((self.frequency + self.half_width).max())


def half_width(frequency: Number, q: Number) -> Number:
    """Half the width of the bisquare window, f·√11/Q, Hz."""
    return frequency * SQRT11 / q


def mismatch_step(mismatch: float) -> float:
    """Distance between tiles for the largest fractional loss of SNR² between them."""
    return float(2 * np.sqrt(mismatch / 3))


def q_planes(qmin: float, qmax: float, mismatch: float) -> Floats:
    """Quality factors of the planes, evenly spaced in ln Q."""
    span = np.log(qmax / qmin) / np.sqrt(2)
    count = max(1, int(np.ceil(span / mismatch_step(mismatch))))
    planes: Floats = qmin * np.exp(np.sqrt(2) * (np.arange(count) + 0.5) * span / count)
    return planes


def allowed_band(q: float, duration: float, sample_rate: float) -> tuple[float, float]:
    """Frequency range (Hz) in which a window of this Q has enough bins and stays below the Nyquist frequency."""
    return 4 * q / (2 * np.pi * duration), sample_rate / 2 / (1 + SQRT11 / q)


def build_tiling(
    duration: float,
    sample_rate: float,
    qmin: float = 4.0,
    qmax: float = 100.0,
    mismatch: float = 0.2,
    fmin: float = 0.0,
    fmax: float | None = None,
) -> Tiling:
    """The rows for `duration` s of data sampled at `sample_rate` Hz.

    A plane whose allowed band does not meet `[fmin, fmax]` has no rows; fmax None = as high as allowed. The tiling is
    empty where no plane has any. Expects sqrt(11) <= qmin <= qmax and 0 < mismatch < 1.
    """
    step = mismatch_step(mismatch)
    planes = q_planes(qmin, qmax, mismatch)
    rows: list[tuple[Floats, Floats, Floats]] = []
    for q in planes:
        lowest, highest = allowed_band(q, duration, sample_rate)
        low, high = max(lowest, fmin), min(highest, np.inf if fmax is None else fmax)
        if low >= high:
            continue
        span = np.log(high / low)
        count = max(1, int(np.ceil(span * np.sqrt(2 + q * q) / 2 / step)))
        frequency = low * np.exp((np.arange(count) + 0.5) * span / count)
        rows.append((np.full(count, q), frequency, np.full(count, span / count)))
    q_all, f_all, spacing = (np.concatenate([row[i] for row in rows]) if rows else np.empty(0) for i in range(3))
    tiles = 2 ** np.ceil(np.log2(2 * np.pi * f_all * duration / q_all / step)).astype(np.int64)
    q_spacing = float(np.log(qmax / qmin) / len(planes))
    return Tiling(duration, q_all, f_all, half_width(f_all, q_all), tiles, spacing, q_spacing)
