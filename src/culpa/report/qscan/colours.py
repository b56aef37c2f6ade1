"""256 colours are enough for a Q-scan: greys for frame and text, viridis for energies. Small files, written fast."""

import numpy as np
from numpy.typing import NDArray

from ...types import Singles

Bytes = NDArray[np.uint8]
GREYS = 48
"""The first so many colours go from black to white; the others are viridis."""
_COLOURS = 256 - GREYS


def palette() -> bytes:
    """Red, green and blue of the 256 colours."""
    from matplotlib import colormaps

    greys = np.repeat(np.linspace(0, 255, GREYS)[:, None], 3, axis=1)
    colours = 255 * colormaps["viridis"](np.linspace(0, 1, _COLOURS))[:, :3]
    return bytes(np.rint(np.concatenate([greys, colours])).astype(np.uint8).tobytes())


def of_grey(grey: Bytes) -> Bytes:
    """The numbers of the greys nearest to 0 (black) … 255 (white), any shape."""
    table = np.rint(np.arange(256) * ((GREYS - 1) / 255)).astype(np.uint8)
    return np.asarray(table[grey])


def of_energy(energies: Singles, top: float) -> Bytes:
    """The numbers of the colours of energies from 0 to `top` and above, any shape; NaN has no colour, any is given."""
    scaled = np.clip(energies * np.float32(_COLOURS / top), 0, _COLOURS - 1)
    numbers: Bytes = np.nan_to_num(scaled, copy=False).astype(np.uint8)
    numbers += np.uint8(GREYS)
    return numbers


def bar(height: int, width: int) -> Bytes:
    """A colour bar, `top` in the first row; shape (height, width)."""
    column = GREYS + np.linspace(_COLOURS - 1, 0, height).round()
    return np.repeat(column[:, None].astype(np.uint8), width, axis=1)
