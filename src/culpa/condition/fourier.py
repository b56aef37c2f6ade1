"""Fourier transforms of fixed size: FFTW where `pyfftw` is installed, `scipy.fft` where it is not.

A transform owns its aligned input and output, so that a caller fills one, calls it, and reads the other. FFTW plans by
rule, not by measuring: the same bits come out in every process and every run.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..types import Complexes, Indices

Kind = Literal["forward", "inverse"]
_SHORT = 2048
"""Longest row that is transformed in one go; above it FFTW's rule of thumb costs a factor of two to three."""

_MOST_COLUMNS = 128
"""Longer columns are slower than longer rows."""
_PADDING = 8
"""Numbers between rows of the matrix: one line of a cache."""


class RealTransform:
    """Transforms of one row of `size` real samples (`forward`), or back, not normalised (`inverse`).

    `source` and `target` have shape (1, size) or (1, size // 2 + 1); an inverse may spoil its source.
    """

    def __init__(self, kind: Kind, size: int, single: bool) -> None:
        real, complex_ = (np.float32, np.complex64) if single else (np.float64, np.complex128)
        samples, spectrum = _aligned((1, size), real), _aligned((1, size // 2 + 1), complex_)
        self.source, self.target = (samples, spectrum) if kind == "forward" else (spectrum, samples)
        self._run = _planned(self.source, self.target, 1, kind)

    def __call__(self) -> None:
        """Compute `target` from `source`."""
        self._run()


class RowTransform:
    """Σ source·exp(+2πi…) of each of `rows` rows of `size` complex numbers (single precision, not normalised).

    `source` has shape (rows, size) in natural order and is spoilt. `target` has the same shape in an order of its own,
    which spares a pass over the data: `natural` and `stored` translate. A row longer than 2048 is taken as a matrix:
    its columns are transformed, then turned, then its rows are transformed (Cooley and Tukey 1965; known as four-step,
    here without the last step).
    """

    def __init__(self, rows: int, size: int) -> None:
        self._columns = max(1, min(size // _SHORT, _MOST_COLUMNS)) if size % _SHORT == 0 else 1
        length = size // self._columns
        one = _aligned((rows, self._columns, length), np.complex64)
        self.source: Complexes = one.reshape(rows, size)
        if self._columns == 1:
            self.target: Complexes = _aligned((rows, size), np.complex64)
            self._steps: list[Callable[[], object]] = [_planned(self.source, self.target, 1, "complex")]
            return
        # rows a power of two apart would all fall into the same lines of a cache
        padded = _aligned((rows, self._columns, length + _PADDING), np.complex64)
        other = padded[:, :, :length]
        steps = np.outer(np.arange(self._columns), np.arange(length + _PADDING))
        turn = np.exp(2j * np.pi / size * steps).astype(np.complex64)
        self.target = self.source  # two arrays fit into a cache where three do not
        self._steps = [
            _planned(one, other, 1, "complex"),
            lambda: np.multiply(padded, turn, out=padded),  # without gaps, which is twice as fast as with
            _planned(other, one, 2, "complex"),
        ]

    def __call__(self) -> None:
        """Compute `target` from `source`."""
        for step in self._steps:
            step()

    def natural(self, place: Indices) -> Indices:
        """Index in the transform of what stands at a place of a target row."""
        column, row = np.divmod(place, self.target.shape[1] // self._columns)
        return np.asarray(column + self._columns * row)

    def stored(self, index: Indices) -> Indices:
        """Place in a target row of an index in the transform; inverse of `natural`."""
        row, column = np.divmod(index, self._columns)
        return np.asarray(column * (self.target.shape[1] // self._columns) + row)


def _aligned(shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
    if find_spec("pyfftw") is None:
        return np.zeros(shape, kind)
    import pyfftw

    return np.asarray(pyfftw.zeros_aligned(shape, kind))


def _planned(
    source: NDArray[Any], target: NDArray[Any], axis: int, kind: Literal["complex", "forward", "inverse"]
) -> Callable[[], object]:
    if find_spec("pyfftw") is None:
        return _by_scipy(source, target, axis, kind)
    import pyfftw

    direction = "FFTW_FORWARD" if kind == "forward" else "FFTW_BACKWARD"
    plan = pyfftw.FFTW(source, target, axes=(axis,), direction=direction, flags=("FFTW_ESTIMATE",), threads=1)
    return plan.execute  # type: ignore[no-any-return]


def _by_scipy(source: NDArray[Any], target: NDArray[Any], axis: int, kind: str) -> Callable[[], object]:
    from scipy import fft

    def run() -> None:
        if kind == "complex":
            target[:] = fft.ifft(source, axis=axis, norm="forward")
        elif kind == "forward":
            target[:] = fft.rfft(source, axis=axis)
        else:
            target[:] = fft.irfft(source, n=target.shape[axis], axis=axis, norm="forward")

    return run
