"""Tiles close in time become one event; events of neighbouring stretches of data are joined as if never parted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..decompose.qtransform import Hits, tile_times
from ..decompose.tiling import Tiling
from ..types import Events, Floats, Indices


@dataclass(frozen=True)
class Clusters:
    """Groups of tiles; arrays of shape (clusters,), in order of time.

    `peak` is the index of the loudest tile among the hits; `tstart`, `tend` s after the start of the data;
    `fstart`, `fend` Hz.
    """

    peak: Indices
    tstart: Floats
    tend: Floats
    fstart: Floats
    fend: Floats

    def __len__(self) -> int:
        return len(self.peak)


def tile_extent(tiling: Tiling, hits: Hits) -> tuple[Floats, Floats]:
    """Start and end in time of each tile, s after the start of the data; consecutive tiles of a row touch."""
    times, halves = tile_times(tiling, hits), tiling.duration / tiling.tiles[hits.row] / 2
    return times - halves, times + halves


def cluster(tiling: Tiling, hits: Hits, gap: float) -> Clusters:
    """Tiles that follow each other by less than `gap` s, end to start, form one cluster; gap 0: each tile its own.

    The loudest tile is the peak; between equals the earliest, then the one of the lowest row.
    """
    start, end = tile_extent(tiling, hits)
    order = np.lexsort((hits.row, start))
    start, end, energy, row = start[order], end[order], hits.energy[order], hits.row[order]
    reach = np.maximum.accumulate(end) if len(end) else end
    new = np.ones(len(order), bool)
    if gap > 0:
        new[1:] = start[1:] - reach[:-1] >= gap
    first = np.flatnonzero(new)
    if len(first) == 0:
        nothing = np.empty(0)
        return Clusters(np.empty(0, np.int64), nothing, nothing, nothing, nothing)
    label = np.cumsum(new) - 1
    loudest = np.lexsort((np.arange(len(order)), -energy, label))[first]
    edge = np.exp(tiling.spacing / 2)
    low, high = (tiling.frequency / edge)[row], (tiling.frequency * edge)[row]
    return Clusters(
        order[loudest],
        start[first],
        np.maximum.reduceat(end, first),
        np.minimum.reduceat(low, first),
        np.maximum.reduceat(high, first),
    )


@dataclass(frozen=True)
class Part:
    """Events found in `[start, end)` GPS s, clustered, in order of time; `truncated` where the loudest were kept."""

    start: float
    end: float
    events: Events
    truncated: bool = False


def combine(parts: Sequence[Part]) -> Part:
    """Consecutive parts as one. Expects at least one part."""
    events = Events.concatenate(part.events for part in parts)
    return Part(parts[0].start, parts[-1].end, events, any(part.truncated for part in parts))


def stitch(parts: Iterable[Part], gap: float) -> Iterator[Part]:
    """The same parts, with clusters that meet across a border made one, which goes to the part its peak lies in.

    Parts come in order of time; those that do not touch are not joined. A part is passed on as soon as nothing that
    may follow can change it. With gap 0 nothing is joined.
    """
    waiting: list[Part] = []
    for part in parts:
        if gap <= 0 or (waiting and waiting[-1].end != part.start):
            yield from waiting
            waiting = []
        waiting = _join(waiting, part, gap)
        open_from = _open_since(waiting)
        yield from waiting[:open_from]
        waiting = waiting[open_from:]
    yield from waiting


def _join(waiting: list[Part], part: Part, gap: float) -> list[Part]:
    """Waiting parts and the next one; its first cluster is merged with their last where these are close."""
    last = next((i for i in reversed(range(len(waiting))) if len(waiting[i].events)), None)
    if last is None or len(part.events) == 0 or gap <= 0:
        return [*waiting, part]
    before, after = waiting[last].events, part.events
    merged, taken = before.take(slice(-1, None)), 0
    while taken < len(after) and after["tstart"][taken] - merged["tend"][0] < gap:
        merged = _merge(merged, after.take(slice(taken, taken + 1)))
        taken += 1
    if taken == 0:
        return [*waiting, part]
    tables = [one.events for one in waiting] + [after.take(slice(taken, None))]
    tables[last] = before.take(slice(0, -1))
    parts = [*waiting, part]
    home = next((i for i in range(last, len(parts)) if merged["time"][0] < parts[i].end), len(parts) - 1)
    # within the new part the merged cluster comes first, within a waiting one last
    both = [merged, tables[home]] if home == len(parts) - 1 else [tables[home], merged]
    tables[home] = Events.concatenate(both)
    return [replace(one, events=table) for one, table in zip(parts, tables, strict=True)]


def _open_since(waiting: list[Part]) -> int:
    """Index of the first part that a later one may still change: the one that holds the last cluster."""
    return next((i for i in reversed(range(len(waiting))) if len(waiting[i].events)), max(0, len(waiting) - 1))


def _merge(one: Events, two: Events) -> Events:
    both = Events.concatenate([one, two])
    loudest = both.take(slice(0, 1) if both["snr"][0] >= both["snr"][1] else slice(1, 2))
    spans = {name: np.array([both[name].min()]) for name in ("tstart", "fstart")}
    spans |= {name: np.array([both[name].max()]) for name in ("tend", "fend")}
    return Events({**loudest.columns, **spans})
