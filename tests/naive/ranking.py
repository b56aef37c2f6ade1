"""A slow twin of VUS-PR: every width, every threshold, every row."""

import numpy as np


def vus_pr(truth, scores, longest, thresholds=250):
    """Volume under the range-aware precision-recall surface. Source: Paparrizos et al. 2022, PVLDB 15, 2774."""
    return float(np.mean([area(truth, scores, width, thresholds) for width in range(longest + 1)]))


def area(truth, scores, width, thresholds):
    """Area under the curve of one width."""
    rows, total, half = len(truth), int(truth.sum()), width // 2
    weights = np.array([weight(truth, row, width) for row in range(rows)])
    runs = []  # widened by half of the width; those that share a row are one, as in the code of the authors
    for first, end in edges(truth):
        wide = set(range(max(0, first - half), min(rows, end + half)))
        if runs and runs[-1] & wide:
            runs[-1] |= wide
        else:
            runs.append(wide)
    ranked, last, sum_ = np.sort(scores)[::-1], 0.0, 0.0
    for place in np.linspace(0, rows - 1, thresholds).astype(int):
        chosen = scores >= ranked[place]
        hits = weights[chosen].sum()
        inside = (truth & chosen).sum()
        met = np.mean([chosen[sorted(run)].any() for run in runs])
        recall = min(hits / ((total + total + hits - inside) / 2), 1) * met
        sum_ += (recall - last) * hits / chosen.sum()
        last = recall
    return sum_


def weight(truth, row, width):
    """1 in a run, else what the borders of the runs add up to, at most 1."""
    if truth[row]:
        return 1.0
    away = [distance for first, end in edges(truth) for distance in (first - row, row - end + 1)]
    return min(1.0, sum(np.sqrt(1 - distance / width) for distance in away if 0 < distance <= width // 2))


def edges(truth):
    """First row and the one after the last of each run."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], truth.astype(int), [0]])))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))
