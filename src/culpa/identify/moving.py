"""The same glitch at another time and another frequency: what a network sees in training, and when it judges."""

from math import log2

import numpy as np

from ..types import Floats
from .images import ImageForm, Pixels


def moved(images: Pixels, form: ImageForm, seconds: Floats, octaves: Floats) -> Pixels:
    """Images as if each glitch had come later by so many seconds (n,), and higher by so many octaves (n,).

    Both to whole pixels, in time of each view. The rows and columns that this empties repeat the outermost one.
    """
    count, height, width, _ = images.shape
    up = np.rint(octaves * height / log2(form.fmax / form.fmin)).astype(np.int64)
    rows = np.clip(np.arange(height) + up[:, None], 0, height - 1)
    result = np.empty_like(images)
    for index, view in enumerate(form.views):
        later = np.rint(seconds / view * width).astype(np.int64)
        columns = np.clip(np.arange(width) - later[:, None], 0, width - 1)
        result[..., index] = images[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :], index]
    return result


def glances(images: Pixels) -> tuple[Pixels, ...]:
    """Images as they are, and a row higher and lower: of all three a network says what is right more often."""
    rows = np.arange(images.shape[1])
    return tuple(images[:, np.clip(rows + up, 0, len(rows) - 1)] for up in (0, 1, -1))
