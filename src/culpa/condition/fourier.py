"""Planned Fourier transforms: FFTW where `pyfftw` is installed, `scipy.fft` where it is not.

A transform owns its aligned input and output, so that a caller fills one, calls it, and reads the other.
"""

import os
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

Kind = Literal["complex", "forward", "inverse"]
"""`complex`: complex to complex with exp(+2πi…), not normalised; `forward`: real to complex; `inverse`: its normalised inverse."""


class Transform(Protocol):
    """Fill `source`, call, read `target` (both of shape (rows, length)); an `inverse` may spoil its source."""

    source: NDArray[Any]
    target: NDArray[Any]

    def __call__(self) -> None: ...


@dataclass(frozen=True)
class Planner:
    """Makes transforms.

    `wisdom` is a file in which FFTW's measurements of this machine are kept. Without it FFTW plans by rule: slower
    by about 1.7 times, but it needs no measurement. Either way the same plans, hence the same bits, come out of every
    process that reads the same file.
    """

    wisdom: Path | None = None

    def plan(self, kind: Kind, rows: int, size: int, single: bool = True) -> Transform:
        """A transform of `rows` rows of `size` points each, in single or double precision."""
        if find_spec("pyfftw") is None:
            return _ScipyTransform(kind, rows, size, single)
        return _FftwTransform(kind, rows, size, single, measured=self.wisdom is not None)

    def recall(self) -> None:
        """Read the machine's measurements, if there are any."""
        if self.wisdom is None or not self.wisdom.exists() or find_spec("pyfftw") is None:
            return
        import pyfftw

        parts = self.wisdom.read_bytes().split(b"\0")
        if len(parts) == 3:
            pyfftw.import_wisdom(tuple(parts))

    def remember(self) -> None:
        """Keep what was measured in this process; the file is replaced as a whole."""
        if self.wisdom is None or find_spec("pyfftw") is None:
            return
        import pyfftw

        self.wisdom.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.wisdom.parent, delete=False) as temporary:
            temporary.write(b"\0".join(pyfftw.export_wisdom()))
        Path(temporary.name).replace(self.wisdom)


def machine_planner() -> Planner:
    """A planner that keeps measurements in the user's cache folder, or plans by rule where that cannot be written.

    The folder is `$CULPA_CACHE`, else `$XDG_CACHE_HOME/culpa`, else `~/.cache/culpa`.
    """
    root = Path(os.environ.get("CULPA_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "culpa")
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Planner()
    return Planner(root / "fftw-wisdom") if os.access(root, os.W_OK) else Planner()


def _types(kind: Kind, single: bool) -> tuple[DTypeLike, DTypeLike]:
    real, complex_ = (np.float32, np.complex64) if single else (np.float64, np.complex128)
    return {"complex": (complex_, complex_), "forward": (real, complex_), "inverse": (complex_, real)}[kind]


def _shapes(kind: Kind, rows: int, size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    half = size // 2 + 1
    source = (rows, half if kind == "inverse" else size)
    return source, (rows, half if kind == "forward" else size)


class _FftwTransform:
    def __init__(self, kind: Kind, rows: int, size: int, single: bool, measured: bool) -> None:
        import pyfftw

        (from_type, to_type), (from_shape, to_shape) = _types(kind, single), _shapes(kind, rows, size)
        self.source = pyfftw.zeros_aligned(from_shape, from_type)
        self.target = pyfftw.zeros_aligned(to_shape, to_type)
        self._plan = pyfftw.FFTW(
            self.source,
            self.target,
            axes=(1,),
            direction="FFTW_FORWARD" if kind == "forward" else "FFTW_BACKWARD",
            flags=("FFTW_MEASURE",) if measured else ("FFTW_ESTIMATE",),
            threads=1,
        )
        self.source[:] = 0  # planning by measurement writes into both arrays
        self._scale = 1 / size if kind == "inverse" else None

    def __call__(self) -> None:
        self._plan.execute()
        if self._scale is not None:
            self.target *= self._scale


class _ScipyTransform:
    def __init__(self, kind: Kind, rows: int, size: int, single: bool) -> None:
        (from_type, to_type), (from_shape, to_shape) = _types(kind, single), _shapes(kind, rows, size)
        self.source: NDArray[Any] = np.zeros(from_shape, from_type)
        self.target: NDArray[Any] = np.zeros(to_shape, to_type)
        self._kind, self._size = kind, size

    def __call__(self) -> None:
        from scipy import fft

        if self._kind == "complex":
            self.target[:] = fft.ifft(self.source, axis=1, norm="forward")
        elif self._kind == "forward":
            self.target[:] = fft.rfft(self.source, axis=1)
        else:
            self.target[:] = fft.irfft(self.source, n=self._size, axis=1)
