"""How well scores tell anomalous rows from the others, whatever the threshold.

VUS-PR widens every labelled run of rows by a sloping border, takes the area under a precision-recall curve that counts
runs as well as rows, and averages over the width of the border. A random score gets about the share of anomalous rows.
Of scores only the order counts: an infinite one is above (or below) all others, NaN ranks with the lowest.
Source: Paparrizos et al. 2022, PVLDB 15, 2774 (range-aware curves and their volume); AUC-PR as average precision.
"""

from dataclasses import dataclass
from math import nan

import numpy as np

from ..types import Floats, Indices, Mask

THRESHOLDS = 250
"""Points of a range-aware curve."""


def auroc(truth: Mask, scores: Floats) -> float:
    """Probability that a random anomalous row scores higher than a random other one, ties counting half.

    `truth` and `scores` have shape (rows,); NaN counts as the lowest score. NaN where one of both kinds is missing.
    """
    from scipy.stats import rankdata

    anomalous, rows = int(truth.sum()), len(truth)
    if not 0 < anomalous < rows:
        return nan
    ranks = rankdata(_known(scores))
    return float((ranks[truth].sum() - anomalous * (anomalous + 1) / 2) / (anomalous * (rows - anomalous)))


def auc_pr(truth: Mask, scores: Floats) -> float:
    """Average precision: mean over anomalous rows of the precision at their score.

    `truth` and `scores` have shape (rows,); NaN counts as the lowest score. NaN without anomalous rows.
    """
    if not truth.any():
        return nan
    order = np.argsort(-_known(scores), kind="stable")
    ranked, hits = _known(scores)[order], np.cumsum(truth[order])
    last = np.append(ranked[1:] != ranked[:-1], True)  # rows of one score are told apart by no threshold
    found = hits[last]
    precision = found / (np.flatnonzero(last) + 1)
    return float((np.diff(found, prepend=0) * precision).sum() / truth.sum())


def vus_pr(truth: Mask, scores: Floats, longest: int) -> float:
    """Volume under the range-aware precision-recall surface, for borders of 0 to `longest` rows in all.

    `truth` and `scores` have shape (rows,); NaN counts as the lowest score. NaN without anomalous rows.
    """
    if not truth.any():
        return nan
    known = _known(scores)
    curve = _Curve.of(truth, known)
    runs = runs_of(truth)
    return float(np.mean([curve.area(known, runs, width) for width in range(longest + 1)]))


def runs_of(truth: Mask) -> Indices:
    """First and last row of each run of true rows, shape (runs, 2), both inclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], truth, [False]]).astype(np.int8)))
    return np.column_stack([edges[::2], edges[1::2] - 1])


@dataclass(frozen=True)
class _Curve:
    """Rows in order of score, and where the thresholds cut them."""

    truth: Mask
    order: Indices
    thresholds: Floats
    chosen: Indices
    """Rows at or above each threshold."""

    @classmethod
    def of(cls, truth: Mask, scores: Floats) -> "_Curve":
        order = np.argsort(-scores, kind="stable")
        ranked = scores[order]
        thresholds = ranked[np.linspace(0, len(scores) - 1, THRESHOLDS).astype(int)]
        return cls(truth, order, thresholds, np.searchsorted(-ranked, -thresholds, side="right"))

    def area(self, scores: Floats, runs: Indices, width: int) -> float:
        weights = _bordered(len(scores), runs, width)
        inside = np.cumsum(self.truth[self.order])[self.chosen - 1]
        hits = np.cumsum(weights[self.order])[self.chosen - 1]
        wide = _joined(runs, width // 2, len(scores))
        highest = np.sort([scores[first : last + 1].max() for first, last in wide])
        met = 1 - np.searchsorted(highest, self.thresholds, side="left") / len(wide)
        total = int(self.truth.sum())
        recall = np.minimum(hits / (total + (hits - inside) / 2), 1) * met
        return float((np.diff(recall, prepend=0) * hits / self.chosen).sum())


def _bordered(rows: int, runs: Indices, width: int) -> Floats:
    """1 in each run, falling to the square root of a half at half the width before and after it; 0 elsewhere."""
    weights = np.zeros(rows)
    half = width // 2
    away = np.arange(1, half + 1)
    slope = np.sqrt(1 - away / width) if width else np.empty(0)
    for first, last in runs:
        before, after = away[first - away >= 0], away[last + away < rows]
        weights[first - before] += slope[: len(before)]
        weights[last + after] += slope[: len(after)]
        weights[first : last + 1] = 1
    return np.minimum(weights, 1)


def _joined(runs: Indices, half: int, rows: int) -> list[tuple[int, int]]:
    """The runs widened by `half` rows on both sides; those that then share a row are one."""
    wide: list[tuple[int, int]] = []
    for first, last in runs:
        start, end = max(0, int(first) - half), min(rows - 1, int(last) + half)
        if wide and start <= wide[-1][1]:
            wide[-1] = (wide[-1][0], end)
        else:
            wide.append((start, end))
    return wide


def _known(scores: Floats) -> Floats:
    some = ~np.isnan(scores)
    lowest = scores[some].min() if some.any() else 0.0
    return np.where(some, scores, lowest)
