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


def fitted_temperature(logits: NDArray[Any], labels: Indices) -> float:
    """The temperature, from 0.05 to 20, that gives held-out labels (n,) the highest likelihood; 1 for none.

    A share 1 / (n + 2) of each label is spread over all classes, because n right answers do not promise another (the
    rule of succession); without it a network that made no mistake would be given certainty.
    """
    from scipy.optimize import minimize_scalar

    if not len(labels):
        return 1.0
    spread = 1 / (len(labels) + 2)

    def cost(power: float) -> float:
        logarithms = log_softmax(logits, float(np.exp(power)))
        right = logarithms[np.arange(len(labels)), labels].mean()
        return -float((1 - spread) * right + spread * logarithms.mean())

    found = minimize_scalar(cost, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))
