"""The numbers of a hierarchical veto as text files.

`vetoed.txt`, `winner.txt` and `segments.txt` have the columns of hveto 2.1.9 (blank or tab separated); tables of
channels and of the grid are CSV.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from math import nan
from typing import Any

import numpy as np

from ...explain.hveto.result import Cell, Grid, HvetoResult, Round, Safety, ratio
from ...types import Events, Segments
from .vocabulary import Measure


@dataclass(frozen=True)
class Row:
    """A channel's best cell in a round, with what its veto would do: `used` of its events, of `primaries`, in `live` s.

    Fractions are 0 to 1, use is in percent; NaN where there is nothing to divide by. `used` is None where it was not
    counted.
    """

    cell: Cell
    used: int | None
    primaries: int
    live: float

    @property
    def use_percentage(self) -> float:
        """Used over all auxiliary events at or above the threshold, in percent."""
        return nan if self.used is None else 100 * ratio(self.used, self.cell.auxiliary)

    @property
    def efficiency(self) -> float:
        """Coincident over all primary events."""
        return ratio(self.cell.coincidences, self.primaries)

    @property
    def deadtime(self) -> float:
        """Live time within the windows over all live time."""
        return ratio(self.cell.covered, self.live)

    @property
    def efficiency_over_deadtime(self) -> float:
        """How much better than chance its windows are at hitting primary events."""
        return ratio(self.efficiency, self.deadtime)


def rows_of(grid: Grid | None, primaries: int, live: float) -> list[Row]:
    """The best cell of each channel of a grid, the most significant first; none where there is no grid."""
    if grid is None:
        return []
    counted = grid.used.tolist() if len(grid.used) else [None] * len(grid.channels)
    rows = [Row(cell, used, primaries, live) for cell, used in zip(grid.best, counted, strict=True)]
    return sorted(rows, key=lambda row: -row.cell.significance)


def rows_of_round(of: Round) -> list[Row]:
    """The best cell of each channel in a round; of the winner alone where the engine tells no more."""
    live = of.live.livetime
    only = Row(of.winner, int(of.used.sum()), len(of.primary), live)
    return [only] if of.grid is None else rows_of(of.grid, len(of.primary), live)


def grids_after(result: HvetoResult) -> list[Grid | None]:
    """For each round the grid of what its veto left."""
    return [*(of.grid for of in result.rounds), result.final][1:]


def events_text(events: Events, measure: Measure, channel: str) -> str:
    """A table of events as hveto writes it: a header, then `time frequency snr channel` in full precision."""
    names = (str(name) or channel for name in events["channel"].tolist())
    columns = (events["time"].tolist(), events["frequency"].tolist(), measure.of(events).tolist(), names)
    lines = (
        f"{time!r} {frequency!r} {size!r} {word(name)}" for time, frequency, size, name in zip(*columns, strict=True)
    )
    return "\n".join([f"time frequency {measure.column} channel", *lines, ""])


def word(name: str) -> str:
    """A name as one word of a table separated by blanks: quoted where it would not be one, control characters gone."""
    plain = "".join(c if c.isprintable() else " " for c in name)
    return plain if plain and not set(plain) & set(' "#') else '"' + plain.replace('"', '""') + '"'


def segments_text(segments: Segments) -> str:
    """Veto segments as hveto writes them: number, start, stop (GPS s), duration (s), separated by tabs."""
    lines = (f"{i}\t{start:.9f}\t{end:.9f}\t{end - start:.9f}" for i, (start, end) in enumerate(segments))
    return "\n".join(["# seg\tstart\tstop\tduration", *lines, ""])


CHANNEL_COLUMNS = (
    "channel", "snr", "window", "significance", "coincidences", "primaries", "expected", "used", "auxiliary",
    "use_percentage", "efficiency", "covered", "live", "deadtime", "efficiency_over_deadtime",
)  # fmt: skip


def channels_csv(rows: Sequence[Row]) -> str:
    """One line per channel: its best cell, then the numbers of `Row`; empty where there is none."""
    return csv_text(CHANNEL_COLUMNS, (_channel_fields(row) for row in rows))


def _channel_fields(row: Row) -> list[Any]:
    known = {**vars(row.cell), "primaries": row.primaries, "used": row.used, "live": row.live}
    return [known[name] if name in known else getattr(row, name) for name in CHANNEL_COLUMNS]


def safety_csv(safety: Sequence[Safety]) -> str:
    """One line per channel: whether it follows injections, how probable that is by chance, and its best cell."""
    rows = ((one.best.channel, one.unsafe, one.probability, *list(vars(one.best).values())[1:]) for one in safety)
    return csv_text(("channel", "unsafe", "probability", *[field.name for field in fields(Cell)][1:]), rows)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV, floats in full precision; NaN is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([("" if value is None or value != value else value) for value in row] for row in rows)
    return text.getvalue()


def grid_csv(grid: Grid) -> str:
    """Every cell of every channel, one line each, in order of channels, thresholds and windows."""
    shape = grid.significance.shape
    names = [csv_text([name], []).rstrip("\n") for name in grid.channels]
    thresholds, windows = grid.thresholds.tolist(), grid.windows.tolist()
    auxiliary = np.broadcast_to(grid.auxiliary[:, :, None], shape).ravel().tolist()
    cells = (f"{name},{snr!r},{window!r}" for name in names for snr in thresholds for window in windows)
    columns = (grid.significance, grid.coincidences, grid.expected, grid.covered)
    values = zip(cells, *(column.ravel().tolist() for column in columns), auxiliary, strict=True)
    lines = [f"{cell},{sig!r},{n},{mu!r},{covered!r},{aux}" for cell, sig, n, mu, covered, aux in values]
    return "\n".join(["channel,snr,window,significance,coincidences,expected,covered,auxiliary", *lines, ""])
