"""The figures of coherence: overall, at glitches, both, and what channels contribute to the main one.

Frequencies are logarithmic, so that many share a column of pixels at the upper end of an axis. A curve is their mean
there, as what chance makes of a mean can be told, and a lighter band goes from the least to the largest of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from ...explain.coherence.chance import BandChance
from ...explain.coherence.glitch import GlitchCoherence
from ...explain.coherence.overall import Overall
from ...types import Floats, Indices, Mask
from .. import figures
from ..figures import BLUE, CYCLE, GREEN, GREY, INK, MARKERS, ORANGE
from ..numbers import percent, plural
from .words import chance

CONTRIBUTING = 6
"""So many channels are drawn over the spectrum of the main one."""
COLUMNS = 390
"""Columns of an axis of frequencies: two pixels each."""
ROOM_FOR_P = 36
"""Columns that a p-value needs."""
_HERTZ = "frequency (Hz)"
_LEFT, _TWO_ROWS = 0.1, 0.45
"""Where axes begin (0 to 1 of the width), and what two rows of a legend above them need, inches."""
_CHANCE: dict[str, Any] = {"facecolor": "#eceff2", "edgecolor": "#c3cad2", "hatch": "////", "zorder": 0.5}
"""How what chance makes is filled; hatched, as it would look like an interval in print."""


@dataclass(frozen=True)
class Columns:
    """Rising frequencies as columns of a logarithmic axis: each its own, or several together where they are dense.

    `starts` is where each column begins among the frequencies; `edges` are their borders, one more than columns, Hz.
    `dense`: some hold several.
    """

    starts: Indices
    edges: Floats
    dense: bool

    @classmethod
    def of(cls, frequencies: Floats) -> Self:
        """The columns of positive frequencies, at least one, at equal distances: each begins half of that before it."""
        middles = (frequencies[1:] + frequencies[:-1]) / 2
        if len(middles):
            half = middles[0] - frequencies[0]
            borders = np.array([frequencies[0] - half, *middles, frequencies[-1] + half])
        else:
            borders = frequencies[0] * np.array([1 / 1.05, 1.05])
        across = np.log(frequencies / borders[0]) / np.log(borders[-1] / borders[0])
        starts = np.flatnonzero(np.diff(np.floor(COLUMNS * across), prepend=-1))
        return cls(starts, borders[[*starts, len(frequencies)]], len(starts) < len(frequencies))

    def mean(self, values: Floats) -> Floats:
        """The mean of what is finite in each column; NaN where nothing is."""
        known = np.isfinite(values)
        sums = np.add.reduceat(np.where(known, values, 0.0), self.starts)
        with np.errstate(invalid="ignore"):
            return np.asarray(sums / np.add.reduceat(known.astype(float), self.starts))

    def least(self, values: Floats) -> Floats:
        """The least value of each column; NaN where nothing is known."""
        return np.asarray(np.fmin.reduceat(values, self.starts))

    def largest(self, values: Floats) -> Floats:
        """The largest value of each column; NaN where nothing is known."""
        return np.asarray(np.fmax.reduceat(values, self.starts))


def overall(of: Overall, main: str, save: figures.Save, path: Path) -> None:
    """Draw the overall coherence of a channel with the main one, and what chance makes of it."""
    ax = figures.axes(of.channel, _HERTZ, _with(main), _LEFT, _TWO_ROWS, height=5.6)
    _frequency_axis(ax, of.frequencies)
    _overall(ax, of)
    save(ax, path)


def glitch(
    channel: str, main: str, of: GlitchCoherence, quiet: GlitchCoherence | None, save: figures.Save, path: Path
) -> None:
    """Draw the coherence of a channel with the main one at glitches, and what chance and quiet times make of it."""
    title = f"{figures.shorten(channel, 56)} at {_glitches(of)}"
    ax = figures.axes(title, _HERTZ, _with(main), _LEFT, _TWO_ROWS, height=5.6)
    _frequency_axis(ax, of.frequencies)
    _at_glitches(ax, of, quiet)
    save(ax, path)


def both(of: Overall, at_glitches: GlitchCoherence, main: str, save: figures.Save, path: Path) -> None:
    """Draw the overall coherence of a channel above that at glitches, on one axis of frequencies."""
    title = f"{figures.shorten(of.channel, 34)} and {figures.shorten(main, 34)}"
    lower = figures.axes(title, _HERTZ, f"coherence at {_glitches(at_glitches)}", _LEFT, _TWO_ROWS, height=7.4)
    box = lower.get_position()
    lower.set_position((box.x0, box.y0, box.width, 0.46 * box.height))
    upper = lower.figure.add_axes((box.x0, box.y1 - 0.41 * box.height, box.width, 0.41 * box.height))
    upper.set_ylabel("coherence overall")
    for ax in (upper, lower):
        _frequency_axis(ax, np.concatenate([of.frequencies, at_glitches.frequencies]))
    upper.tick_params(labelbottom=False)
    _overall(upper, of)
    _at_glitches(lower, at_glitches, None)
    lower.figure.align_ylabels([upper, lower])
    save(lower, path)


def contributions(found: Sequence[Overall], main: str, save: figures.Save, path: Path) -> None:
    """Draw the spectrum of the main channel, and what those channels (at least one) that stand out explain of it.

    Of more than six the rarest by chance are drawn, of those equally rare the most coherent.
    """
    telling = sorted((one for one in found if one.significant.any()), key=_rarity)
    drawn, others = telling[:CONTRIBUTING], len(telling) - CONTRIBUTING
    above = 0.23 * (len(drawn) // 2 + 1)
    title = f"What other channels explain of {figures.shorten(main, 44)}"
    ax = figures.axes(title, _HERTZ, "amplitude density (its unit/√Hz)", _LEFT, above, height=5.2 + above)
    widest = max(found, key=lambda one: int(np.isfinite(one.main).sum()))
    _frequency_axis(ax, widest.frequencies)
    _spectrum(ax, widest, main)
    for one, colour, marker in zip(drawn, CYCLE, MARKERS, strict=False):
        ax.plot(one.frequencies, np.where(one.significant, one.projected, np.nan), marker=marker, color=colour,
                linewidth=0.8, markersize=4.5, markeredgewidth=0, label=figures.shown(one.channel, 34))  # fmt: skip
    if others > 0:
        _said(ax, f"and {plural(others, 'channel')} more")
    elif not drawn and np.isfinite(widest.main).any():
        _said(ax, f"no channel is coherent with it ({sum(one.is_known for one in found):,} looked at)")
    _density_axis(ax, np.concatenate([widest.main, *(one.projected[one.significant] for one in drawn)]))
    figures.legend_above(ax, 2)
    save(ax, path)


def _rarity(of: Overall) -> tuple[float, float, str]:
    return of.smallest, -float(of.coherence[of.significant].max()), of.channel


def _spectrum(ax: Any, of: Overall, name: str) -> None:
    """An amplitude density with its lines in full."""
    columns = Columns.of(of.frequencies)
    _band(ax, columns, columns.least(of.main), columns.largest(of.main), color=INK)
    _line(ax, columns, of.main, color=INK, linewidth=1.2, label=figures.shown(name, 34))


def _density_axis(ax: Any, values: Floats) -> None:
    values = values[(values > 0) & np.isfinite(values)]
    if len(values):
        figures.log_axis(ax.yaxis, float(values.min()), float(values.max()))
    else:
        figures.note(ax, "not known: the main channel is silent, or every other one is")


def _overall(ax: Any, of: Overall) -> None:
    columns = Columns.of(of.frequencies)
    _curve(ax, columns, of.coherence, "coherence")
    _marked(ax, of.frequencies, of.coherence, of.significant)
    _line(ax, columns, of.null, color=INK, linestyle="--", linewidth=1, label="mean by chance")
    odds = f"chance, false-alarm probability {percent(of.false_alarm)} in {of.trials:,} trials"
    _band(ax, columns, columns.mean(of.null), columns.mean(of.threshold), label=odds, **_CHANCE)
    known = of.null[np.isfinite(of.null)]
    figures.log_axis(ax.yaxis, float(known.min()) / 2 if len(known) else 1e-4, 1.0, room=0.08)
    if of.significant.any():
        _named(ax, of)
    _unknown(ax, of.coherence)
    figures.legend_above(ax, 3)


def _named(ax: Any, of: Overall) -> None:
    """The frequency of what is rarest by chance, of what is equally rare the largest."""
    best = int(np.lexsort((-of.coherence, of.p, ~of.significant))[0])
    place = of.frequencies[best], of.coherence[best]
    across = ax.transAxes.inverted().transform(ax.transData.transform(place))[0]
    ax.annotate(f"{place[0]:.6g} Hz", place, xytext=(0, 6), textcoords="offset points", color=INK, fontsize=10,
                ha="left" if across < 0.05 else "right" if across > 0.95 else "center")  # fmt: skip


def _at_glitches(ax: Any, of: GlitchCoherence, quiet: GlitchCoherence | None) -> None:
    columns = Columns.of(of.frequencies)
    _curve(ax, columns, of.values, "coherence")
    if np.isfinite(of.low).any():
        low, high = (of.null + (1 - of.null) * end for end in (of.low, of.high))  # as biased as the line
        _band(ax, columns, columns.mean(low), columns.mean(high), color=BLUE, alpha=0.2, label="95 % interval")
    _marked(ax, of.frequencies, of.values, of.significant)
    ax.set_ylim(0, 1.03)
    _bars(ax, [band for band in of.bands if band.corrected <= of.false_alarm])
    if quiet is not None:
        _line(ax, Columns.of(quiet.frequencies), quiet.values, color=GREY, linewidth=1, label="at quiet times")
    _line(ax, columns, of.null, color=INK, linestyle="--", linewidth=1, label="mean by chance")
    _band(ax, columns, np.zeros(len(columns.starts)), columns.mean(of.usual), label="95 % of chance", **_CHANCE)
    _line(ax, columns, of.threshold, color=INK, linestyle=":", linewidth=1.3,
          label=f"threshold ({percent(of.false_alarm)})")  # fmt: skip
    _unknown(ax, of.values)
    figures.legend_above(ax)


def _bars(ax: Any, bands: Sequence[BandChance]) -> None:
    """Bands that stand out, above the curves, each with how likely it is by chance if there is room."""
    left, right = ax.get_xlim()
    for place, one in enumerate(bands):
        low, high = max(one.band[0], left), min(one.band[1], right)
        ax.broken_barh([(low, high - low)], (1.03, 0.04), facecolor=GREEN, edgecolor="white", linewidth=1,
                       label="" if place else "significant band")  # fmt: skip
        if COLUMNS * np.log(high / low) / np.log(right / left) >= ROOM_FOR_P:
            ax.text((low * high) ** 0.5, 1.08, f"p = {chance(one.corrected)}", ha="center", color=INK, fontsize=9)
    if bands:
        ax.set_ylim(0, 1.16)
        ax.set_yticks(np.linspace(0, 1, 6))


def _curve(ax: Any, columns: Columns, values: Floats, name: str) -> None:
    _line(ax, columns, values, color=BLUE, linewidth=1.3, zorder=2, label=name)
    if columns.dense:
        _band(ax, columns, columns.least(values), columns.largest(values), color=BLUE, alpha=0.4,
              label="min to max")  # fmt: skip


def _line(ax: Any, columns: Columns, values: Floats, **style: Any) -> None:
    """The mean of each column as steps, which also show a frequency that stands alone."""
    ax.stairs(columns.mean(values), columns.edges, baseline=None, **style)


def _band(ax: Any, columns: Columns, low: Floats, high: Floats, **style: Any) -> None:
    ax.stairs(high, columns.edges, baseline=low, fill=True, linewidth=0, **style)


def _marked(ax: Any, frequencies: Floats, values: Floats, significant: Mask) -> None:
    many = int(significant.sum())
    size, edge = (6, 0.6) if many <= 100 else (4, 0.4) if many <= 400 else (2, 0.0)
    ax.plot(frequencies[significant], values[significant], "o", color=ORANGE, markersize=size, markeredgewidth=edge,
            markeredgecolor=INK, zorder=3, label=f"significant ({many:,})")  # fmt: skip


def _unknown(ax: Any, values: Floats) -> None:
    if not np.isfinite(values).any():
        figures.note(ax, "not known: one of the channels is silent, or there are too few windows")


def _said(ax: Any, text: str) -> None:
    """A sentence among the entries of the legend."""
    ax.plot([], [], linestyle="none", label=text)


def _frequency_axis(ax: Any, frequencies: Floats) -> None:
    figures.log_axis(ax.xaxis, float(frequencies.min()), float(frequencies.max()), room=0.01)


def _with(main: str) -> str:
    return f"coherence with {figures.shorten(main, 34)}"


def _glitches(of: GlitchCoherence) -> str:
    return "1 glitch" if of.windows == 1 else f"{of.windows:,} glitches"
