"""Whether a network should be believed: how far a glitch lies from everything it was trained with.

Scores are high where an image is strange. Each is a function of the statistics of the training set and of what the
network says of n images, and gives float64 (n,); `SCORES` names those that count.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Indices, Singles
from .calibration import softmax
from .outputs import Outputs


@dataclass(frozen=True)
class Statistics:
    """What the embeddings of a training set are like.

    `means` (classes, features) are the centres of the classes, `whitening` (features, features) maps differences to
    units of the scatter within classes, `background_mean` and `background` are the same for all images together.
    """

    means: Singles
    whitening: Singles
    background_mean: Singles
    background: Singles


@dataclass(frozen=True)
class Novelty:
    """Statistics; median and spread of each of `SCORES` on held-out glitches, (scores,) each; the threshold."""

    statistics: Statistics
    medians: Floats
    spreads: Floats
    threshold: float


def statistics(said: Outputs, labels: Indices, classes: int) -> Statistics:
    """The statistics of a training set: outputs for n images, labels (n,). Every class needs an image."""
    values = said.embedding.astype(np.float64)
    means = np.stack([values[labels == index].mean(axis=0) for index in range(classes)])
    centre = values.mean(axis=0)
    parts = means, _whitening(values - means[labels]), centre, _whitening(values - centre)
    return Statistics(*(part.astype(np.float32) for part in parts))


def _whitening(residuals: Floats) -> Floats:
    """A matrix that gives residuals (n, features) unit scatter; directions that hardly vary are kept from exploding."""
    covariance = residuals.T @ residuals / len(residuals)
    values, vectors = np.linalg.eigh(covariance)
    floor = 0.001 * values.max() + np.finfo(np.float32).tiny
    matrix: Floats = vectors / np.sqrt(np.maximum(values, floor))
    return matrix


def distance(known: Statistics, said: Outputs) -> Floats:
    """Squared Mahalanobis distance from the nearest class (Lee et al. 2018, arXiv:1807.03888)."""
    centres = known.means.astype(np.float64) @ known.whitening
    points = said.embedding.astype(np.float64) @ known.whitening
    squares: Floats = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2).min(axis=1)
    return squares


def relative_distance(known: Statistics, said: Outputs) -> Floats:
    """The same less the distance from all images together (Ren et al. 2021, arXiv:2106.09022)."""
    far: Floats = (((said.embedding.astype(np.float64) - known.background_mean) @ known.background) ** 2).sum(axis=1)
    return distance(known, said) - far


def doubt(_known: Statistics, said: Outputs) -> Floats:
    """Minus the logarithm of the highest probability: high where classes compete."""
    shares: Floats = -np.log(softmax(said.logits).max(axis=1))
    return shares


def energy(_known: Statistics, said: Outputs) -> Floats:
    """Free energy (Liu et al. 2020, arXiv:2010.03759): high where no class is loud."""
    values = said.logits.astype(np.float64)
    loudest = values.max(axis=1)
    shares: Floats = -(loudest + np.log(np.exp(values - loudest[:, None]).sum(axis=1)))
    return shares


SCORES = {"distance": distance, "energy": energy}


def fit(known: Statistics, said: Outputs, false_flags: float) -> Novelty:
    """Scales and threshold from held-out glitches of known classes, of which the share `false_flags` is flagged."""
    medians, high = np.array([np.quantile(score(known, said), (0.5, 0.95)) for score in SCORES.values()]).T
    scale = Novelty(known, medians, np.maximum(high - medians, 1e-12), 0.0)
    return replace(scale, threshold=float(np.quantile(surprise(scale, said), 1 - false_flags)))


def surprise(novelty: Novelty, said: Outputs) -> Floats:
    """How strange each image is (n,): the score that is most of its spreads above its median, in spreads."""
    scores = np.stack([score(novelty.statistics, said) for score in SCORES.values()], axis=1)
    largest: Floats = ((scores - novelty.medians) / novelty.spreads).max(axis=1)
    return largest


def to_table(novelty: Novelty) -> dict[str, Any]:
    """The novelty as JSON can hold it, arrays as base64 of little-endian float32."""
    arrays = {name: _encode(array) for name, array in vars(novelty.statistics).items()}
    return {
        "scores": list(SCORES),
        "medians": novelty.medians.tolist(),
        "spreads": novelty.spreads.tolist(),
        "threshold": novelty.threshold,
        "statistics": arrays,
    }


def from_table(table: Mapping[str, Any]) -> Novelty:
    """The inverse of `to_table`. Raises ValueError or KeyError for anything else."""
    if table["scores"] != list(SCORES):
        raise ValueError(f"novelty scores {table['scores']}, expected {list(SCORES)}")
    arrays = {name: _decode(table["statistics"][name]) for name in Statistics.__dataclass_fields__}
    medians, spreads = (np.array(table[name], np.float64).reshape(len(SCORES)) for name in ("medians", "spreads"))
    return Novelty(Statistics(**arrays), medians, spreads, float(table["threshold"]))


def _encode(array: NDArray[Any]) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()
    return {"shape": list(array.shape), "float32": data}


def _decode(table: Mapping[str, Any]) -> Singles:
    return np.frombuffer(base64.b64decode(table["float32"], validate=True), "<f4").reshape(table["shape"])
