"""What a Q-scan found, the plane of tiles that shows a moment best, as values on any grid of pixels."""

from dataclasses import dataclass
from math import ceil, inf, log

import numpy as np

from ..types import Floats, Mask, Segments, Singles
from .qscan_rows import Batch

_EDGE = 1e-8
"""A frequency this close to the edge of the band, relatively, is inside."""


@dataclass(frozen=True)
class Scan:
    """The plane with the loudest tile around a moment.

    `gps` s is the moment; `q` the plane's; `energy` (of noise: mean 1, or as `norm` says), `time` (GPS s) and
    `frequency` (Hz) are those of the loudest tile; `rows` are the frequencies (Hz) of the plane's rows, shape (rows,);
    `band` (Hz) is what they cover; `splines` hold the rows, their `start` in s after the moment; `usable` GPS s.
    """

    gps: float
    q: float
    energy: float
    time: float
    frequency: float
    rows: Floats
    band: tuple[float, float]
    splines: tuple[Batch, ...]
    usable: Segments

    @property
    def snr(self) -> float:
        """SNR of the loudest tile; only where energies have a noise mean of 1."""
        return float(np.sqrt(max(2 * self.energy - 2, 0.0)))

    def pixels(self, times: Floats, frequencies: Floats) -> Singles:
        """Energies at times (s after the moment) and frequencies (Hz), shape (frequencies, times), at least 0.

        Cubic splines, in time along each row, then in frequency. NaN where there are no usable data, beyond the
        longest view, and outside `band`.
        """
        from scipy.interpolate import make_interp_spline

        table: Singles = np.empty((len(self.rows), len(times)), np.float32)
        for batch in self.splines:
            table[batch.rows] = _on_spline(batch, times)
        inside = np.clip(frequencies, self.rows[0], self.rows[-1])
        values = make_interp_spline(self.rows, table, k=min(3, len(self.rows) - 1))(inside)
        energies: Singles = np.maximum(values, 0).astype(np.float32)
        low, high = self.band
        energies[(frequencies < low * (1 - _EDGE)) | (frequencies > high * (1 + _EDGE))] = np.nan
        energies[:, ~self._known(times)] = np.nan
        return energies

    def _known(self, times: Floats) -> Mask:
        known = self.usable.contains(self.gps + times)
        for batch in self.splines:
            known &= (times >= batch.start) & (times <= batch.times[-1])
        return known


def picture(
    scan: Scan,
    view: float,
    band: tuple[float, float],
    shape: tuple[int, int],
    steps: tuple[float, float] = (0.002, inf),
) -> Singles:
    """Energies on `shape` = (height, width) pixels: `view` s around the moment, log frequency over `band` Hz.

    Row 0 is the highest frequency. A pixel is the loudest of the samples in it, which are equally spaced and at most
    `steps` apart, (s, ln Hz): a short tile is not lost between pixels. NaN as in `Scan.pixels`.
    """
    (height, width), span = shape, log(band[1] / band[0])
    rows, columns = max(1, ceil(span / height / steps[1])), max(1, ceil(view / width / steps[0]))
    times = view * ((np.arange(width * columns) + 0.5) / (width * columns) - 0.5)
    frequencies = band[1] * np.exp(-span * (np.arange(height * rows) + 0.5) / (height * rows))
    fine = scan.pixels(times, frequencies)
    parts = [fine[i::rows, j::columns] for i in range(rows) for j in range(columns)]
    result: Singles = np.maximum.reduce(parts)
    return result


def _on_spline(batch: Batch, times: Floats) -> Singles:
    """The values of cubic splines at times, shape (rows, times); the ends' neighbours stand for what is beyond."""
    place = np.clip((times - batch.start) * batch.rate, 0, batch.values.shape[1] - 1)
    before = np.floor(place).astype(np.int64)
    u = (place - before).astype(np.float32)
    weights = ((1 - u) ** 3 / 6, (4 + 3 * u**2 * (u - 2)) / 6, (1 + 3 * u * (1 + u - u**2)) / 6, u**3 / 6)
    last = batch.values.shape[1] - 1
    taken = (np.abs(last - np.abs(last - before - k)) for k in (-1, 0, 1, 2))  # mirrored, as the coefficients are
    values: Singles = np.zeros((len(batch.values), len(times)), np.float32)
    for index, weight in zip(taken, weights, strict=True):
        values += batch.values[:, index] * weight
    return values
