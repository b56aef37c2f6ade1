"""Means over the rows before, the same to the last bit however the rows come: at once, in blocks or one by one."""

from collections.abc import Sequence

import numpy as np

from ..types import Floats, Indices

FACTOR = 4
"""Each window is this many times as long as the one before: its sum is that of four sums of that one."""


def windows(longest: int) -> tuple[int, ...]:
    """Window lengths 1, 4, 16, … rows, up to at most `longest`."""
    lengths = [1]
    while lengths[-1] * FACTOR <= longest:
        lengths.append(lengths[-1] * FACTOR)
    return tuple(lengths)


def trailing_means(values: Floats, age: Indices, lengths: Sequence[int]) -> list[Floats]:
    """Mean over each window that ends with a row, shape as given, for each of the window lengths (1, 4, 16, …).

    `values` has shape (rows,) or (rows, columns); `age`, shape (rows,), counts rows since the start of what windows may
    reach over: shorter windows at the start are means over what is there. Where a row's window begins before the first
    row given, what it has is wrong: give `max(lengths) - 1` rows more in front, and drop them.
    """
    sums = np.asarray(values, dtype=float)
    means = []
    length = 1
    for wanted in lengths:
        while length < wanted:
            sums = _sum_of_four(sums, age, length)
            length *= FACTOR
        count = np.minimum(age + 1, length)
        means.append(sums / (count if sums.ndim == 1 else count[:, None]))
    return means


def _sum_of_four(sums: Floats, age: Indices, length: int) -> Floats:
    total = sums.copy()
    for i in range(1, FACTOR):
        back = i * length
        if back >= len(sums):
            break
        reach = age[back:] >= back
        part = sums[:-back]
        total[back:] += np.where(reach if sums.ndim == 1 else reach[:, None], part, 0.0)
    return total
