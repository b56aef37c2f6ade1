"""Probabilities that mean what they say: logits divided by one temperature, fitted on glitches held out of training.

Source: Guo et al. 2017, arXiv:1706.04599.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Indices


def log_softmax(logits: NDArray[Any], temperature: float = 1.0) -> Floats:
    """Logarithms of the probabilities, shape as the logits (n, classes), in float64."""
    scaled = np.asarray(logits, np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    shares: Floats = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return shares


def softmax(logits: NDArray[Any], temperature: float = 1.0) -> Floats:
    """Probabilities (n, classes) of logits; each row sums to 1."""
    shares: Floats = np.exp(log_softmax(logits, temperature))
    return shares


def cross_entropy(logits: NDArray[Any], labels: Indices, temperature: float = 1.0) -> float:
    """Mean of minus the logarithm of the probability of the true class."""
    return -float(log_softmax(logits, temperature)[np.arange(len(labels)), labels].mean())


def fitted_temperature(logits: NDArray[Any], labels: Indices) -> float:
    """The temperature, from 0.05 to 20, that gives held-out labels (n,) the highest likelihood; 1 for none."""
    from scipy.optimize import minimize_scalar

    if not len(labels):
        return 1.0
    found = minimize_scalar(
        lambda power: cross_entropy(logits, labels, float(np.exp(power))),
        bounds=(np.log(0.05), np.log(20)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))
