"""The figures of a trained classifier, as axes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...evaluate.intervals import wilson
from ...evaluate.judgement import Judgement
from ...types import Floats
from .. import figures
from ..figures import BLUE, GREEN, GREY, INK, LINES, ORANGE
from ..numbers import number, percent, plural

WIDTH, RIGHT, TOP = 9.0, 0.3, 0.65
"""Of a figure, and what is left free of it on the right and for the title; inches."""


def history(rows: Sequence[Mapping[str, float]], best: int) -> Any:
    """Loss and accuracy by epoch, in training and validation; `rows` of `loss`, `accuracy`, `val_loss`, `val_accuracy`.

    `best` is the epoch, counted from 1, whose weights were kept.
    """
    kept = rows[best - 1]
    title = (
        f"{plural(len(rows), 'epoch')}, that of epoch {best} kept: validation loss {number(kept['val_loss'])}, "
        f"accuracy {percent(kept['val_accuracy'])}"
    )
    left = figures.axes(title, "epoch", "loss (cross-entropy)", above=0.25)
    box = left.get_position()
    left.set_position((box.x0, box.y0, 0.385, box.height))
    right = left.figure.add_axes((box.x1 - 0.385, box.y0, 0.385, box.height))
    right.set(xlabel="epoch", ylabel="accuracy")
    epochs = np.arange(1, len(rows) + 1)
    for ax, name in ((left, "loss"), (right, "accuracy")):
        trained, held = (np.array([row[f"{prefix}{name}"] for row in rows], float) for prefix in ("", "val_"))
        ax.plot(epochs, trained, "o-", color=BLUE, markersize=_size(rows), linewidth=1.4, label="training")
        ax.plot(epochs, held, "D-", color=ORANGE, markersize=_size(rows), linewidth=1.4, label="validation")
        ax.axvline(best, color=INK, linestyle="--", linewidth=1, label="best")
        ax.plot([best], [kept[f"val_{name}"]], "*", color=INK, markersize=13)
        _epoch_axis(ax, len(rows))
    _loss_axis(left, np.array([[row["loss"], row["val_loss"]] for row in rows], float))
    _fraction_axis(right.yaxis, np.array([[row["accuracy"], row["val_accuracy"]] for row in rows], float))
    figures.legend_above(left)
    return left


def _size(rows: Sequence[object]) -> float:
    return 4 if len(rows) <= 60 else 0


def _epoch_axis(ax: Any, epochs: int) -> None:
    from matplotlib.ticker import MaxNLocator

    room = max(0.5, 0.02 * epochs)
    ax.set_xlim(1 - room, epochs + room)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))


def _loss_axis(ax: Any, losses: Floats) -> None:
    finite = losses[np.isfinite(losses)]
    if len(finite) and finite.min() > 0 and finite.max() > 5 * finite.min():
        figures.log_axis(ax.yaxis, float(finite.min()), float(finite.max()))
    elif len(finite):
        ax.set_ylim(0, 1.08 * float(finite.max()) or 1)


def _fraction_axis(axis: Any, values: Floats) -> None:
    finite = values[np.isfinite(values)]
    low = float(finite.min()) if len(finite) else 0.0
    floor = 0.0 if low < 0.3 else np.floor(20 * low - 0.5) / 20
    axis.axes.set(**{f"{axis.axis_name}lim": (floor, 1 + 0.03 * (1 - floor))})
    axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")


def confusion(of: Judgement) -> Any:
    """What (row) was called what (column): counts, and the share of the row as shade and in percent."""
    many, letters = len(of.classes), min(24, max(map(len, of.classes)))
    cell = min(0.62, max(0.3, 5.6 / many))
    left, below = 0.075 * letters + 1.0, 0.043 * letters + 0.5
    height, width = TOP + cell * many + below, min(WIDTH - RIGHT - left, 2 * cell * many)
    ax = figures.axes(_title(of, _scores(of)), "predicted class", "true class (images)", height=height)
    ax.set_position((left / WIDTH, below / height, width / WIDTH, cell * many / height))
    sums = of.matrix.sum(axis=1)
    shares = of.matrix / np.maximum(sums, 1)[:, None]
    ax.imshow(shares, cmap=_shades(), vmin=0, vmax=1, aspect="auto")
    _cells(ax, of, shares, width / many, cell)
    names = [figures.shown(name, letters) for name in of.classes]
    ax.set_xticks(range(many), names, rotation=35, ha="right", rotation_mode="anchor", fontsize=9)
    ax.set_yticks(range(many), [f"{name}  ({n:,})" for name, n in zip(names, sums.tolist(), strict=True)], fontsize=9)
    ax.set_xticks(np.arange(many + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(many + 1) - 0.5, minor=True)
    ax.grid(visible=False, which="major")
    ax.grid(visible=True, which="minor", color=LINES, linewidth=0.7)
    ax.tick_params(which="minor", length=0)
    return ax


def _title(of: Judgement, said: str) -> str:
    """The name of the set, as much of it as has room beside what is said of it, and that."""
    return f"{figures.shorten(of.name, max(20, 82 - len(said)))}: {said}"


def _scores(of: Judgement) -> str:
    if not of.accuracy.whole:
        return "no image of a known class"
    low, high = of.interval
    right = f"{percent(of.accuracy.fraction)} of {of.accuracy.whole:,} right"
    return f"{right}, macro-F1 {of.macro_f1:.3f} ({low:.3f}–{high:.3f})"


def _cells(ax: Any, of: Judgement, shares: Floats, width: float, height: float) -> None:
    """Counts where there are any and, where cells (inches) have the room, the percentages of the row below them."""
    roomy = height >= 0.38 and width >= 0.42
    digits = len(str(of.matrix.max(initial=1)))
    size = 8.5 if roomy else min(8.0, 72 * width / (0.66 * digits))
    for row, column in np.argwhere(of.matrix > 0).tolist():
        share, count = shares[row, column], of.matrix[row, column]
        text = f"{count:,}\n{_short(share)}" if roomy else str(count)
        colour = "white" if share > 0.55 else INK
        ax.text(column, row, text, ha="center", va="center", fontsize=size, color=colour, linespacing=1.15)


def _short(share: float) -> str:
    """In percent; what is not quite all or nothing is not rounded to it."""
    if share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def _shades() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("share", ["#ffffff", "#cfe3f2", "#6aaed6", BLUE, "#004c7a"])


def reliability(of: Judgement) -> Any:
    """What fraction was right of what was given which probability, and how many there were."""
    bins = of.reliability
    many = f"{plural(len(bins.count), 'bin')}, {plural(int(bins.count.sum()), 'image')}"
    title = _title(of, f"expected calibration error {_error(bins.error)} ({many})")
    upper = figures.axes(title, "", "right", above=0.25, height=6.2)
    box = upper.get_position()
    upper.set_position((box.x0, box.y0 + 0.27 * box.height, box.width, 0.73 * box.height))
    lower = upper.figure.add_axes((box.x0, box.y0, box.width, 0.22 * box.height))
    lower.set(xlabel="probability given to the class", ylabel="images")
    upper.plot([0, 1], [0, 1], linestyle="--", color=GREY, linewidth=1.2, label="as probable as it says")
    some = bins.count > 0
    right = np.rint(bins.accuracy[some] * bins.count[some])
    ends = np.array([wilson(int(k), int(n)) for k, n in zip(right, bins.count[some], strict=True)]).reshape(-1, 2)
    x, y = bins.confidence[some], bins.accuracy[some]
    upper.vlines(x, ends[:, 0], ends[:, 1], color=BLUE, linewidth=1.6, label="95 % (Wilson)")
    upper.vlines(x, np.minimum(x, y), np.maximum(x, y), color=ORANGE, linewidth=4, alpha=0.45, label="gap")
    upper.plot(x, y, "o", color=BLUE, label="bin")
    lower.bar(bins.low, bins.count, bins.high - bins.low, align="edge", color=GREEN, edgecolor="white")
    figures.count_axis(lower.yaxis, float(bins.count.max(initial=0)))
    for ax in (upper, lower):
        ax.set_xlim(-0.02, 1.02)
        ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    upper.set_ylim(-0.03, 1.03)
    upper.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    upper.tick_params(labelbottom=False)
    figures.legend_above(upper)
    if not some.any():
        figures.note(upper, "no image of a known class")
    return upper


def _error(value: float) -> str:
    return f"{value:.3f}" if value == value else "unknown"
