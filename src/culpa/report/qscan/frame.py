"""What all Q-scans of one layout share: axes, ticks, colour bar. Drawn once; only the words on it change."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..figures import INK, drawing, shown
from ..numbers import log_ticks
from .colours import Bytes, bar, of_grey

HEIGHT = 600
TOP, BOTTOM, WIDTH = 66, 532, 566
"""Rows of the axes, and their number of columns: at 800 x 600 they lie where Gravity Spy cuts its pictures."""
_LEFT, _BETWEEN, _BAR = 105, 82, (26, 18)
_RIGHT = 129
_LONGEST = (58, 100, 100)
"""Characters that fit into each of the lines above a panel."""
_NOTHING = "#e4e4e4"
Note = tuple[str, float, float]
"""A text inside a panel and its middle: pixels to the right of and below the panel's upper left corner."""


class Frame:
    """The frame of `panels` pictures beside each other.

    `view` s is the length of their time axes, `band` Hz their frequency axes, `top` the energy at the end of the
    colour scale. It owns a figure: not for several threads at once.
    """

    def __init__(self, panels: int, view: float, band: tuple[float, float], top: float) -> None:
        self.columns = [_LEFT + i * (WIDTH + _BETWEEN) for i in range(panels)]
        self._width = self.columns[-1] + WIDTH + _RIGHT
        with drawing():
            self._figure, self._canvas = _blank(self._width)
            for column in self.columns:
                self._axes(column, view, band)
            self._colour_scale(top)
            self._heads = [
                [self._text(column, 19, 11, "bold"), self._text(column, 38, 9.5), self._text(column, 54, 9.5)]
                for column in self.columns
            ]
            self._note = self._text(0, 0, 9.5)
            self._note.set_horizontalalignment("center")
            self._canvas.draw()
        self._empty = self._canvas.copy_from_bbox(self._figure.bbox)
        self._bar = self.columns[-1] + WIDTH + _BAR[0]

    def drawn(self, heads: Sequence[Sequence[str]], notes: Sequence[Sequence[Note]]) -> Bytes:
        """Everything but the pictures, as colours of the palette, shape (HEIGHT, width).

        `heads` are three lines above each panel, `notes` texts inside each.
        """
        self._canvas.restore_region(self._empty)
        for artists, lines in zip(self._heads, heads, strict=True):
            for artist, line, longest in zip(artists, lines, _LONGEST, strict=True):
                artist.set_text(shown(line, longest))
                self._figure.draw_artist(artist)
        for column, inside in zip(self.columns, notes, strict=True):
            for text, x, y in inside:
                self._note.set(text=text, x=(column + x) / self._width, y=1 - (TOP + y) / HEIGHT)
                self._figure.draw_artist(self._note)
        image = of_grey(np.asarray(self._canvas.buffer_rgba())[..., 0])
        image[TOP:BOTTOM, self._bar : self._bar + _BAR[1]] = bar(BOTTOM - TOP, _BAR[1])
        return image

    def _text(self, x: float, y: float, size: float, weight: str = "normal") -> Any:
        place = (x / self._width, 1 - y / HEIGHT)
        return self._figure.text(*place, "", size=size, weight=weight, color=_grey(INK), va="center", animated=True)

    def _axes(self, column: int, view: float, band: tuple[float, float]) -> None:
        from matplotlib.ticker import MaxNLocator

        ax = self._figure.add_axes(
            (column / self._width, 1 - BOTTOM / HEIGHT, WIDTH / self._width, (BOTTOM - TOP) / HEIGHT),
            xlim=(-view / 2, view / 2), yscale="log", ylim=band, facecolor=_NOTHING,
        )  # fmt: skip
        ticks = _ticks(*band)
        ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_yticks([], minor=True)
        ax.xaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 5, 10]))
        ax.set_xlabel("Time from the GPS time above (s)")
        if column == _LEFT:
            ax.set_ylabel("Frequency (Hz)")
        _plain(ax)

    def _colour_scale(self, top: float) -> None:
        left = self.columns[-1] + WIDTH + _BAR[0]
        ax = self._figure.add_axes(
            (left / self._width, 1 - BOTTOM / HEIGHT, _BAR[1] / self._width, (BOTTOM - TOP) / HEIGHT), ylim=(0, top)
        )
        ax.yaxis.tick_right()
        ax.yaxis.set_label_position("right")
        ax.set_xticks([])
        ax.set_ylabel("Normalised energy")
        _plain(ax)


def _blank(width: int) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 100, HEIGHT / 100), dpi=100, facecolor="white")
    return figure, FigureCanvasAgg(figure)


def _ticks(low: float, high: float) -> list[float]:
    """Round frequencies: 1, 2 and 5 of each decade where these are enough and not too many."""
    steps = [float(f"{step}e{decade}") for decade in range(-6, 6) for step in (1, 2, 5)]
    inside = [step for step in steps if low <= step <= high]
    return inside if 3 <= len(inside) <= 12 else log_ticks(low, high)


def _plain(ax: Any) -> None:
    ax.grid(visible=False)
    ax.spines[:].set(visible=True, color=_grey(INK))
    ax.tick_params(colors=_grey(INK), direction="out")
    ax.xaxis.label.set_color(_grey(INK))
    ax.yaxis.label.set_color(_grey(INK))


def _grey(colour: str) -> str:
    """A colour as the grey of the same red: all that a frame is drawn in."""
    return f"#{colour[1:3] * 3}"
