"""Q-scans: the plane of tiles that shows a moment best, and its energies on any grid of pixels.

A scanner is built once for a channel's sampling rate. It whitens stretches of data (64 s or so); each of the many
moments in a stretch then costs some ms, since its tiles are made from the 8 s around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil, inf, log2, sqrt
from typing import Literal, get_args

import numpy as np

from ..errors import NoDataError
from ..gpstime import show
from ..types import Floats, Segments, Series
from .qscan_plane import Scan
from .qscan_rows import Bank, Batch, gwpy_rows, mismatch_rows, over
from .stretches import Stretch, StretchWhitener
from .tiling import mismatch_step

Norm = Literal["mean", "median", "row-mean"]
Whose = Literal["culpa", "gwpy"]
NORMS, TILINGS = get_args(Norm), get_args(Whose)
VIEWS = (0.5, 1.0, 2.0, 4.0)
"""The usual lengths (s) of a picture."""
_SHORTEST = 8.0
"""Data (s) that the tiles of a moment are made from, or more: twice what is shown."""
_MARGIN = 12
"""Tiles beyond the longest view that a row's spline is fitted to: what lies farther counts less than 1e-6."""


@dataclass(frozen=True)
class ScanSettings:
    """What a Q-scan can be told. Times in s, frequencies in Hz. Raises ValueError for what cannot be meant."""

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
    view: float = max(VIEWS)
    """Length of the longest picture."""
    norm: Norm = "mean"
    """What energies are divided by: "mean" is the mean that Gaussian noise has; "median" and "row-mean" are taken of
    each row over the whole stretch with its tapered ends, as gwpy does: what is loud or long then lowers itself."""
    tiling: Whose = "culpa"
    """Whose rows of tiles."""

    def __post_init__(self) -> None:
        for right, expectation in (
            (0 < self.fmin < self.fmax < inf, f"fmin, fmax: expected 0 < fmin < fmax, got {self.fmin}, {self.fmax}"),
            (
                sqrt(11) <= self.qmin <= self.qmax <= 1000,
                f"qmin, qmax: expected 3.3167 <= qmin <= qmax <= 1000, got {self.qmin}, {self.qmax}",
            ),
            (0.01 <= self.mismatch < 1, f"mismatch: expected a fraction from 0.01 to below 1, got {self.mismatch}"),
            (0 < self.search <= 60, f"search: expected more than 0 and at most 60 s, got {self.search}"),
            (0 < self.view <= 120, f"view: expected more than 0 and at most 120 s, got {self.view}"),
            (self.norm in NORMS, f"norm: expected one of {', '.join(NORMS)}, got {self.norm}"),
            (self.tiling in TILINGS, f"tiling: expected one of {', '.join(TILINGS)}, got {self.tiling}"),
        ):
            if not right:
                raise ValueError(expectation)


