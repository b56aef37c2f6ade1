"""The files that a user means by paths, patterns, folders and lists, each with its span."""

import glob
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .. import names
from ..errors import NoDataError, UsageError
from ..types import Series
from . import caches, gwf, hdf5

_log = logging.getLogger(__name__)


class Reader(Protocol):
    """What a module for one kind of file can do; see `gwf` and `hdf5`."""

    def channels(self, path: str) -> list[str]:
        """Names of all channels."""

    def span(self, path: str) -> tuple[float, float]:
        """Start and end in GPS s."""

    def sample_rate(self, path: str, channel: str) -> float:
        """Hz."""

    def pieces(self, path: str, channel: str, start: float, end: float) -> Iterator[Series]:
        """The samples in `[start, end)` GPS s."""


READERS: dict[str, Reader] = {".gwf": gwf, ".h5": hdf5, ".hdf5": hdf5, ".hdf": hdf5}
"""The module that reads files of a suffix."""


@dataclass(frozen=True, order=True)
class DataFile:
    """A file and the span `[start, end)` GPS s that a list of files, its name or its contents state."""

    start: float
    end: float
    path: str

    @property
    def reader(self) -> Reader:
        """The module that reads it."""
        return READERS[Path(self.path).suffix]

    @property
    def family(self) -> tuple[str, str]:
        """What files with the same channels have in common: site and description of the name, else the path."""
        name = names.parse(self.path)
        return (name.source, name.description) if name else ("", self.path)


def find(patterns: Iterable[str | Path]) -> list[DataFile]:
    """The files meant by paths, glob patterns, folders (their frame files) and FFL or LAL lists: sorted, each once.

    The span comes from the list, else from a T050017 name, else from the file, which is opened for nothing else;
    whether a file in a list exists is seen when it is read. Raises NoDataError where nothing matches or the only file
    without a stated span cannot be read, UsageError for a kind of file that is not read here.
    """
    found: dict[str, DataFile] = {}
    problems: list[NoDataError] = []
    for row in (row for pattern in patterns for row in _rows(str(pattern))):
        try:
            file = _located(row)
            found.setdefault(file.path, file)
        except NoDataError as problem:
            problems.append(problem)
    if not found:
        raise problems[0] if problems else NoDataError(f"no file is named in {', '.join(map(str, patterns))}")
    for unreadable in problems:
        _log.warning("%s; it is left out", unreadable.message)
    return sorted(found.values())


def at(paths: Iterable[Path]) -> list[DataFile]:
    """The files at some paths, sorted, whether or not they are there: those whose span can be told."""
    found = []
    for path in paths:
        try:
            found.append(_located(caches.Row(path)))
        except NoDataError:  # no span in its name, and no file
            _log.warning("%s is not there, or cannot be read; it is left out", path)
    return sorted(found)


def _rows(pattern: str) -> Iterator[caches.Row]:
    path = Path(pattern)
    if pattern and path.is_dir():
        paths = [member for member in sorted(path.iterdir()) if member.suffix in READERS]
        if not paths:
            raise NoDataError(f"the folder {pattern} has no file that ends in {' '.join(READERS)}")
    else:
        paths = [path] if pattern and path.exists() else sorted(map(Path, glob.glob(pattern, recursive=True)))  # noqa: PTH207  may be absolute
    if not paths:
        raise NoDataError(
            f"no file matches {pattern or 'an empty name'}", "check the path; quote a pattern such as 'raw/*.gwf'"
        )
    for found in paths:
        yield from caches.read(found) if found.suffix in caches.SUFFIXES else [caches.Row(found)]


def _located(row: caches.Row) -> DataFile:
    path = row.path.absolute()
    if path.suffix not in READERS:
        known = " ".join([*READERS, *caches.SUFFIXES])
        raise UsageError(f"cannot read files like {path}", f"expected one that ends in: {known}")
    if row.start is not None and row.end is not None:
        return DataFile(row.start, row.end, str(path))
    name = names.parse(path)
    start, end = (name.start, name.end) if name else READERS[path.suffix].span(str(path))
    return DataFile(float(start), float(end), str(path))
