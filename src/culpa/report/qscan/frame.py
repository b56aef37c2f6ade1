"""What all Q-scans of one layout share: axes, ticks, colour bar. Drawn once, kept as colours of the palette."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..figures import INK, drawing, shorten, shown
from ..numbers import log_ticks
from .colours import Bytes, bar, of_grey

HEIGHT = 600
TOP, BOTTOM, WIDTH = 66, 532, 566
"""Rows of the axes, and their number of columns: at 800 x 600 they lie where Gravity Spy cuts its pictures."""
_LEFT, _BETWEEN, _RIGHT = 105, 82, 129
ROOM = WIDTH + _BETWEEN - 12
"""Columns above a panel that its words may take."""
_BAR_AFTER, _BAR_WIDTH = 26, 18
_LINE = 22
"""Height of a line of text."""
_LONGEST = 110
"""Characters of a line."""
_NOTHING = "#e4e4e4"


class Frame:
    """The frame of pictures beside each other.

    `view` s is the length of their time axes, `bands` Hz the frequency axis of each, `top` the energy at the end of the
    colour scale. `image` has shape (HEIGHT, width), colours of the palette; `columns` are the first of each picture.
    """

    def __init__(self, view: float, bands: Sequence[tuple[float, float]], top: float) -> None:
        self.columns = [_LEFT + i * (WIDTH + _BETWEEN) for i in range(len(bands))]
        end = self.columns[-1] + WIDTH
        with drawing():
            figure, canvas = _blank(end + _RIGHT, HEIGHT)
            for column, band in zip(self.columns, bands, strict=True):
                ax = _axes(figure, column, WIDTH)
                ax.set(xlim=(-view / 2, view / 2), yscale="log", ylim=band, facecolor=_NOTHING)
                _label(ax, band, "Frequency (Hz)" if column == _LEFT else "")
            _label_scale(_axes(figure, end + _BAR_AFTER, _BAR_WIDTH), top)
            canvas.draw()
        self.image = of_grey(np.asarray(canvas.buffer_rgba())[..., 0])
        scale = self.image[TOP:BOTTOM, end + _BAR_AFTER : end + _BAR_AFTER + _BAR_WIDTH]
        scale[:] = bar(*scale.shape)


class Lettering:
    """Lines of text as colours of the palette; the latest are kept, since the same words come often.

    It owns a figure: not for several threads at once.
    """

    def __init__(self) -> None:
        with drawing():
            self._figure, self._canvas = _blank(2 * WIDTH, _LINE)
            self._text = self._figure.text(0, 0.5, "", va="center", color=_grey(INK), animated=True)
            self._canvas.draw()
        self._empty = self._canvas.copy_from_bbox(self._figure.bbox)
        self.line = lru_cache(maxsize=64)(self._line)

    def write(self, image: Bytes, text: str, x: float, y: float, size: float = 9.5, bold: bool = False) -> None:
        """Write into an image, the text's left edge at column `x`, its middle at row `y`.

        What is too long for the image is shortened in the middle.
        """
        column, row = round(x), round(y) - _LINE // 2
        text, place = shorten(text, _LONGEST), image[row : row + _LINE, column:]
        line = self.line(text, size, bold)
        while line.shape[1] > place.shape[1]:
            text = shorten(text, len(text) * place.shape[1] // line.shape[1])
            line = self.line(text, size, bold)
        place = place[:, : line.shape[1]]
        np.minimum(place, line, out=place)

    def width(self, text: str) -> int:
        """Pixels that a text of the usual size takes."""
        return int(self.line(text, 9.5, False).shape[1])

    def _line(self, text: str, size: float, bold: bool) -> Bytes:
        self._canvas.restore_region(self._empty)
        self._text.set(text=shown(text, _LONGEST), size=size, weight="bold" if bold else "normal")
        self._figure.draw_artist(self._text)
        grey = np.asarray(self._canvas.buffer_rgba())[..., 0]
        inked = np.flatnonzero((grey < 255).any(axis=0))
        return of_grey(grey[:, : int(inked[-1]) + 1 if len(inked) else 0])


def _blank(width: int, height: int) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor="white")
    return figure, FigureCanvasAgg(figure)


def _axes(figure: Any, column: int, width: int) -> Any:
    """Axes from TOP to BOTTOM, framed in grey, without anything along them but ticks."""
    whole = figure.bbox.width
    ax = figure.add_axes((column / whole, 1 - BOTTOM / HEIGHT, width / whole, (BOTTOM - TOP) / HEIGHT))
    ax.grid(visible=False)
    ax.spines[:].set(visible=True, color=_grey(INK))
    ax.tick_params(colors=_grey(INK), direction="out")
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_color(_grey(INK))
    return ax


def _label(ax: Any, band: tuple[float, float], label: str) -> None:
    from matplotlib.ticker import MaxNLocator

    steps = [float(f"{step}e{decade}") for decade in range(-6, 6) for step in (1, 2, 5)]
    inside = [step for step in steps if band[0] <= step <= band[1]]
    ticks = inside if 3 <= len(inside) <= 12 else log_ticks(*band)
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_yticks([], minor=True)
    ax.xaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 5, 10]))
    ax.set_xlabel("Time from the GPS time above (s)")
    ax.set_ylabel(label)


def _label_scale(ax: Any, top: float) -> None:
    ax.set(xticks=[], ylim=(0, top), ylabel="Normalised energy")
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")


def _grey(colour: str) -> str:
    """A colour as the grey of the same red: frames and text have no other colours."""
    return f"#{colour[1:3] * 3}"
