"""How a stretch of data is cut: into segments that are transformed, groups that share a spectrum, chunks that are jobs.

The cuts depend on the stretch alone, never on how the work is shared out, so that the triggers do not either.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log2

from .settings import SearchSettings


@dataclass(frozen=True)
class Group:
    """Segments that are whitened by one spectrum. GPS s.

    `starts` are the segments' starts, `duration` s their length; `cores` the part of each from which triggers are
    taken: together they cover `[start, end)` once.
    """

    starts: tuple[float, ...]
    duration: float
    overlap: float
    cores: tuple[tuple[float, float], ...]

    @property
    def data(self) -> tuple[float, float]:
        """The data it needs."""
        return self.starts[0], self.starts[-1] + self.duration

    @property
    def start(self) -> float:
        """Where its triggers begin."""
        return self.cores[0][0]

    @property
    def end(self) -> float:
        """Where its triggers end (exclusive)."""
        return self.cores[-1][1]


def groups(start: float, end: float, settings: SearchSettings) -> list[Group]:
    """The groups of a stretch `[start, end)` GPS s without gaps; none where it is shorter than 4 s.

    A stretch shorter than a segment gets segments of the longest power of two that fits, and at most a quarter of that
    as overlap. Half the overlap at both ends of the stretch is not searched.
    """
    length = end - start
    if length < 4:
        return []
    duration = min(settings.segment, 2.0 ** floor(log2(length)))
    overlap = min(settings.overlap, duration / 4) if duration < settings.segment else settings.overlap
    stride = duration - overlap
    count = max(1, ceil((length - overlap) / stride - 1e-9))
    starts = [start + i * stride for i in range(count - 1)] + [end - duration]
    edges = [start + overlap / 2 + i * stride for i in range(count)] + [end - overlap / 2]
    number = max(1, round(count * stride / settings.psd_length))
    cuts = [round(i * count / number) for i in range(number + 1)]
    return [
        Group(tuple(starts[a:b]), duration, overlap, tuple(zip(edges[a:b], edges[a + 1 : b + 1], strict=True)))
        for a, b in pairwise(cuts)
        if b > a
    ]


def chunks(stretch: list[Group], settings: SearchSettings) -> Iterator[list[Group]]:
    """Consecutive groups that one job searches and one file holds."""
    per_chunk = max(1, round(settings.chunk / settings.psd_length))
    for i in range(0, len(stretch), per_chunk):
        yield stretch[i : i + per_chunk]
