"""Slow twins of what is computed for rows: plain loops."""

import numpy as np


def trailing_mean(values, age, length):
    """Mean over the last `length` rows, or as many as a row's age allows."""
    return np.array([values[max(0, i - min(length - 1, age[i])) : i + 1].mean(axis=0) for i in range(len(values))])


def t_squared(values, reference, shrink):
    """Hotelling's T² with a covariance shrunk towards its mean variance, by the textbook."""
    mean = reference.mean(axis=0)
    covariance = np.cov(reference.T, bias=True).reshape(reference.shape[1], -1)
    shrunk = covariance + shrink * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    inverse = np.linalg.inv(shrunk)
    return np.array([(row - mean) @ inverse @ (row - mean) for row in values])
