"""How sensors move together: the distance of readings from what is usual, and each sensor's share in it.

Distance: Hotelling's T² with a shrunk covariance, T² = xᵀ (Σ + λ v I)⁻¹ x, v the mean variance. Directions in which the
reference hardly moves count, but not without bound: T² and Q of the process-monitoring literature in one number.
Source: H. Hotelling 1947, in Techniques of Statistical Analysis; shrinkage: Ledoit and Wolf 2004, J. Multivar. Anal.
88, 365.

Share of sensor j: x_j ((Σ + λ v I)⁻¹ x)_j. Shares sum to T² and may be negative. Source: Mason, Tracy and Young 1995,
J. Qual. Technol. 27, 99 (decomposing T²); Garthwaite and Koch 2016, Aust. N. Z. J. Stat. 58, 1 (shares of sensors).
"""

from dataclasses import dataclass

import numpy as np

from ..types import Floats

MOST = 200
"""Directions that are kept: the strongest; along the others the mean variance of what they have is assumed."""

DENSE = 400
"""Sensors up to which the whole inverse is made."""
_BOUNDS = (0.01, 1000.0)


@dataclass(frozen=True)
class Covariance:
    """A shrunk covariance, as its strongest directions and one variance for all others.

    `mean` has shape (sensors,); `directions` (sensors, kept); `gain` (kept,): how much less a deviation counts along
    each, as a fraction, than along none of them; `variance`: what counts 1 along none of them. `precision` is the
    whole inverse, shape (sensors, sensors), where that is small enough to be the quicker way; None elsewhere.
    """

    mean: Floats
    directions: Floats
    gain: Floats
    variance: float
    precision: Floats | None

    def weighed(self, centred: Floats) -> Floats:
        """(Σ + λ v I)⁻¹ x of each row x of differences from the mean, shape (rows, sensors)."""
        if self.precision is not None:
            return product(centred, self.precision)
        along = product(centred, self.directions) * self.gain
        return (centred - product(along, self.directions.T)) / self.variance

    def distances(self, values: Floats) -> Floats:
        """T² of each row, shape (rows,), from values of shape (rows, sensors) without NaN."""
        centred = np.ascontiguousarray(values - self.mean)  # the order of memory is that of sums
        total: Floats = np.einsum("ij,ij->i", centred, self.weighed(centred))
        return np.maximum(total, 0)

    def shares(self, values: Floats) -> Floats:
        """Each sensor's share in T² of each row, shape (rows, sensors)."""
        centred = values - self.mean
        return centred * self.weighed(centred)


def product(left: Floats, right: Floats) -> Floats:
    """Matrix product. Unlike that of BLAS, a row of it is the same to the last bit whatever rows are beside it."""
    result: Floats = np.einsum("ij,jk->ik", np.ascontiguousarray(left), np.ascontiguousarray(right))
    return result


def fit(values: Floats, shrink: float, clip: float) -> Covariance:
    """Learn from reference values, shape (rows, sensors), without NaN, in usual deviations.

    `shrink` is λ > 0; deviations count as at most ±`clip`. Where there are more sensors than rows, or more than `MOST`
    directions, the weakest are taken as one variance.
    """
    cut = np.clip(values, -clip, clip)
    mean = cut.mean(axis=0)
    rows, sensors = cut.shape
    centred = cut - mean
    if sensors <= max(rows, MOST):
        variances, directions = np.linalg.eigh(centred.T @ centred / rows)
    else:  # fewer rows than sensors: the same directions from the smaller product
        variances, inner = np.linalg.eigh(centred @ centred.T / rows)
        scale = np.sqrt(np.maximum(variances, 1e-12 * max(variances[-1], 1e-300)) * rows)
        directions = centred.T @ inner / scale
    order = np.argsort(variances)[::-1]
    variances, directions = np.maximum(variances[order], 0), directions[:, order]
    kept = min(MOST, len(variances), max(1, sensors - 1))
    total = float(np.square(centred).sum()) / rows
    rest = max(0.0, total - float(variances[:kept].sum())) / max(1, sensors - kept)
    smooth = shrink * (total / sensors or 1.0)
    floor = rest + smooth
    gain = 1 - floor / (variances[:kept] + smooth)
    directions = directions[:, :kept]
    precision = None
    if sensors <= DENSE:
        precision = (np.eye(sensors) - (directions * gain) @ directions.T) / floor
    return Covariance(mean, directions, gain, floor, precision)


def shrinkage(values: Floats, clip: float) -> float:
    """The `shrink` that brings the covariance of reference values nearest to the true one, 0.01 to 1000.

    The fewer the rows are for the sensors, the more. `values` and `clip` are those of `fit`. Source: Ledoit and Wolf
    2004, lemmas 3.1 to 3.3, whose ρ is the weight of the identity: shrink = ρ / (1 - ρ).
    """
    cut = np.clip(values, -clip, clip)
    centred = cut - cut.mean(axis=0)
    rows, sensors = centred.shape
    inner = centred.T @ centred if sensors <= rows else centred @ centred.T  # their norms are the same
    norm, trace = float(np.square(inner).sum()) / rows**2, float(np.square(centred).sum()) / rows
    away = norm - trace**2 / sensors
    noise = (float(np.square(np.square(centred).sum(axis=1)).sum()) / rows - norm) / rows
    weight = min(max(noise / away, 0.0), 1.0) if away > 0 else 1.0
    return float(np.clip(weight / max(1 - weight, 1e-9), *_BOUNDS))
