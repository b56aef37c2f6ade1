"""The figures of coherence: overall, at glitches, both, and what channels contribute to the main one.

Frequencies are logarithmic, so that many share a pixel at the upper end of an axis: there a curve is their mean, with
the least and the largest of them as a lighter band. Meaning never hangs on colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...explain.coherence.chance import BandChance
from ...explain.coherence.glitch import GlitchCoherence
from ...explain.coherence.overall import Overall
from ...types import Floats, Indices, Mask
from .. import figures
from ..figures import BLUE, CYCLE, GREEN, GREY, INK, MARKERS, ORANGE
from ..numbers import number, percent, plural

CONTRIBUTING = 6
"""So many channels are drawn over the spectrum of the main one."""
PIXELS = 783
"""Columns of an axis, as many as it is wide."""
_FREQUENCY = "frequency (Hz)"
SHADE = "#dfe3e8"
_NARROW = 52
"""Pixels that a p-value needs."""


@dataclass(frozen=True)
class Columns:
    """Rising frequencies as the columns of a logarithmic axis: each its own, or several that share a pixel.

    `starts` is where each column begins among the frequencies, `edges` are its borders, one more, Hz.
    """

    starts: Indices
    edges: Floats

    @classmethod
    def of(cls, frequencies: Floats, pixels: int = PIXELS) -> "Columns":
        """The columns of frequencies (at least one, positive) on an axis of so many pixels."""
        between = (frequencies[1:] + frequencies[:-1]) / 2
        if len(between):
            borders = np.array(
                [1.5 * frequencies[0] - 0.5 * frequencies[1], *between, 2 * frequencies[-1] - between[-1]]
            )
        else:
            borders = frequencies[0] * np.array([1 / 1.05, 1.05])
        place = np.floor(np.log(frequencies / borders[0]) / np.log(borders[-1] / borders[0]) * pixels)
        starts = np.flatnonzero(np.diff(place, prepend=-1))
        return cls(starts, borders[[*starts, len(frequencies)]])

    def mean(self, values: Floats) -> Floats:
        """The mean of what is known in each column; NaN where nothing is."""
        known = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            return np.asarray(
                np.add.reduceat(np.where(known, values, 0.0), self.starts)
                / np.add.reduceat(known.astype(int), self.starts)
            )

    def least(self, values: Floats) -> Floats:
        """The least value of each column; NaN where nothing is known."""
        return np.asarray(np.fmin.reduceat(values, self.starts))

    def largest(self, values: Floats) -> Floats:
        """The largest value of each column; NaN where nothing is known."""
        return np.asarray(np.fmax.reduceat(values, self.starts))


def overall(of: Overall, main: str, save: figures.Save, path: Path) -> None:
    """Draw the overall coherence of a channel with the main one, and what chance makes of it."""
    ax = figures.axes(of.channel, _FREQUENCY, f"coherence with {figures.shorten(main, 34)}", above=0.25)
    _frequency_axis(ax, of.frequencies)
    _draw_overall(ax, of)
    save(ax, path)


def glitch(
    channel: str, main: str, of: GlitchCoherence, quiet: GlitchCoherence | None, save: figures.Save, path: Path
) -> None:
    """Draw the coherence of a channel with the main one at glitches, what chance makes of it, and that at quiet times."""
    title = f"{figures.shorten(channel, 60)} at {_glitches(of.windows)}"
    ax = figures.axes(title, _FREQUENCY, f"coherence with {figures.shorten(main, 34)}", above=0.45)
    _frequency_axis(ax, of.frequencies)
    _draw_glitch(ax, of, quiet)
    save(ax, path)


def both(of: Overall, at_glitches: GlitchCoherence, main: str, save: figures.Save, path: Path) -> None:
    """Draw the overall coherence of a channel above that at glitches, on one axis of frequencies."""
    title = f"{figures.shorten(of.channel, 38)} and {figures.shorten(main, 38)}"
    lower = figures.axes(title, _FREQUENCY, f"at {_glitches(at_glitches.windows)}", above=0.25, height=7.4)
    box = lower.get_position()
    height = 0.44 * box.height
    lower.set_position((box.x0, box.y0, box.width, height))
    upper = lower.figure.add_axes((box.x0, box.y1 - height, box.width, height))
    upper.set_ylabel("overall")
    for ax in (upper, lower):
        _frequency_axis(ax, np.concatenate([of.frequencies, at_glitches.frequencies]))
    _draw_overall(upper, of)
    _draw_glitch(lower, at_glitches, None)
    save(lower, path)


def contributions(found: Sequence[Overall], main: str, save: figures.Save, path: Path) -> None:
    """Draw the spectrum of the main channel, and what the channels that stand out most explain of it."""
    telling = sorted((one for one in found if one.significant.any()), key=_rarity)
    shown = telling[:CONTRIBUTING]
    rows = (len(shown) + 2) // 2
    ax = figures.axes(
        f"What other channels explain of {figures.shorten(main, 50)}",
        _FREQUENCY,
        "amplitude density (its unit/√Hz)",
        above=0.23 * rows,
        height=5.2 + 0.23 * rows,
    )
    widest = max(found, key=lambda one: len(one.frequencies))
    _frequency_axis(ax, widest.frequencies)
    _spectrum(ax, widest, main)
    for one, colour, marker in zip(shown, CYCLE, MARKERS, strict=False):
        ax.plot(one.frequencies, np.where(one.significant, one.projected, np.nan), marker=marker, color=colour,
                linewidth=0.8, markersize=4, markeredgewidth=0, label=figures.shown(one.channel, 34))  # fmt: skip
    if not shown:
        figures.note(ax, f"none of {plural(len(found), 'channel')} is coherent with it at any frequency")
    _density_axis(ax, np.concatenate([widest.main, *(one.projected[one.significant] for one in shown)]))
    figures.legend_above(ax, 2)
    save(ax, path)


def _rarity(of: Overall) -> tuple[float, float, str]:
    return of.smallest, -float(of.coherence[of.significant].max()), of.channel


def _spectrum(ax: Any, of: Overall, name: str) -> None:
    """An amplitude density, its lines in full."""
    columns = Columns.of(of.frequencies)
    ax.stairs(columns.largest(of.main), columns.edges, baseline=columns.least(of.main), fill=True, color=GREY)
    ax.stairs(
        columns.mean(of.main), columns.edges, baseline=None, color=INK, linewidth=1.2, label=figures.shown(name, 34)
    )


def _density_axis(ax: Any, values: Floats) -> None:
    values = values[(values > 0) & np.isfinite(values)]
    if len(values):
        figures.log_axis(ax.yaxis, float(values.min()), float(values.max()))


def _draw_overall(ax: Any, of: Overall) -> None:
    columns = Columns.of(of.frequencies)
    null, threshold = columns.mean(of.null), columns.mean(of.threshold)
    ax.stairs(threshold, columns.edges, baseline=null, fill=True, color=SHADE, label=_anywhere(of))
    ax.stairs(null, columns.edges, baseline=None, color=INK, linestyle="--", linewidth=1, label="mean by chance")
    _curve(ax, columns, of.coherence, "overall")
    _marked(ax, of.frequencies, of.coherence, of.significant)
    known = of.null[np.isfinite(of.null)]
    figures.log_axis(ax.yaxis, float(known.min()) / 2 if len(known) else 1e-4, 1.0)
    if of.significant.any():
        best = _most(of.significant, of.p, of.coherence)
        ax.annotate(f"{number(of.frequencies[best])} Hz", (of.frequencies[best], of.coherence[best]), xytext=(0, 6),
                    textcoords="offset points", ha="center", color=INK, fontsize=10)  # fmt: skip
    elif not len(known):
        figures.note(ax, "nothing is known: one of the channels is silent, or there are too few windows")
    figures.legend_above(ax)


def _anywhere(of: Overall) -> str:
    return f"chance, false-alarm probability {percent(of.false_alarm)} over {of.trials:,} frequencies"


def _draw_glitch(ax: Any, of: GlitchCoherence, quiet: GlitchCoherence | None) -> None:
    columns = Columns.of(of.frequencies)
    ax.stairs(columns.mean(of.usual), columns.edges, fill=True, color=SHADE, label="95 % of chance")
    ax.stairs(columns.mean(of.null), columns.edges, baseline=None, color=INK, linestyle="--", linewidth=1,
              label="mean by chance")  # fmt: skip
    reached = np.where(np.isfinite(of.threshold), of.threshold, np.nan)
    ax.stairs(columns.mean(reached), columns.edges, baseline=None, color=INK, linestyle=":", linewidth=1.4,
              label=f"chance anywhere: {percent(of.false_alarm)}")  # fmt: skip
    if quiet is not None:
        at = Columns.of(quiet.frequencies)
        ax.stairs(at.mean(quiet.values), at.edges, baseline=None, color=GREY, linewidth=1, label="at quiet times")
    if np.isfinite(of.low).any():
        ax.stairs(columns.mean(of.high), columns.edges, baseline=columns.mean(of.low), fill=True, color=BLUE, alpha=0.2,
                  linewidth=0, label="95 % interval")  # fmt: skip
    _curve(ax, columns, of.values, "at glitches")
    _marked(ax, of.frequencies, of.values, of.significant)
    ax.set_ylim(0, 1.03)
    bands = [band for band in of.bands if band.corrected <= of.false_alarm]
    if bands:
        _bars(ax, bands)
    figures.legend_above(ax)


def _bars(ax: Any, bands: Sequence[BandChance]) -> None:
    left, right = ax.get_xlim()
    ax.set_ylim(0, 1.16)
    ax.set_yticks(np.linspace(0, 1, 6))
    for band in bands:
        low, high = max(band.band[0], left), min(band.band[1], right)
        ax.broken_barh([(low, high - low)], (1.03, 0.035), facecolor=GREEN, edgecolor="white")
        if np.log(high / low) / np.log(right / left) * PIXELS >= _NARROW:
            ax.text((low * high) ** 0.5, 1.075, f"p {band.corrected:.2g}", ha="center", va="bottom", fontsize=9)


def _curve(ax: Any, columns: Columns, values: Floats, name: str) -> None:
    ax.stairs(columns.largest(values), columns.edges, baseline=columns.least(values), fill=True, color=BLUE, alpha=0.35,
              linewidth=0)  # fmt: skip
    ax.stairs(columns.mean(values), columns.edges, baseline=None, color=BLUE, linewidth=1.3, label=name)


def _marked(ax: Any, frequencies: Floats, values: Floats, significant: Mask) -> None:
    if significant.any():
        many = int(significant.sum())
        ax.plot(frequencies[significant], values[significant], "o", color=ORANGE, markersize=6 if many <= 100 else 3,
                markeredgewidth=0.6 if many <= 100 else 0, markeredgecolor=INK,
                label=f"significant ({many:,})")  # fmt: skip


def _most(significant: Mask, p: Floats, values: Floats) -> int:
    """Where what is rarest by chance is; the largest of what is equally rare."""
    return int(np.lexsort((-values, p, ~significant))[0])


def _frequency_axis(ax: Any, frequencies: Floats) -> None:
    figures.log_axis(ax.xaxis, float(frequencies.min()), float(frequencies.max()), room=0.01)


def _glitches(count: int) -> str:
    return "1 glitch" if count == 1 else f"{count:,} glitches"
