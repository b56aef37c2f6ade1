"""Scores of classes, example by example."""

import math
from itertools import pairwise


def confusion(truth, predicted, classes):
    """Rows true, columns predicted."""
    table = [[0] * classes for _ in range(classes)]
    for true, called in zip(truth, predicted, strict=True):
        table[true][called] += 1
    return table


def macro_f1(truth, predicted):
    """The mean F1 of the classes that occur in the truth."""
    scores = []
    for name in set(truth):
        pairs = list(zip(truth, predicted, strict=True))
        right = sum(t == name == p for t, p in pairs)
        recall = right / sum(t == name for t, _ in pairs)
        called = sum(p == name for _, p in pairs)
        precision = right / called if called else 0.0
        scores.append(2 * precision * recall / (precision + recall) if right else 0.0)
    return sum(scores) / len(scores) if scores else math.nan


def calibration_error(confidence, right, edges):
    """Weighted mean of |mean confidence - share of right ones| over bins (low, high], the first with its low end."""
    total = 0.0
    for i, (low, high) in enumerate(pairwise(edges)):
        rows = [j for j, c in enumerate(confidence) if low < c <= high or (i == 0 and c == low)]
        if rows:
            total += abs(sum(confidence[j] - right[j] for j in rows)) / len(confidence)
    return total
