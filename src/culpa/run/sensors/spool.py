"""Scores of a table's rows on disk, for as long as a search lasts."""

import tempfile
from types import TracebackType
from typing import IO, Self

import numpy as np

from ...types import Floats

_SIZE = np.dtype(float).itemsize


class Spool:
    """Numbers that are appended block by block and read again from anywhere: 8 bytes a row on disk, none in memory.

    The file has no name: it goes with the process, however that ends.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="culpa-")  # noqa: SIM115 closed by __exit__
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def append(self, values: Floats) -> None:
        """Write the next numbers, shape (rows,)."""
        self._file.seek(self._count * _SIZE)
        self._file.write(np.ascontiguousarray(values, dtype=float).tobytes())
        self._count += len(values)

    def read(self, first: int, count: int) -> Floats:
        """Numbers from the row `first` on, shape (count,). Raises IndexError for rows that were not written."""
        if not 0 <= first <= first + count <= self._count:
            raise IndexError(f"expected rows within {self._count}, got {count} from {first} on")
        self._file.seek(first * _SIZE)
        return np.frombuffer(self._file.read(count * _SIZE))
