"""How well a search found what is known to be in the data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Events, Floats, Indices, Mask, Segments
from .intervals import wilson
from .match import Extents, extents, holds_any, nearest_trigger
from .truth import Truth

SNR_EDGES = (0.0, 6.0, 8.0, 12.0, 20.0, 50.0, np.inf)
"""Borders of the SNR bins in which totals are given; each bin includes its lower border."""


@dataclass(frozen=True)
class Unmatched:
    """The triggers of a channel that no row of the truth table explains; `livetime` s in which they were counted."""

    triggers: int
    unmatched: int
    livetime: float

    @property
    def rate(self) -> float:
        """Unmatched triggers per hour; NaN without livetime."""
        return self.unmatched / self.livetime * 3600 if self.livetime > 0 else nan


@dataclass(frozen=True)
class Score:
    """A truth table joined to what a search found.

    `columns` has one value per row of `truth` and says what the trigger search made of it: `searched` (its time lies in
    searched data), `found` (a trigger belongs to it; only where searched and the SNR is not NaN), `trigger_time` GPS s,
    `time_error` s, `trigger_snr`, `snr_ratio`, `trigger_frequency` Hz, `frequency_error` (relative), `trigger_q`: NaN
    where not found; errors are trigger minus injection, the ratio is recovered over injected. A later stage adds its
    own columns to the mapping. `unmatched` is by channel, in order of name.
    """

    truth: Truth
    columns: Mapping[str, NDArray[Any]]
    unmatched: Mapping[str, Unmatched]
    window: float


def score(truth: Truth, triggers: Mapping[str, Events], searched: Mapping[str, Segments], window: float = 0.1) -> Score:
    """Join each row of a truth table to the trigger that it caused.

    A trigger belongs to a row of its channel where `[tstart - window, tend + window]` (s; the peak alone where these
    are NaN) holds the row's time; of several the one whose peak is nearest. Two rows may share a trigger. A trigger
    whose interval holds no row of its channel is unmatched; rows with an SNR of NaN are not in the channel and
    explain nothing. A channel without triggers or segments may be absent.
    """
    columns = _nothing(len(truth))
    unmatched = {}
    for channel in sorted({*truth.channel.tolist(), *triggers, *searched}):
        events, live = triggers.get(channel, Events.empty()), searched.get(channel, Segments())
        around, rows = extents(events, window), np.flatnonzero(truth.channel == channel)
        present = rows[~np.isnan(truth.snr[rows])]
        columns["searched"][rows] = live.contains(truth.gps[rows])
        _join(columns, truth, present[columns["searched"][present]], events, around)
        unmatched[channel] = _count_unmatched(truth.gps[present], events, around, live)
    return Score(truth, columns, unmatched, window)


def _nothing(rows: int) -> dict[str, NDArray[Any]]:
    flags = {name: np.zeros(rows, bool) for name in ("searched", "found")}
    numbers = (*_TAKEN.values(), "time_error", "snr_ratio", "frequency_error")
    return flags | {name: np.full(rows, np.nan) for name in numbers}


_TAKEN = {"time": "trigger_time", "snr": "trigger_snr", "frequency": "trigger_frequency", "q": "trigger_q"}
"""Columns of the trigger that go into the score, and their names there."""


def _join(columns: dict[str, NDArray[Any]], truth: Truth, rows: Indices, events: Events, around: Extents) -> None:
    chosen = nearest_trigger(truth.gps[rows], around, events["snr"])
    rows, chosen = rows[chosen >= 0], chosen[chosen >= 0]
    columns["found"][rows] = True
    for name, ours in _TAKEN.items():
        columns[ours][rows] = events[name][chosen]
    columns["time_error"][rows] = events["time"][chosen] - truth.gps[rows]
    columns["snr_ratio"][rows] = _divide(events["snr"][chosen], truth.snr[rows])
    columns["frequency_error"][rows] = _divide(events["frequency"][chosen], truth.frequency[rows]) - 1


def _divide(above: Floats, below: Floats) -> Floats:
    """The ratio; NaN where the divisor is NaN or 0."""
    result = np.full(len(above), np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result


def _count_unmatched(times: Floats, events: Events, around: Extents, live: Segments) -> Unmatched:
    counted = live.contains(events["time"])
    lonely = counted & ~holds_any(times, around)
    return Unmatched(int(counted.sum()), int(lonely.sum()), live.livetime)


def totals(of: Score) -> dict[str, Any]:
    """The score in numbers, JSON-like: all rows, and by family, channel and SNR bin; NaN where there is nothing to say.

    An entry has `expected` (searched, SNR not NaN) and `found` rows, their `fraction` with its Wilson 95 % `interval`,
    median and 5th and 95th percentile of `snr_ratio`, medians of the absolute `time_error` (s) and of the absolute
    relative `frequency_error`. A channel's entry has its unmatched triggers too.
    """
    truth = of.truth
    return {
        "window": of.window,
        "all": _entry(of, np.ones(len(truth), bool)),
        "family": {name: _entry(of, rows) for name, rows in _by(truth.family)},
        "channel": {
            name: _entry(of, truth.channel == name) | _unmatched_entry(counts) for name, counts in of.unmatched.items()
        },
        "snr": {name: _entry(of, rows) for name, rows in snr_bins(truth.snr, SNR_EDGES).items()},
    }


def snr_bins(snr: Floats, edges: Iterable[float]) -> dict[str, Mask]:
    """Which of the SNRs lie between neighbouring edges, the lower one included, by name of the bin (`6-8`, `50+`)."""
    return {
        f"{low:g}-{high:g}" if high < np.inf else f"{low:g}+": (snr >= low) & (snr < high)
        for low, high in pairwise(edges)
    }


def _by(labels: NDArray[np.str_]) -> Iterable[tuple[str, Mask]]:
    return ((str(name), labels == name) for name in np.unique(labels))


def _entry(of: Score, rows: Mask) -> dict[str, Any]:
    columns = of.columns
    expected = int((rows & columns["searched"] & ~np.isnan(of.truth.snr)).sum())
    rows = rows & columns["found"]
    found = int(rows.sum())
    return {
        "expected": expected,
        "found": found,
        "fraction": found / expected if expected else nan,
        "interval": list(wilson(found, expected)),
        "snr_ratio": {f"p{p}": _percentile(columns["snr_ratio"][rows], p) for p in (5, 50, 95)},
        "time_error": _percentile(np.abs(columns["time_error"][rows]), 50),
        "frequency_error": _percentile(np.abs(columns["frequency_error"][rows]), 50),
    }


def _unmatched_entry(of: Unmatched) -> dict[str, Any]:
    return {
        "triggers": of.triggers,
        "unmatched": of.unmatched,
        "livetime": of.livetime,
        "unmatched_per_hour": of.rate,
    }


def _percentile(values: Floats, percent: float) -> float:
    values = values[np.isfinite(values)]
    return float(np.percentile(values, percent)) if len(values) else nan
