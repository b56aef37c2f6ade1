"""The figures of a hierarchical veto, as axes. Meaning never hangs on colour alone: markers, fills and words differ."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...explain.hveto.result import Grid, HvetoResult, Round
from ...gpstime import show
from ...types import Floats, Mask, Segments
from .. import figures
from ..figures import BLUE, GREY, INK, LINES, ORANGE
from ..numbers import log_ticks, plural
from .history import History
from .tables import Row
from .vocabulary import Measure, Vocabulary
from .words import moment

SHOWN_CHANNELS = 20
_UNITS = ((86400.0 * 4, 86400.0, "days"), (7200.0, 3600.0, "hours"), (120.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))


def time_unit(length: float, words: Vocabulary) -> tuple[float, str]:
    """The unit of an axis of so many s, in s, and its name; rows stay rows."""
    if words.clock == "row":
        return 1.0, "rows"
    _, unit, name = next(item for item in _UNITS if length >= item[0])
    return unit, name


def significance_drop(of: Round, before: Sequence[Row], after: Grid | None, minimum: float, thing: str) -> Any:
    """The best significance of channels (what `thing` names) before and after the veto, the largest first."""
    name = figures.shorten(of.winner.channel, 34)
    others = len(before) - SHOWN_CHANNELS
    bound = (
        f" (and {plural(others, thing)}, at most {before[SHOWN_CHANNELS].cell.significance:.3g} before)"
        if others > 0
        else ""
    )
    x = f"significance{bound}"
    left = 0.05 + 0.0085 * min(34, max(len(row.cell.channel) for row in before))
    ax = figures.axes(f"Round {of.number}: significance before and after the veto of {name}", x, "", left, above=0.2)
    rest = dict(zip(after.channels, (cell.significance for cell in after.best), strict=True)) if after else {}
    top = before[:SHOWN_CHANNELS]
    places = np.arange(len(top))
    start = np.array([row.cell.significance for row in top])
    end = np.array([rest.get(row.cell.channel, np.nan) for row in top])
    ax.hlines(places, end, start, color=LINES, linewidth=3)
    ax.plot(start, places, "o", color=BLUE, label="before")
    ax.plot(end, places, "D", color=ORANGE, markerfacecolor="white", markersize=6, label="after")
    winner = [i for i, row in enumerate(top) if row.cell.channel == of.winner.channel]
    ax.plot(start[winner], winner, "*", color=INK, markersize=15, label="winner")
    ax.axvline(minimum, color=INK, linestyle="--", linewidth=1, label=f"minimum {minimum:g}")
    _significance_axis(ax, float(np.nanmax([*start, *end, minimum])), minimum)
    ax.set_yticks(places, [figures.shown(row.cell.channel, 34) for row in top], fontsize=9)
    ax.set_ylim(max(len(top), 5) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    figures.legend_above(ax)
    return ax


def _significance_axis(ax: Any, highest: float, minimum: float) -> None:
    if highest <= 8 * minimum:
        ax.set_xlim(-0.02 * highest, 1.04 * highest)
        return
    ax.set_xscale("symlog", linthresh=minimum, linscale=0.7)
    ax.set_xlim(-0.1 * minimum, 1.3 * highest)
    ticks = [0.0, *(tick for tick in log_ticks(2 * minimum, highest))]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)


def histogram(of: Round, measure: Measure) -> Any:
    """How many primary events of each size there are before and after the veto."""
    ax = figures.axes(
        f"Round {of.number}: {measure.nouns} before and after the veto", measure.name, f"{measure.nouns} per bin"
    )
    sizes = measure.of(of.primary)
    known = np.isfinite(sizes)
    if known.any():
        edges = figures.size_bins(sizes[known])
        before, _ = np.histogram(sizes[known], edges)
        after, _ = np.histogram(sizes[known & ~of.vetoed], edges)
        kept = int((~of.vetoed).sum())
        ax.stairs(after, edges, fill=True, baseline=0, color=BLUE, alpha=0.55, label=f"after: {kept:,}")
        ax.stairs(before, edges, baseline=0, color=INK, linewidth=1.6, label=f"before: {len(sizes):,}")
        figures.size_axis(ax.xaxis, sizes)
        figures.count_axis(ax.yaxis, float(before.max()))
        ax.legend(loc="upper right")
    else:
        figures.note(ax, f"no {measure.noun} has a known {measure.name}")
    return ax


def size_time(of: Round, seen: History, live: Segments) -> Any:
    """Every primary event of a round by time and size, those that the veto removes marked."""
    vetoed = int(of.vetoed.sum())
    ax = _time_axes(f"Round {of.number}: {vetoed:,} of {len(of.vetoed):,} {seen.measure.nouns} vetoed", seen, live, 0.2)
    times, sizes = of.primary["time"], seen.measure.of(of.primary)
    _points(ax, seen, times, sizes, ~of.vetoed, "o", GREY, "kept")
    _points(ax, seen, times, sizes, of.vetoed, "D", ORANGE, "vetoed")
    figures.size_axis(ax.yaxis, sizes)
    figures.legend_above(ax)
    return ax


def size_time_of_all(result: HvetoResult, seen: History) -> Any:
    """Every primary event by time and size, with a marker for the round that removed it."""
    removed = int((seen.vetoed_in > 0).sum())
    ax = _time_axes(
        f"{removed:,} of {len(seen.events):,} {seen.measure.nouns} vetoed"
        + (f" in {plural(len(result.rounds), 'round')}" if result.rounds else ": there was no round"),
        seen,
        result.live,
        0.2 if len(result.rounds) < 5 else 0.45,
    )
    times, sizes = seen.events["time"], seen.measure.of(seen.events)
    _points(ax, seen, times, sizes, seen.vetoed_in == 0, "o", GREY, "kept")
    for i, of in enumerate(result.rounds[:8]):
        _points(
            ax,
            seen,
            times,
            sizes,
            seen.vetoed_in == of.number,
            figures.MARKERS[i],
            figures.CYCLE[i],
            f"round {of.number}",
        )
    later = [of.number for of in result.rounds[8:]]
    if later:
        _points(ax, seen, times, sizes, np.isin(seen.vetoed_in, later), "x", INK, f"{later[0]}–{later[-1]}")
    figures.size_axis(ax.yaxis, sizes)
    if not len(sizes):
        figures.note(ax, f"no {seen.measure.noun} to explain")
    figures.legend_above(ax)
    return ax


def _time_axes(title: str, seen: History, live: Segments, above: float) -> Any:
    length = seen.end - seen.start
    unit, name = time_unit(length, seen.words)
    since = {"gps": f"{name} from GPS {show(seen.start)}", "row": f"{name} from {moment(seen.start, seen.words)}"}
    label = since.get(seen.words.clock) or f"{name} from {moment(seen.start, seen.words)} UTC"
    ax = figures.axes(title, label, seen.measure.name, above=above)
    room = 0.01 * (length or 1.0)
    ax.set_xlim(-room / unit, (length + room) / unit)
    edges = [seen.start, *(edge for bounds in live for edge in bounds), seen.end]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end > start:
            ax.axvspan((start - seen.start) / unit, (end - seen.start) / unit, facecolor="#f3f4f6", hatch="//",
                       edgecolor=LINES, linewidth=0)  # fmt: skip
    return ax


def _points(
    ax: Any, seen: History, times: Floats, sizes: Floats, rows: Mask, marker: str, colour: str, name: str
) -> None:
    length = seen.end - seen.start
    unit = next(size for least, size, _ in _UNITS if length >= least)
    crowded = len(times) > 3000
    ax.plot((times[rows] - seen.start) / unit, sizes[rows], marker, color=colour, markersize=3 if crowded else 5,
            markeredgewidth=0.4, markeredgecolor=colour if marker == "x" else "white",
            label=f"{name} ({rows.sum():,})")  # fmt: skip


def efficiency_deadtime(of: Round, rows: Sequence[Row], thing: str) -> Any:
    """The best cell of every channel in a round: how much it would veto, for how much time."""
    deadtimes = np.array([row.deadtime for row in rows])
    efficiencies = np.array([row.efficiency for row in rows])
    drawn = (deadtimes > 0) & (efficiencies > 0)
    ax = figures.axes(
        f"Round {of.number}: efficiency and deadtime of {plural(int(drawn.sum()), thing)}",
        "deadtime",
        "efficiency",
        left=0.12,
    )
    _guides(ax, deadtimes[drawn], efficiencies[drawn])
    ax.plot(
        deadtimes[drawn], efficiencies[drawn], "o", color=BLUE, markerfacecolor="none", label=f"best cell of a {thing}"
    )
    if of.deadtime > 0 and of.efficiency > 0:
        name = figures.shown(of.winner.channel, 44)
        ax.plot([of.deadtime], [of.efficiency], "*", color=ORANGE, markersize=16, markeredgecolor=INK,
                label=f"{name}, as vetoed")  # fmt: skip
    ax.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")
    return ax


def _guides(ax: Any, deadtimes: Floats, efficiencies: Floats) -> None:
    """Logarithmic axes in percent, with lines of equal efficiency over deadtime."""
    left, right = figures.decades(deadtimes)
    low, high = figures.decades(efficiencies)
    for axis, bounds in ((ax.xaxis, (left, right)), (ax.yaxis, (low, high))):
        figures.log_axis(axis, *bounds, room=0.03)
        ticks = [10.0**power for power in range(round(np.log10(bounds[0])), round(np.log10(bounds[1])) + 1)]
        axis.set_ticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    for times in (1, 10, 100, 1000, 10_000):
        ax.plot([x0, x1], [times * x0, times * x1], color=GREY, linestyle=":", linewidth=1, scalex=False, scaley=False)
        x = min(x1, y1 / times)
        if x > 3 * x0 and times * x > y0:
            ax.annotate(f"×{times:,}", (x, times * x), xytext=(-4, -4), textcoords="offset points", ha="right",
                        va="top", color=INK, fontsize=9)  # fmt: skip


def efficiency_deadtime_of_all(result: HvetoResult, seen: History) -> Any:
    """Cumulative efficiency against cumulative deadtime, one point per round."""
    ax = figures.axes(
        "Efficiency and deadtime after each round",
        "cumulative deadtime",
        f"cumulative efficiency (of {len(seen.events):,} {seen.measure.nouns})",
    )
    x = np.array([0.0, *result.cumulative_deadtime])
    y = np.array([0.0, *result.cumulative_efficiency])
    if not result.rounds:
        figures.note(ax, "no round: nothing was vetoed")
    ax.plot(100 * x, 100 * y, "o-", color=BLUE, linewidth=1.4)
    ax.set_xlim(0, 108 * float(np.nanmax(x)) or 1)
    ax.set_ylim(0, 112 * float(np.nanmax(y)) or 100)
    ax.yaxis.set_major_formatter(_percent_ticks)
    ax.xaxis.set_major_formatter(_percent_ticks)
    _numbered(ax, 100 * x[1:], 100 * y[1:], [str(of.number) for of in result.rounds])
    return ax


def _percent_ticks(value: float, _: object) -> str:
    return f"{value:g} %"


def _numbered(ax: Any, x: Floats, y: Floats, names: Sequence[str]) -> None:
    """Names beside points, of those that would overlap only the first."""
    taken: list[Floats] = []
    for place, name in zip(ax.transData.transform(np.column_stack([x, y])), names, strict=True):
        if all(np.abs(place - other).max() > 16 for other in taken):
            taken.append(place)
            inverse = ax.transData.inverted().transform(place)
            ax.annotate(name, inverse, xytext=(0, 6), textcoords="offset points", ha="right", color=INK, fontsize=10)
