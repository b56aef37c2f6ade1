"""Whether a network should be believed: how far a glitch lies from everything it was trained with.

A network that has learned what "none of these" looks like says so itself: that tells new kinds of glitches best. One
that has not is judged by scores, high where an image is strange: each is a function of the statistics of the training
set and of what the network says of n images, and gives float64 (n,); `SCORES` names those that count.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Indices, Mask, Singles
from .outputs import Outputs


@dataclass(frozen=True)
class Statistics:
    """What the embeddings of a training set are like.

    `means` (classes, features) are the centres of the classes, `whitening` (features, features) maps differences to
    units of the scatter within classes.
    """

    means: Singles
    whitening: Singles


@dataclass(frozen=True)
class Novelty:
    """Statistics; median and spread of each of `SCORES` on held-out glitches, (scores,) each; the threshold.

    `stranger` is the number of the class "none of these", None for a network without it; `rarity` is how many of them
    are expected for each one that the network has learned to expect.
    """

    statistics: Statistics
    medians: Floats
    spreads: Floats
    threshold: float
    stranger: int | None = None
    rarity: float = 1.0


def statistics(said: Outputs, labels: Indices, classes: int) -> Statistics:
    """The statistics of a training set: outputs for n images, labels (n,). Every class needs an image."""
    values = said.embedding.astype(np.float64)
    means = np.stack([values[labels == index].mean(axis=0) for index in range(classes)])
    return Statistics(means.astype(np.float32), _whitening(values - means[labels]).astype(np.float32))


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
    squares = [((points - centre) ** 2).sum(axis=1) for centre in centres]  # all at once take gigabytes
    nearest: Floats = np.minimum.reduce(squares)
    return nearest


def energy(_known: Statistics, said: Outputs) -> Floats:
    """Free energy (Liu et al. 2020, arXiv:2010.03759): high where no class is loud."""
    values = said.logits.astype(np.float64)
    loudest = values.max(axis=1)
    shares: Floats = -(loudest + np.log(np.exp(values - loudest[:, None]).sum(axis=1)))
    return shares


SCORES = {"distance": distance, "energy": energy}


def odds(said: Outputs, stranger: int) -> Floats:
    """Logarithm of the odds that an image is of one class rather than of any other."""
    values = said.logits.astype(np.float64)
    others = np.delete(values, stranger, axis=1)
    loudest = others.max(axis=1)
    shares: Floats = values[:, stranger] - loudest - np.log(np.exp(others - loudest[:, None]).sum(axis=1))
    return shares


def fit(
    known: Statistics, said: Outputs, false_flags: float, stranger: int | None = None, rarity: float = 1.0
) -> Novelty:
    """Scales and threshold from held-out glitches of known classes, of which the share `false_flags` is flagged."""
    medians, high = np.array([np.quantile(score(known, said), (0.5, 0.95)) for score in SCORES.values()]).T
    scale = Novelty(known, medians, np.maximum(high - medians, 1e-12), 0.0, stranger, rarity)
    return replace(scale, threshold=float(np.quantile(surprise(scale, said), 1 - false_flags)))


def surprise(novelty: Novelty, said: Outputs) -> Floats:
    """How strange each image is (n,): the odds that it is none of these, where the network knows that class.

    Else the score that is most of its spreads above its median, in spreads.
    """
    if novelty.stranger is not None:
        return odds(said, novelty.stranger)
    scores = np.stack([score(novelty.statistics, said) for score in SCORES.values()], axis=1)
    largest: Floats = ((scores - novelty.medians) / novelty.spreads).max(axis=1)
    return largest


def unknown(novelty: Novelty, said: Outputs) -> Mask:
    """Which images (n,) the network should not be believed about: those above the threshold."""
    above: Mask = surprise(novelty, said) > novelty.threshold
    return above


def expected(novelty: Novelty, probabilities: Floats) -> Floats:
    """Probabilities (n, classes) with strangers as rare as they are expected to be: Bayes' rule.

    The network has learned to expect them as often as they weighed in its training.
    """
    if novelty.stranger is None:
        return probabilities
    weighted = probabilities.copy()
    weighted[:, novelty.stranger] *= novelty.rarity
    shares: Floats = weighted / weighted.sum(axis=1, keepdims=True)
    return shares


def to_table(novelty: Novelty) -> dict[str, Any]:
    """The novelty as JSON can hold it, arrays as base64 of little-endian float32."""
    arrays = {name: _encode(array) for name, array in vars(novelty.statistics).items()}
    return {
        "scores": list(SCORES),
        "medians": novelty.medians.tolist(),
        "spreads": novelty.spreads.tolist(),
        "threshold": novelty.threshold,
        "stranger": novelty.stranger,
        "rarity": novelty.rarity,
        "statistics": arrays,
    }


def from_table(table: Mapping[str, Any]) -> Novelty:
    """The inverse of `to_table`. Raises ValueError, KeyError or TypeError for anything else."""
    if table["scores"] != list(SCORES):
        raise ValueError(f"novelty scores {table['scores']}, expected {list(SCORES)}")
    arrays = {name: _decode(table["statistics"][name]) for name in Statistics.__dataclass_fields__}
    medians, spreads = (np.array(table[name], np.float64).reshape(len(SCORES)) for name in ("medians", "spreads"))
    stranger, threshold, rarity = table["stranger"], float(table["threshold"]), float(table["rarity"])
    numbers: list[NDArray[Any]] = [
        *(array.ravel() for array in arrays.values()),
        medians,
        spreads,
        np.array([threshold, rarity]),
    ]
    if not np.isfinite(np.concatenate(numbers)).all():
        raise ValueError("novelty has numbers that are not finite")  # nothing would be above such a threshold
    shapes = [array.shape for array in arrays.values()]
    if [len(shape) for shape in shapes] != [2, 2] or shapes[1] != (shapes[0][1],) * 2:
        raise ValueError(
            f"novelty statistics of shapes {shapes}, expected (classes, features) and (features, features)"
        )
    stranger = None if stranger is None else int(stranger)
    return Novelty(Statistics(**arrays), medians, spreads, threshold, stranger, rarity)


def _encode(array: NDArray[Any]) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()
    return {"shape": list(array.shape), "float32": data}


def _decode(table: Mapping[str, Any]) -> Singles:
    return np.frombuffer(base64.b64decode(table["float32"], validate=True), "<f4").reshape(table["shape"])
