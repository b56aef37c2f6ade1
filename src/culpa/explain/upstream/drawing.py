"""Cures of how hveto draws and writes its pages."""

from collections.abc import Callable, Sequence
from functools import wraps
from importlib.metadata import distributions
from math import isfinite
from typing import Any

import numpy as np


def draw_few(original: Callable[..., None]) -> Callable[..., None]:
    """Histograms of no events, of equal ones and of ones without a logarithm: a range that can be drawn."""

    @wraps(original)
    def before_after_histogram(outfile: str, x: Any, y: Any, *others: Any, **options: Any) -> None:
        values = np.concatenate([np.asarray(x, float), np.asarray(y, float)])
        values = values[np.isfinite(values) & (values > 0)]
        low, high = (values.min(), values.max()) if len(values) else (1.0, 10.0)
        if low == high:
            low, high = low / 1.1, high * 1.1
        shown = [np.asarray(of)[(np.asarray(of) >= low) & (np.asarray(of) <= high)] for of in (x, y)]
        original(outfile, *shown, *others, **{"range": (low, high), **options})

    return before_after_histogram


def drop_impossible_limits(original: Callable[..., None]) -> Callable[..., None]:
    """Ends of axes that are no numbers, or have no logarithm where one is drawn, are left to matplotlib."""

    @wraps(original)
    def finalize_plot(plot: Any, ax: Any, outfile: str, *others: Any, **options: Any) -> None:
        for axis in ("x", "y"):
            limits: Sequence[float | None] | None = options.get(f"{axis}lim")
            if limits is not None:
                logarithmic = options.get(f"{axis}scale", getattr(ax, f"get_{axis}scale")()) == "log"
                options[f"{axis}lim"] = [_possible(end, logarithmic) for end in limits]
        original(plot, ax, outfile, *others, **options)

    return finalize_plot


def _possible(end: float | None, logarithmic: bool) -> float | None:
    return end if end is not None and isfinite(end) and (end > 0 or not logarithmic) else None


def list_some(original: Callable[..., Any]) -> Callable[..., Any]:
    """A table of significances with the best channel, where none reaches the smallest that it lists."""

    @wraps(original)
    def make_drop_table(old: dict[str, float], new: dict[str, float], file: str, cutoff: float = 1.0) -> Any:
        return original(old, new, file, min(cutoff, max(old.values())))

    return make_drop_table


def list_packages(_original: Any) -> Callable[[], list[dict[str, str]]]:
    """The installed packages, known without calling pip or conda, of which there may be neither."""

    def package_list() -> list[dict[str, str]]:
        return [{"name": of.metadata["Name"], "version": of.version} for of in distributions()]

    return package_list
