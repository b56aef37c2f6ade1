"""The bisquare window of a row of tiles, on the bins of a spectrum.

Source: Robinet et al. 2020, arXiv 2007.11374, section 2; `w(x) = (1 - x²)²` with `x = (f' - f) / (f √11 / Q)`.
"""

import numpy as np

from ..types import Floats
from .tiling import half_width

ENERGY = 2.0
"""Σ w² over bins: a tile of unit noise (E|bin|² = 1) has E|X|² = 2, so that SNR² = |X|² - 2."""


def bins(frequency: float, q: float, duration: float, count: int) -> tuple[int, Floats]:
    """First bin and weights of the window at (frequency Hz, q) on a spectrum with spacing 1/duration.

    The weights' squares sum to exactly 2, however few the bins. `count` is the number of bins of the spectrum; the
    window is cut to it. Shape of the weights: (bins,).
    """
    half = half_width(frequency, q) * duration
    centre = frequency * duration
    first, last = max(1, int(np.ceil(centre - half))), min(count - 1, int(np.floor(centre + half)))
    x = (np.arange(first, last + 1) - centre) / half
    weights = (1 - x * x) ** 2
    weights *= np.sqrt(ENERGY / np.sum(weights * weights))
    return first, weights


def autocorrelation(lag: Floats) -> Floats:
    """Correlation of two tiles of a row whose distance in time is `lag` / (2π half_width), any shape.

    The cosine transform of w² = (1 - x²)⁴ over [-1, 1], normalised to 1 at lag 0.
    """
    x, weight = np.polynomial.legendre.leggauss(64)
    density = weight * (1 - x * x) ** 4
    # not a matrix product: its sums, and so the last digits, would depend on the number of threads
    return np.asarray(np.einsum("...i,i->...", np.cos(np.multiply.outer(lag, x)), density) / density.sum())
