"""The peak of an event between the tiles: time, frequency and Q by parabolas, SNR, phase and amplitude there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..decompose import window
from ..decompose.tiling import Tiling
from ..types import Complexes, Floats


@dataclass(frozen=True)
class Peak:
    """Where an event is loudest: `time` s after the start of the data, `frequency` Hz, SNR, phase of the cosine (rad).

    `amplitude` is the root-sum-square of the signal, unit/sqrt(Hz): SNR · sqrt(S/2), S the noise in the window.
    """

    time: float
    frequency: float
    q: float
    snr: float
    phase: float
    amplitude: float


def measure(spectrum: Complexes, asd: Floats, tiling: Tiling, row: int, tile: int) -> Peak:
    """A tile as it is.

    `spectrum` and `asd` have shape (bins,), as in `condition.whiten.Whitened`.
    """
    return _measure(_Tiles(spectrum, tiling.duration), asd, *_centre(tiling, row, tile))


def refine(spectrum: Complexes, asd: Floats, tiling: Tiling, row: int, tile: int) -> Peak:
    """The peak near a tile that is louder than its neighbours; arguments as of `measure`.

    A parabola through three |X|² is maximised in time, then in ln f, then in ln Q, and the tile there is computed
    exactly; where it is no louder than the tile given, that one stands.
    """
    time, frequency, q = _centre(tiling, row, tile)
    at = _Tiles(spectrum, tiling.duration)
    grid, lag = at.energy(time, frequency, q), tiling.duration / int(tiling.tiles[row])
    better = time + lag * _vertex(at.energy(time - lag, frequency, q), grid, at.energy(time + lag, frequency, q))
    step = float(tiling.spacing[row])
    across = (at.energy(better, frequency * np.exp(i * step), q) for i in (-1, 0, 1))
    f_better = frequency * float(np.exp(step * _vertex(*across)))
    step = tiling.q_spacing / 2
    along = (at.energy(better, f_better, q * np.exp(i * step)) for i in (-1, 0, 1))
    q_better = q * float(np.exp(step * _vertex(*along)))
    if at.energy(better, f_better, q_better) > grid:
        return _measure(at, asd, better, f_better, q_better)
    return _measure(at, asd, time, frequency, q)


def _centre(tiling: Tiling, row: int, tile: int) -> tuple[float, float, float]:
    return tile * tiling.duration / int(tiling.tiles[row]), float(tiling.frequency[row]), float(tiling.q[row])


def _vertex(left: float, middle: float, right: float) -> float:
    """Where a parabola through three equidistant points is highest, in steps from the middle one, within [-1, 1]."""
    curvature = left - 2 * middle + right
    if curvature >= 0:
        return float(np.sign(right - left)) * (max(left, right) > middle)
    return float(np.clip((left - right) / (2 * curvature), -1, 1))


class _Tiles:
    """Single tiles, computed directly from the spectrum; bins turned to a time are kept until another is asked for."""

    def __init__(self, spectrum: Complexes, duration: float) -> None:
        self.duration, self._spectrum = duration, spectrum
        self._time, self._first = np.nan, 0
        self._turned: NDArray[np.complex128] = np.empty(0, complex)

    def value(self, time: float, frequency: float, q: float) -> complex:
        """X at (time s, frequency Hz, q)."""
        first, weights = window.bins(frequency, q, self.duration, len(self._spectrum))
        self._turn(time, first, first + len(weights))
        at = first - self._first
        # not a dot product: its sum, and so the last digits, would depend on the number of threads
        return complex(np.einsum("i,i->", self._turned[at : at + len(weights)], weights))

    def energy(self, time: float, frequency: float, q: float) -> float:
        """|X|²."""
        return abs(self.value(time, frequency, q)) ** 2

    def _turn(self, time: float, first: int, last: int) -> None:
        if time == self._time and first >= self._first and last <= self._first + len(self._turned):
            return
        room = (last - first) // 3  # the neighbours in frequency and Q need some bins more
        first, last = max(0, first - room), min(len(self._spectrum), last + room)
        self._time, self._first = time, first
        self._turned = self._spectrum[first:last] * _turns(time / self.duration, first, last)


def _turns(cycles: float, first: int, last: int) -> NDArray[np.complex128]:
    """exp(2πi · cycles · k) for k in [first, last); products of two short tables, as exponentials are slow."""
    coarse, fine = np.arange(first, last, 256), np.arange(min(256, last - first))
    tables = (np.exp(2j * np.pi * np.remainder(steps * cycles, 1.0)) for steps in (coarse, fine))
    return np.asarray(np.multiply.outer(*tables).reshape(-1)[: last - first])


def _measure(at: _Tiles, asd: Floats, time: float, frequency: float, q: float) -> Peak:
    value = at.value(time, frequency, q)
    first, weights = window.bins(frequency, q, at.duration, len(asd))
    snr = float(np.sqrt(max(abs(value) ** 2 - window.ENERGY, 0.0)))
    noise = asd[first : first + len(weights)]
    power = window.ENERGY / float(np.sum(weights**2 / noise**2))
    return Peak(time, frequency, q, snr, float(np.angle(value)), snr * float(np.sqrt(power / 2)))
