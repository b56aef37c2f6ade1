"""The vocabulary of the whole program: Series, Segments, Events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Complexes = NDArray[np.complex64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

NONE_OF_THESE = "none_of_these"
"""The class of glitches that belong to no other."""
UNKNOWN = "unknown"
"""The flag of a class that should not be believed."""


@dataclass(frozen=True)
class Series:
    """Equally spaced samples of one channel.

    `values` has shape (samples,), NaN = no measurement; `t0` GPS s of the first sample; `sample_rate` Hz.
    """

    values: NDArray[Any]
    t0: float
    sample_rate: float
    channel: str = ""
    unit: str = ""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def duration(self) -> float:
        """Length in s."""
        return len(self.values) / self.sample_rate

    @property
    def end(self) -> float:
        """GPS s just after the last sample."""
        return self.t0 + self.duration

    def crop(self, start: float, end: float) -> Self:
        """The samples in `[start, end)` GPS s, a view; bounds outside the series are cut to it."""
        first = max(0, round((start - self.t0) * self.sample_rate))
        last = max(first, min(len(self.values), round((end - self.t0) * self.sample_rate)))
        return type(self)(
            self.values[first:last], self.t0 + first / self.sample_rate, self.sample_rate, self.channel, self.unit
        )

    def to_gwpy(self) -> Any:
        """The same samples as a `gwpy.timeseries.TimeSeries`; needs the extra `gw`."""
        from gwpy.timeseries import TimeSeries

        return TimeSeries(
            self.values,
            t0=self.t0,
            sample_rate=self.sample_rate,
            channel=self.channel or None,
            name=self.channel or None,
            unit=self.unit or None,
        )


@dataclass(frozen=True)
class Table:
    """Rows of many sensors, in the order of their file: all of it, or one block of it.

    `values` has shape (rows, sensors), NaN = no measurement; `sensors` are their names. `times` has shape (rows,), NaN
    = not known: GPS s where `clock` is "utc", the file's own numbers where it is "number", numbers of rows where it is
    "row". `words` has the columns of text by name (groups, units, labels), each an object array of str of shape
    (rows,), "" = nothing stated. `first` is the number of the first row in the file, from 0.
    """

    values: Floats
    sensors: tuple[str, ...]
    times: Floats
    clock: str = "row"
    words: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    first: int = 0

    def __post_init__(self) -> None:
        lengths = {len(self.values), len(self.times), *map(len, self.words.values())}
        if self.values.ndim != 2 or len(lengths) > 1 or self.values.shape[1] != len(self.sensors):
            raise ValueError(f"not a table: values {self.values.shape}, {len(self.sensors)} sensors, lengths {lengths}")

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Any) -> Self:
        """The rows chosen by a mask, an index array or a slice; `first` stays what it was."""
        words = {name: column[rows] for name, column in self.words.items()}
        return replace(self, values=self.values[rows], times=self.times[rows], words=words)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """All rows of all parts, in that order. Expects at least one part, and equal columns in all of them."""
        start = parts[0]
        words = {name: np.concatenate([part.words[name] for part in parts]) for name in start.words}
        values = np.concatenate([part.values for part in parts])
        return replace(start, values=values, times=np.concatenate([part.times for part in parts]), words=words)


@dataclass(frozen=True)
class Segments:
    """Half-open `[start, end)` GPS intervals, sorted, disjoint, none empty.

    Build with `Segments.of`, which sorts, joins what touches and drops what is empty.
    """

    bounds: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, intervals: Iterable[tuple[float, float]]) -> Self:
        """The union of intervals in any order."""
        joined: list[tuple[float, float]] = []
        for start, end in sorted((float(a), float(b)) for a, b in intervals if b > a):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        return cls(tuple(joined))

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return iter(self.bounds)

    def __len__(self) -> int:
        return len(self.bounds)

    def __or__(self, other: Self) -> Self:
        return self.of([*self.bounds, *other.bounds])

    def __and__(self, other: Self) -> Self:
        common = []
        i = j = 0
        while i < len(self) and j < len(other):
            (a, b), (c, d) = self.bounds[i], other.bounds[j]
            if max(a, c) < min(b, d):
                common.append((max(a, c), min(b, d)))
            i, j = (i + 1, j) if b < d else (i, j + 1)  # the one that ends first meets nothing further
        return type(self)(tuple(common))

    def __sub__(self, other: Self) -> Self:
        edges = (-inf, *(edge for bounds in other.bounds for edge in bounds), inf)
        outside = zip(edges[::2], edges[1::2], strict=True)
        return self & type(self)(tuple(outside))

    @property
    def livetime(self) -> float:
        """Total length in s."""
        return sum(end - start for start, end in self.bounds)

    def contains(self, times: Floats) -> Mask:
        """Which of the times (GPS s) lie inside, shape as given."""
        edges = np.array(self.bounds, dtype=float).reshape(-1)
        inside: Mask = np.searchsorted(edges, times, side="right") % 2 == 1
        return inside


NUMBER_COLUMNS = (
    "time", "tstart", "tend", "frequency", "fstart", "fend", "snr", "q", "amplitude", "phase", "score",
)  # fmt: skip
TEXT_COLUMNS = ("channel", "kind", "group")
TRIGGER_COLUMNS = ("time", "tstart", "tend", "frequency", "fstart", "fend", "snr", "q", "amplitude", "phase")
"""What a trigger search fills, in the order of files: GPS s, Hz, SNR and Q without unit, channel unit/sqrt(Hz), rad."""


@dataclass(frozen=True)
class Events:
    """A table of events: the same columns for every detector.

    Numbers are float64, missing is NaN, never 0; text is str, missing is "". Columns that a detector does not fill
    are absent and read as missing. Every column has the same length.
    """

    columns: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        unknown = set(self.columns) - {*NUMBER_COLUMNS, *TEXT_COLUMNS}
        lengths = {len(column) for column in self.columns.values()}
        if unknown or len(lengths) > 1 or "time" not in self.columns:
            raise ValueError(f"not an event table: unknown columns {sorted(unknown)}, lengths {sorted(lengths)}")

    @classmethod
    def empty(cls) -> Self:
        """No event, every trigger column."""
        return cls({name: np.empty(0) for name in TRIGGER_COLUMNS})

    @classmethod
    def concatenate(cls, parts: Iterable[Self]) -> Self:
        """All rows of all parts, in that order; columns are the union, missing where a part lacks them."""
        tables = [part for part in parts if len(part)]
        if not tables:
            return cls.empty()
        names = [name for name in (*NUMBER_COLUMNS, *TEXT_COLUMNS) if any(name in t.columns for t in tables)]
        return cls({name: np.concatenate([t[name] for t in tables]) for name in names})

    def __len__(self) -> int:
        return len(self.columns["time"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name in self.columns:
            return self.columns[name]
        if name in TEXT_COLUMNS:
            return np.full(len(self), "", dtype=np.str_)
        if name in NUMBER_COLUMNS:
            return np.full(len(self), np.nan)
        raise KeyError(name)

    def take(self, rows: Any) -> Self:
        """The rows chosen by a mask, an index array or a slice."""
        return type(self)({name: column[rows] for name, column in self.columns.items()})

    def sorted_by_time(self) -> Self:
        """The same rows in order of peak time; ties keep their order."""
        return self.take(np.argsort(self["time"], kind="stable"))

    def to_pandas(self) -> Any:
        """The same table as a `pandas.DataFrame`."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns))