class Scanner:
    """Whitens and scans a channel sampled at `sample_rate` Hz in stretches of `duration` s, 4 s or more.

    Costs as much to build as some ten scans and owns the arrays it works in: one for each thread. Raises NoDataError
    where no row of tiles fits the sampling rate.
    """

    def __init__(self, sample_rate: float, duration: float = 64.0, settings: ScanSettings | None = None) -> None:
        self.settings = settings = settings or ScanSettings()
        self.sample_rate, self.duration = sample_rate, duration
        own = settings.tiling == "culpa"
        crop = 2.0 ** ceil(log2(max(_SHORTEST, 2 * settings.view, 4 * settings.search)))
        crop = min(duration, crop) if own else duration
        q, band = (settings.qmin, settings.qmax), (settings.fmin, settings.fmax)
        self.rows = (mismatch_rows if own else gwpy_rows)(crop, sample_rate, q, band, settings.mismatch)
        if len(self.rows) == 0:
            raise NoDataError(f"sampled at {sample_rate:g} Hz: no tile fits above {settings.fmin:g} Hz")
        self._bands = {
            q: _covered(self.rows.frequency[self.rows.q == q], q, settings.mismatch)
            for q in np.unique(self.rows.q).tolist()
        }
        self._bank = Bank(self.rows)
        self._whitener: StretchWhitener | None = None

    @property
    def band(self) -> tuple[float, float]:
        """Lowest and highest frequency (Hz) that any of its planes can show: the frequency axis of its pictures."""
        return min(low for low, _ in self._bands.values()), max(high for _, high in self._bands.values())

    def whiten(self, series: Series, starts: tuple[float, ...]) -> list[Stretch]:
        """The stretches that begin at `starts` (GPS s), whitened by one spectrum, that of the whole series.

        NaN and samples that do not change are left out. Empty where no spectrum can be had.
        """
        self._whitener = self._whitener or StretchWhitener(self.sample_rate, self.duration, self.rows.band)
        return self._whitener(series, starts)

    def levels(self, stretch: Stretch) -> Floats:
        """What the energies of each row are divided by, shape (rows,); all 1 at no cost where `norm` is "mean".

        Otherwise raises NoDataError where less than half of the stretch is usable.
        """
        if self.settings.norm == "mean":
            return np.ones(len(self.rows))
        if stretch.usable.livetime < stretch.duration / 2:
            usable = f"{stretch.usable.livetime:g} of {stretch.duration:g} s"
            raise NoDataError(f"norm {self.settings.norm!r} needs half of a stretch, usable are {usable}")
        rows, result = self.rows, np.empty(len(self.rows))
        if rows.duration != stretch.duration:
            rows = over(rows, stretch.duration, self.sample_rate, self.settings.mismatch)
        level = np.median if self.settings.norm == "median" else np.mean
        for batch in Bank(rows).energies(stretch.spectrum(0, len(stretch.values)), 0, stretch.duration):
            result[batch.rows] = level(batch.values, axis=1)
        return result

    def scan(self, stretch: Stretch, gps: float, levels: Floats | None = None) -> Scan:
        """The scan of a moment (GPS s) of a stretch; `levels`, once computed, serve all moments of the stretch.

        Raises NoDataError where no usable data are within `search` s of the moment.
        """
        search = self.settings.search
        around = Segments.of([(gps - search, gps + search)]) & stretch.usable
        if not around:
            raise NoDataError(f"no usable data within {search:g} s of {show(gps)}")
        batches = self._energies(stretch, gps, self.levels(stretch) if levels is None else levels)
        energy, time, row = max(_loudest(batch, gps, around) for batch in batches)
        q = float(self.rows.q[row])
        plane = np.flatnonzero(self.rows.q == q)
        return Scan(
            gps, q, energy, gps + time, float(self.rows.frequency[row]), self.rows.frequency[plane],
            self._bands[q], tuple(_splines(batches, plane[0], plane[-1])), stretch.usable,
        )  # fmt: skip

    def _energies(self, stretch: Stretch, gps: float, levels: Floats) -> list[Batch]:
        """Normalised energies of all planes; `start` in s after the moment."""
        size = round(self.rows.duration * stretch.sample_rate)
        middle = round((gps - stretch.t0) * stretch.sample_rate)
        first = min(max(0, middle - size // 2), len(stretch.values) - size)
        at = gps - stretch.t0 - first / stretch.sample_rate
        half = max(self.settings.view / 2, self.settings.search)
        batches = self._bank.energies(stretch.spectrum(first, size), at - half, at + half, _MARGIN)
        scale = np.asarray(1 / levels, np.float32)[:, None]
        return [replace(each, start=each.start - at, values=each.values * scale[each.rows]) for each in batches]


def _loudest(batch: Batch, gps: float, around: Segments) -> tuple[float, float, int]:
    """Energy, time (s after the moment) and row of the loudest tile inside the segments; energy -1 without any."""
    tiles = np.flatnonzero(around.contains(gps + batch.times))
    if len(tiles) == 0:
        return -1.0, 0.0, int(batch.rows[0])
    inside = batch.values[:, tiles]
    row, tile = np.unravel_index(np.argmax(inside), inside.shape)
    return float(inside[row, tile]), float(batch.times[tiles[tile]]), int(batch.rows[row])


def _covered(frequencies: Floats, q: float, mismatch: float) -> tuple[float, float]:
    """The frequencies (Hz) that rows of a plane cover: half a step beyond the first and the last.

    Nine digits, so that rounding does not leave out a round number.
    """
    widest = np.exp(2 * mismatch_step(mismatch) / np.sqrt(2 + q * q))
    steps = frequencies[1:] / frequencies[:-1] if len(frequencies) > 1 else np.array([widest])
    low, high = frequencies[0] / np.sqrt(steps[0]), frequencies[-1] * np.sqrt(steps[-1])
    return float(f"{low:.9g}"), float(f"{high:.9g}")


def _splines(batches: list[Batch], first: int, last: int) -> Iterator[Batch]:
    """The rows from `first` to `last`, counted from the first, as coefficients of B-splines at their tiles.

    Those with the same number of tiles come together.
    """
    from scipy.ndimage import spline_filter1d

    chosen = [(batch, (batch.rows >= first) & (batch.rows <= last)) for batch in batches]
    for rate, group in groupby((pair for pair in chosen if pair[1].any()), lambda pair: pair[0].rate):
        parts = list(group)
        rows = np.concatenate([batch.rows[some] for batch, some in parts]) - first
        values = np.concatenate([batch.values[some] for batch, some in parts])
        yield Batch(rows, parts[0][0].start, rate, spline_filter1d(values, output=np.float32))
