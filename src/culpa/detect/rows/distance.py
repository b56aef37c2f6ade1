"""Hotelling's T² of each row alone: for rows in no order that means something, such as units by their traces."""

from dataclasses import dataclass

import numpy as np

from ...decompose.covariance import Covariance, shrinkage
from ...decompose.covariance import fit as covariance
from ...types import Floats, Indices
from .contract import Windowed


@dataclass(frozen=True)
class Distance(Windowed):
    """T², in units of the reference's mean of it."""

    covariance: Covariance
    unit: float

    def of(self, z: Floats, _age: Indices) -> Floats:
        """1 for what is usual."""
        return self.covariance.distances(z) / self.unit


def fit(z: Floats, _age: Indices, clip: float) -> Distance:
    """Learn from reference rows; deviations count as at most ±`clip` there.

    Units are few and their statistics many: the covariance is shrunk as far as that asks for.
    """
    learnt = covariance(z, shrinkage(z, clip), clip)
    return Distance(learnt, float(learnt.distances(np.clip(z, -clip, clip)).mean()) or 1.0)
