"""Frequencies taken together: bands with fixed borders, and runs of neighbours that stand out."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ...types import Floats, Mask

Band = tuple[float, float]
"""From, to (exclusive), Hz."""


def banded(frequencies: Floats, borders: Sequence[float]) -> list[tuple[Band, slice]]:
    """The bands between neighbouring borders that hold any of the frequencies (rising), and where in these they lie."""
    found = []
    for low, high in pairwise(borders):
        first, last = np.searchsorted(frequencies, [low, high]).tolist()
        if last > first:
            found.append(((low, high), slice(first, last)))
    return found


def runs(marked: Mask, apart: int = 2) -> list[slice]:
    """The runs of marked places; those with fewer than `apart` unmarked ones between them are one run."""
    places = np.flatnonzero(marked)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > apart)
    firsts, lasts = [0, *(breaks + 1).tolist()], [*breaks.tolist(), len(places) - 1]
    return [slice(int(places[a]), int(places[b]) + 1) for a, b in zip(firsts, lasts, strict=True)]
