"""The triggers of a day by channel and time: counts, rates, the loudest, and the rounds that vetoed them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, nan

import numpy as np

from ... import gpstime
from ...types import Events, Floats, Indices, Segments
from ..hveto.history import measure
from ..hveto.vocabulary import Measure
from .view import DayView

WIDTHS = (
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    14400.0,
    43200.0,
    86400.0,
)
MOST_BINS = 100
SEARCHED = 0.1
"""Of a bin so much must have been searched for it to have a rate."""
ROUNDING = 1e-6
"""Seconds by which the time of one trigger may differ from one file to another."""


@dataclass(frozen=True)
class Loudest:
    """The loudest event of a channel: its row, GPS s, Hz (NaN = not known), and its size in the given measure."""

    row: int
    time: float
    frequency: float
    size: float
    measure: Measure


@dataclass(frozen=True)
class ChannelRow:
    """A channel: its triggers, `livetime` s (NaN = not known), rate per hour (NaN without livetime), the loudest."""

    channel: str
    triggers: int
    livetime: float
    loudest: Loudest | None

    @property
    def rate(self) -> float:
        """Triggers per hour of livetime."""
        return 3600 * self.triggers / self.livetime if self.livetime > 0 else nan


@dataclass(frozen=True)
class Rates:
    """Triggers by channel and time: `edges` (bins + 1,) GPS s, `counts` and `searched` (channels, bins).

    `searched` is the fraction of each bin, 0 to 1; NaN for a channel of which it is not known.
    """

    edges: Floats
    counts: Indices
    searched: Floats

    @property
    def width(self) -> float:
        """Length of a bin, s."""
        return float(self.edges[1] - self.edges[0])


def loudest(events: Events) -> Loudest | None:
    """The loudest of some events; None where none has a size."""
    by = measure(events)
    sizes = by.of(events)
    if not np.isfinite(sizes).any():
        return None
    row = int(np.nanargmax(np.where(np.isfinite(sizes), sizes, np.nan)))
    return Loudest(row, float(events["time"][row]), float(events["frequency"][row]), float(sizes[row]), by)


def channel_rows(view: DayView) -> list[ChannelRow]:
    """Every channel of a day, that with the highest rate first, those of which none is known last."""
    rows = [_row(view, channel) for channel in {*view.events, *view.searched}]
    return sorted(rows, key=lambda row: (-row.rate if row.rate == row.rate else np.inf, row.channel))


def _row(view: DayView, channel: str) -> ChannelRow:
    events = view.events.get(channel, Events.empty())
    livetime = view.searched[channel].livetime if channel in view.searched else nan
    return ChannelRow(channel, len(events), livetime, loudest(events))


def rates(view: DayView, channels: Sequence[str]) -> Rates:
    """The triggers of some channels by time, in bins that begin at a round time of the day, 100 of them at most."""
    edges = _edges(view)
    times = [view.events[channel]["time"] if channel in view.events else np.empty(0) for channel in channels]
    counts = [np.histogram(of[np.isfinite(of)], edges)[0] for of in times]
    searched = [_searched(view.searched.get(channel), edges) for channel in channels]
    shape = len(channels), len(edges) - 1
    return Rates(edges, np.array(counts, np.int64).reshape(shape), np.array(searched, float).reshape(shape))


def _edges(view: DayView) -> Floats:
    start, end = view.span
    width = next((width for width in WIDTHS if end - start <= MOST_BINS * width), (end - start) / MOST_BINS)
    midnight = gpstime.day_start(view.date)
    first, last = floor((start - midnight) / width), ceil((end - midnight) / width)
    return midnight + width * np.arange(first, max(last, first + 1) + 1, dtype=float)


def _searched(segments: Segments | None, edges: Floats) -> Floats:
    if segments is None:
        return np.full(len(edges) - 1, nan)
    bounds = np.array(segments.bounds, float).reshape(-1, 2)
    lengths = np.diff(bounds, axis=1).ravel()
    before = np.column_stack([np.cumsum(lengths) - lengths, np.cumsum(lengths)]).ravel()
    live = np.interp(edges, bounds.ravel(), before) if len(bounds) else np.zeros(len(edges))
    fractions: Floats = np.diff(live) / np.diff(edges)
    return fractions


def vetoed_in(times: Floats, vetoed: Mapping[int, Floats]) -> Indices:
    """The number of the round that vetoed each trigger, shape of `times` (GPS s); 0 where none did."""
    known = np.concatenate([np.empty(0), *vetoed.values()])
    numbers = np.repeat(np.array([*vetoed], np.int64), [len(of) for of in vetoed.values()])
    if not len(known):
        return np.zeros(len(times), np.int64)
    order = np.argsort(known, kind="stable")
    known, numbers = known[order], numbers[order]
    after = np.searchsorted(known, times).clip(0, len(known) - 1)
    before = (after - 1).clip(0)
    nearest = np.where(np.abs(known[before] - times) < np.abs(known[after] - times), before, after)
    found: Indices = np.where(np.abs(known[nearest] - times) < ROUNDING, numbers[nearest], 0)
    return found
