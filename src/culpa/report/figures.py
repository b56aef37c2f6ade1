"""What all figures have in common: the style, the axes, the bytes. Light, for print and for every eye."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

import numpy as np

from ..acquire.atomic import atomic
from ..types import Floats
from .numbers import log_ticks

INK, GREY, LINES = "#1f2328", "#8a929b", "#d0d7de"
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
CYCLE = (ORANGE, BLUE, GREEN, "#cc79a7", "#56b4e9", "#7a5195", "#8c6d00", "#404040")
MARKERS = "ovsD^P<>"
"""Colours that the colour-blind can tell apart (Okabe and Ito 2008, some darker); each goes with a marker."""

STYLE: dict[str, Any] = {
    "font.size": 11,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#e4e8ec",
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "path.simplify_threshold": 0.2,
}
_SCRIPTS = (
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "DejaVu Sans",
)


Save = Callable[[Any, Path], None]
"""Writes the figure of some axes as PNG, 900 pixels wide; the same figure gives the same bytes."""


@contextmanager
def drawing() -> Iterator[Save]:
    """Within this, figures look as ours do, whatever the user's matplotlib is set to; gives what saves them.

    They are drawn at once, compressed and written beside the drawing of the next, and there when the block ends. Raises
    CulpaError where the system refuses.
    """
    import matplotlib as mpl

    with mpl.rc_context(), ThreadPoolExecutor(1) as writer:
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)  # type: ignore[arg-type]
        mpl.rcParams["font.family"] = [*_fonts()]
        written: list[Future[None]] = []
        yield lambda ax, path: written.append(writer.submit(_write, _picture(ax), path))
        for each in written:
            each.result()


def axes(title: str, x: str, y: str, left: float = 0.095, above: float = 0.0, height: float = 5.2) -> Any:
    """The axes of a new figure of 9 by `height` inches.

    They start at `left` (0 to 1) of its width; `above` them are so many inches for a legend.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = 9.0
    figure = Figure(figsize=(width, height), dpi=100)
    FigureCanvasAgg(figure)
    figure.text(0.014, 1 - 0.28 / height, shown(title, 84), size=12, weight="bold", color=INK, va="center")
    ax = figure.add_axes((left, 0.62 / height, 0.965 - left, 1 - (1.1 + above) / height))
    ax.set_xlabel(shown(x, 110))
    ax.set_ylabel(shown(y, 60))
    return ax


def _picture(ax: Any) -> Any:
    from PIL import Image

    ax.figure.canvas.draw()
    return Image.fromarray(np.asarray(ax.figure.canvas.buffer_rgba())).convert("RGB")


def _write(picture: Any, path: Path) -> None:
    with atomic(path) as temporary:
        picture.save(temporary, format="png", compress_level=1)  # half the time of the usual 6, a quarter larger


def log_axis(axis: Any, low: float, high: float, room: float = 0.06) -> None:
    """A logarithmic axis that holds low to high (both positive) with some room, and round numbers along it."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    low, high = (low, high) if high > 1.2 * low else (low / 1.1, high * 1.1)
    margin = (high / low) ** room
    ticks = log_ticks(low / margin, high * margin)
    axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (low / margin, high * margin)})
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    axis.set_minor_locator(NullLocator())


def size_axis(axis: Any, sizes: Floats) -> None:
    """An axis of SNRs or scores: logarithmic where all are positive and span a factor of two, else linear."""
    sizes = sizes[np.isfinite(sizes)]
    if len(sizes) and sizes.min() > 0 and sizes.max() > 2 * sizes.min():
        log_axis(axis, float(sizes.min()), float(sizes.max()))
    elif len(sizes):
        room = 0.06 * float(np.ptp(sizes)) or 0.1 * abs(float(sizes[0])) or 1.0
        axis.axes.set(**{f"{axis.axis_name}lim": (sizes.min() - room, sizes.max() + room)})


def size_bins(sizes: Floats, bins: int = 40) -> Floats:
    """Edges of bins for SNRs or scores, equal on the axis that `size_axis` would make; finite sizes, at least one."""
    low, high = float(sizes.min()), float(sizes.max())
    if low > 0 and high > 2 * low:
        edges: Floats = np.geomspace(low, high, bins + 1)
    else:
        room = 0.5 * (abs(low) * 0.1 or 1.0) if low == high else 0.0
        edges = np.linspace(low - room, high + room, bins + 1)
    edges[[0, -1]] = min(low, edges[0]), max(high, edges[-1])
    return edges


def count_axis(axis: Any, highest: float) -> None:
    """An axis of counts: logarithmic from 0.7 on where there are more than 50, else whole numbers from 0 on."""
    from matplotlib.ticker import MaxNLocator

    if highest > 50:
        log_axis(axis, 0.7, highest)
    else:
        axis.axes.set(**{f"{axis.axis_name}lim": (0, max(1.0, highest) * 1.08)})
        axis.set_major_locator(MaxNLocator(6, integer=True))


def decades(values: Floats) -> tuple[float, float]:
    """The whole decades that hold positive values; 0.001 to 1 where there is none."""
    values = values[(values > 0) & np.isfinite(values)]
    if not len(values):
        return 1e-3, 1.0
    low, high = floor(log10(values.min())), ceil(log10(values.max()))
    return 10.0**low, 10.0 ** max(high, low + 1)


def legend_above(ax: Any, columns: int = 5) -> None:
    """A legend between title and axes, so many entries a row."""
    from matplotlib.legend_handler import HandlerLine2D
    from matplotlib.lines import Line2D

    largest = max((line.get_markersize() for line in ax.lines), default=6.0)
    ax.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=columns, handletextpad=0.3, columnspacing=1.1,
        markerscale=max(1.0, 6.0 / largest),
        handler_map={Line2D: HandlerLine2D()},  # gwpy, once imported, puts its own in place of it
    )  # fmt: skip


def note(ax: Any, text: str) -> None:
    """A sentence inside the axes, in the middle: why there is nothing to see."""
    ax.set_yticks([])
    ax.text(0.5, 0.5, shown(text, 90), transform=ax.transAxes, ha="center", va="center", color=INK)


def shown(text: str, longest: int) -> str:
    """A name as a figure can show it: shortened in the middle, no mathematics, a box where no font has the letter."""
    plain = "".join(c if c.isprintable() else " " for c in shorten(text, longest))
    drawable = plain if plain.isascii() else "".join(c if c.isascii() or ord(c) in _letters() else "□" for c in plain)
    return drawable.replace("$", r"\$")


def shorten(text: str, longest: int) -> str:
    """A text of at most so many characters, what is too much replaced by … in the middle."""
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}…{text[head + 1 - longest :]}"


@cache
def _fonts() -> tuple[str, ...]:
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return tuple(sorted(installed.intersection(_SCRIPTS), key=lambda name: name != "DejaVu Sans"))


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(code for name in _fonts() for code in get_font(findfont(name)).get_charmap())
