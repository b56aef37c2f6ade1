"""Pictures of a search in a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import figures
from .drawn import Overview

_NAMED = 6
"""Events that are named."""
_COLOURS = {"point": figures.ORANGE, "contextual": figures.BLUE, "collective": figures.GREEN}


def scores(
    overview: Overview, limit: float, events: Sequence[Mapping[str, Any]], title: str, save: figures.Save, path: Path
) -> None:
    """Draw scores by row with their limit; events in the colours of their kinds, the highest with the first sensor.

    `events` are those of `detect.json`.
    """
    ax = figures.axes(title, "row", "score", above=0.3)
    highest = np.where(np.isfinite(overview.score), overview.score, np.nan)
    ax.plot(overview.middle, highest, color=figures.GREY, linewidth=0.8)
    ax.axhline(limit, color=figures.INK, linestyle="--", linewidth=1, label=f"limit {limit:.3g}")
    for kind, colour in _COLOURS.items():
        those = [event for event in events if event["kind"] == kind]
        if those:
            middle = [(event["first_row"] + event["last_row"]) / 2 for event in those]
            half = [(event["last_row"] - event["first_row"]) / 2 for event in those]
            heights = [event["score"] for event in those]
            ax.errorbar(
                middle, heights, xerr=half, fmt="o", markersize=4, color=colour, elinewidth=2.5,
                label=f"{kind} ({len(those)})",
            )  # fmt: skip
    shown = highest[np.isfinite(highest) & (highest > 0)]
    figures.size_axis(ax.yaxis, np.concatenate([shown, [limit] if limit > 0 else [], [e["score"] for e in events]]))
    for event in sorted(events, key=lambda one: -one["score"])[:_NAMED]:
        ax.annotate(
            event["contributions"][0]["feature"],
            ((event["first_row"] + event["last_row"]) / 2, event["score"]),
            xytext=(4, 4), textcoords="offset points", fontsize=9, color=figures.INK,
        )  # fmt: skip
    figures.legend_above(ax)
    save(ax, path)
