"""Principal components: the distance inside the plane that the reference spans (T²), and the one from it (Q).

Source: J. E. Jackson and G. S. Mudholkar 1979, Technometrics 21, 341 (Q); the sum of both in units of what is usual:
H. H. Yue and S. J. Qin 2001, Ind. Eng. Chem. Res. 40, 4403.
"""

from dataclasses import dataclass

import numpy as np

from ...decompose.covariance import product
from ...types import Floats, Indices
from .contract import Windowed

EXPLAINED = 0.9
"""Share of the variance that the plane has."""
LEAST = 1e-9
"""Q counts in units of at least this fraction of the variance: a plane that holds all leaves what rounding does."""


@dataclass(frozen=True)
class Components(Windowed):
    """The plane: `mean` (sensors,), `directions` (sensors, kept), their `variances` (kept,); and what is usual.

    `usual` are the reference's means of T² and Q.
    """

    mean: Floats
    directions: Floats
    variances: Floats
    usual: tuple[float, float]

    def of(self, z: Floats, _age: Indices) -> Floats:
        """T² and Q, each in units of what is usual, added."""
        inside, outside = _both(z, self.mean, self.directions, self.variances)
        return inside / self.usual[0] + outside / self.usual[1]


def fit(z: Floats, _age: Indices, clip: float) -> Components:
    """Learn from reference rows. One sensor has no plane: Q alone is left, its squared deviation."""
    cut = np.clip(z, -clip, clip)
    mean = cut.mean(axis=0)
    variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(cut.T, bias=True)))
    variances, directions = np.maximum(variances[::-1], 0), directions[:, ::-1]
    total = variances.sum()
    kept = min(int(np.searchsorted(np.cumsum(variances), EXPLAINED * total)) + 1, z.shape[1] - 1) if total else 0
    kept = min(kept, int(np.count_nonzero(variances > 1e-12 * total)))
    inside, outside = _both(cut, mean, directions[:, :kept], variances[:kept])
    usual = (float(inside.mean()) or 1.0, max(float(outside.mean()), LEAST * float(total)) or 1.0)
    return Components(mean, directions[:, :kept], variances[:kept], usual)


def _both(z: Floats, mean: Floats, directions: Floats, variances: Floats) -> tuple[Floats, Floats]:
    centred = z - mean
    along = product(centred, directions)
    left = centred - product(along, directions.T)
    return np.einsum("ij,ij->i", along, along / variances), np.einsum("ij,ij->i", left, left)
