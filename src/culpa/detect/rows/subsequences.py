"""The shape of the last rows of each sensor, against the shapes that the reference has."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...decompose.covariance import Covariance
from ...decompose.covariance import fit as covariance
from ...errors import MissingExtraError
from ...types import Floats, Indices
from .contract import Windowed

ROWS = 32
"""Rows of the longest shape."""
SHRINK = 0.03
"""How far the covariance of shapes is shrunk."""


@dataclass(frozen=True)
class SubsequencePca(Windowed):
    """Hotelling's T² of the last rows of each sensor taken as one vector, in units of the usual, mean over sensors.

    `shapes` and `usual` are by sensor. Source: the Sub-PCA of Paparrizos et al. 2022, PVLDB 15, 1697, with a shrunk
    covariance instead of a number of components.
    """

    shapes: tuple[Covariance, ...]
    usual: Floats
    rows: int

    @property
    def context(self) -> int:
        """Rows before that a score depends on."""
        return self.rows - 1

    def of(self, z: Floats, age: Indices) -> Floats:
        """NaN for the first rows of a unit, which have no whole shape."""
        total = np.zeros(len(z))
        for sensor, shape in enumerate(self.shapes):
            total += shape.distances(_shapes(z[:, sensor], self.rows)) / self.usual[sensor]
        return np.where(age >= self.rows - 1, total / len(self.shapes), np.nan)


def subsequence_pca(z: Floats, age: Indices, clip: float) -> SubsequencePca:
    """Learn from reference rows. Shapes are shorter where the reference, or its usual unit, holds less than four."""
    rows = _length(age, 1)
    cut = np.clip(z, -clip, clip)
    whole = age >= min(rows - 1, int(age.max()))
    shapes, usual = [], []
    for sensor in range(z.shape[1]):
        of = _shapes(cut[:, sensor], rows)[whole]
        shapes.append(covariance(of, SHRINK, clip))
        usual.append(float(shapes[-1].distances(of).mean()) or 1.0)
    return SubsequencePca(tuple(shapes), np.array(usual), rows)


@dataclass(frozen=True)
class MatrixProfile(Windowed):
    """The distance of the last rows of each sensor from the most alike shape of the reference, mean over sensors.

    Shapes are compared without their level and size. Source: Yeh et al. 2016, IEEE ICDM, 1317; the package stumpy. Last
    digits depend on where blocks begin, as stumpy updates sums along the data.
    """

    reference: Floats
    rows: int

    @property
    def context(self) -> int:
        """Rows before that a score depends on."""
        return self.rows - 1

    def of(self, z: Floats, age: Indices) -> Floats:
        """Euclidean distance of z-normalised shapes; NaN for the first rows of a unit."""
        total = np.full(len(z), np.nan)
        if len(z) >= self.rows:
            stump = _stumpy().stump
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # that equal shapes may be a mistake
                parts = [
                    stump(np.ascontiguousarray(z[:, i]), self.rows, self.reference[i], ignore_trivial=False)[:, 0]
                    for i in range(z.shape[1])
                ]
            total[self.rows - 1 :] = np.mean(np.array(parts, dtype=float), axis=0)
        return np.where(age >= self.rows - 1, total, np.nan)


def matrix_profile(z: Floats, age: Indices, _clip: float) -> MatrixProfile:
    """Keep the reference. Shapes are as long as those of `subsequence_pca`. Raises MissingExtraError without stumpy."""
    _stumpy()
    return MatrixProfile(np.ascontiguousarray(z.T), _length(age, 3))


def _length(age: Indices, least: int) -> int:
    """Rows of a shape, `least` or more: at most a quarter of the reference, and of its usual unit.

    Half of the rows of a unit are older than its middle. So in units of usual length three of four rows have a score.
    """
    return max(least, min(ROWS, len(age) // 4, (int(np.median(age)) + 1) // 2))


def _stumpy() -> Any:
    try:
        import stumpy
    except ImportError as problem:
        raise MissingExtraError("stumpy", "profile", "the matrix profile") from problem
    return stumpy


def _shapes(values: Floats, rows: int) -> Floats:
    """The last `rows` values of each row, shape (rows, `rows`); 0 where there are none."""
    padded = np.concatenate([np.zeros(rows - 1), values])
    return np.lib.stride_tricks.sliding_window_view(padded, rows)
