"""Where the samples come from: any number of files seen as one continuous recording."""

import logging
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from math import floor, isclose
from pathlib import Path

import numpy as np

from ..errors import ChannelNotFoundError, NoDataError
from ..types import Segments, Series
from .datafiles import DataFile, find

_log = logging.getLogger(__name__)


def open_source(patterns: Sequence[str | Path]) -> "Source":
    """The recording in files, glob patterns, folders, FFL or LAL lists (GWF and HDF5), opening no more than needed.

    Raises as `datafiles.find`.
    """
    return Source(tuple(find(patterns)))


def resolve_channels(source: "Source", patterns: Iterable[str]) -> list[str]:
    """The channels meant by names and by patterns with `*`, `?`, `[...]`: each once, in the order asked for.

    Raises ChannelNotFoundError, which names near channels, where a name or a pattern matches none.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        if set(pattern) & set("*?["):
            known = source.channels()
            matching = [name for name in known if fnmatchcase(name, pattern)]
            if not matching:
                raise ChannelNotFoundError(pattern, str(source), known)
        else:
            source.sample_rate(pattern)
            matching = [pattern]
        found.update(dict.fromkeys(matching))
    return list(found)


@dataclass(frozen=True)
class Source:
    """Files in order of time, read as one recording in which what no file holds is NaN.

    Nothing is kept open. A file that is missing or damaged, or that samples a channel at another rate than the first
    file that has it, counts as a gap; the log names it once. Where files overlap, a sample comes from the file that
    starts first (then: ends first, comes first by path); later ones fill only what is NaN in it.
    Build with `open_source`.
    """

    files: tuple[DataFile, ...]
    rates: dict[str, float] = field(default_factory=dict, repr=False, compare=False)
    """Sampling rates found so far, so that they are looked up once."""
    told: set[str] = field(default_factory=set, repr=False, compare=False)
    """Warnings given so far."""

    def channels(self) -> list[str]:
        """Names of the channels, in the order of the files.

        Files with the same site and description in their names are taken to have the same channels; the first readable
        one is asked. Raises NoDataError where none can be read.
        """
        found: dict[str, None] = {}
        asked: set[tuple[str, str]] = set()
        problems = []
        for file in self.files:
            if file.family not in asked:
                try:
                    found.update(dict.fromkeys(file.reader.channels(file.path)))
                    asked.add(file.family)
                except NoDataError as problem:
                    problems.append(problem)
        if problems and not asked:
            raise self._nothing(problems)
        self._gaps(problems)
        return list(found)

    def sample_rate(self, channel: str) -> float:
        """Sampling rate of a channel in Hz, from the first file that has it.

        Raises ChannelNotFoundError, which names near channels, or NoDataError where no file can be read.
        """
        if channel not in self.rates:
            self.rates[channel] = self._find_rate(channel)
        return self.rates[channel]

    def segments(self, channel: str | None = None) -> Segments:
        """Where files are; with a channel, only files of a family in which one has it."""
        if channel is None:
            return Segments.of((file.start, file.end) for file in self.files)
        having: dict[tuple[str, str], bool] = {}
        for file in self.files:
            if not having.get(file.family):
                having[file.family] = self._has(file, channel)
        return Segments.of((file.start, file.end) for file in self.files if having[file.family])

    def between(self, start: float, end: float) -> "Source":
        """The same recording with only the files that overlap `[start, end)` GPS s: less to send to another process."""
        return Source(tuple(self._between(start, end)), self.rates, self.told)

    def read(self, channel: str, start: float, end: float) -> Series:
        """The samples of a channel in `[start, end)` GPS s, float64; NaN where there is none and for infinities.

        The first sample is the one nearest to `start`, so that neighbouring reads neither overlap nor leave one out.
        Raises as `sample_rate`.
        """
        rate = self.sample_rate(channel)
        first = round(start * rate)
        result = Series(np.full(max(0, round(end * rate) - first), np.nan), first / rate, rate, channel)
        lacking, unit, sample = [], "", 1 / rate
        for file in self._between(start, end):
            if np.isnan(result.crop(file.start, file.end).values).any():
                try:
                    for piece in file.reader.pieces(file.path, channel, result.t0 - sample, result.end + sample):
                        unit = unit or piece.unit
                        self._fill(result, piece, file)
                except ChannelNotFoundError:
                    lacking.append(file)
                except NoDataError as problem:
                    self._gap(problem.message)
        for file in lacking:
            if np.isnan(result.crop(file.start, file.end).values).all():
                self._gap(f"{file.path} has no channel {channel}")
        return Series(result.values, result.t0, rate, channel, unit)

    def _fill(self, result: Series, piece: Series, file: DataFile) -> None:
        if not isclose(piece.sample_rate, result.sample_rate, rel_tol=1e-6):
            rates = f"{piece.sample_rate:g} Hz, not {result.sample_rate:g} Hz as elsewhere"
            self._gap(f"{file.path} has {piece.channel} at {rates}")
            return
        offset = floor((piece.t0 - result.t0) * result.sample_rate + 0.5)  # not round: halves always go up
        target = result.values[max(0, offset) : max(0, offset + len(piece))]
        values = piece.values[max(0, -offset) :][: len(target)]
        empty = np.isnan(target)
        if empty.all():  # as a rule; a plain copy is several times faster
            target[:] = values
        else:
            np.copyto(target, values, where=empty)
        infinite = np.isinf(target)
        if infinite.any():
            target[infinite] = np.nan

    @cached_property
    def _longest(self) -> float:
        return max((file.end - file.start for file in self.files), default=0.0)

    def _between(self, start: float, end: float) -> Iterator[DataFile]:
        earliest = bisect_left(self.files, start - self._longest, key=lambda file: file.start)
        for file in self.files[earliest:]:
            if file.start >= end:
                return
            if file.end > start:
                yield file

    def _find_rate(self, channel: str) -> float:
        problems: list[NoDataError] = []
        lacking = 0
        for file in self.files:
            try:
                rate = file.reader.sample_rate(file.path, channel)
            except ChannelNotFoundError:
                lacking += 1
            except NoDataError as problem:
                problems.append(problem)
            else:
                self._gaps(problems)
                return rate
        if not lacking:
            raise self._nothing(problems)
        self._gaps(problems)
        raise ChannelNotFoundError(channel, str(self), self.channels())

    def _nothing(self, problems: Sequence[NoDataError]) -> NoDataError:
        if len(problems) < 2:
            return problems[0] if problems else NoDataError("there is no file to read")
        return NoDataError(f"none of {len(problems)} files can be read; {problems[0].message}")

    def _has(self, file: DataFile, channel: str) -> bool:
        try:
            return file.reader.sample_rate(file.path, channel) > 0
        except NoDataError:
            return False

    def _gaps(self, problems: Iterable[NoDataError]) -> None:
        for problem in problems:
            self._gap(problem.message)

    def _gap(self, reason: str) -> None:
        if reason not in self.told:
            self.told.add(reason)
            _log.warning("%s; its span is treated as a gap", reason)

    def __str__(self) -> str:
        first = self.files[0].path
        return first if len(self.files) == 1 else f"{first} and {len(self.files) - 1} further files"
