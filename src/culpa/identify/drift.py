"""Is a new day like the data that a network learned from? If not, its probabilities are not to be believed."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..acquire.atomic import atomic
from ..errors import NoDataError
from ..types import Floats, Indices

SOME, LARGE = 0.1, 0.25
"""Population stability index from which a change is some, and large. Source: Siddiqi, Credit Risk Scorecards (2006)."""
LEVEL = 0.01
"""How often a day that is like the reference may show a change in anything at all."""
_BINS = 50
_GROUPS = 10
"""Bins of the index: ten, as is usual; those kept are finer, for the distance."""


@dataclass(frozen=True)
class Reference:
    """How features were distributed, class by class: small enough to be kept with a model, as JSON.

    `edges` of each feature rise; a bin includes its upper edge, the last has none. `counts` of each feature: for each
    class, how many images in each bin, then how many without a value.
    """

    classes: tuple[str, ...]
    edges: dict[str, tuple[float, ...]]
    counts: dict[str, tuple[tuple[int, ...], ...]]


@dataclass(frozen=True)
class Change:
    """How something differs on a day from the reference.

    `reference` and `day` are medians; `psi` is the population stability index, `chance` what it stays below as long as
    nothing changes; `ks` the Kolmogorov-Smirnov distance and `p_value` how probable one as large is by chance; NaN =
    there is no such thing. `verdict` is `stable`, `some change` or `large change`.
    """

    name: str
    reference: float
    day: float
    psi: float
    chance: float
    ks: float
    p_value: float
    verdict: str


@dataclass(frozen=True)
class Drift:
    """A day beside the reference: a change for each feature, and for how frequent the classes are.

    The reference of a feature is mixed as the classes of the day are, so that a day with more of one class, but the
    same glitches, is no change of features. `shares` has the share of each class in the reference and on the day.
    """

    images: int
    features: tuple[Change, ...]
    frequencies: Change
    shares: Mapping[str, tuple[float, float]]


def make_reference(features: Mapping[str, Floats], labels: Indices, classes: tuple[str, ...]) -> Reference:
    """The distributions of features, each of shape (n,), NaN = no value, of images whose classes are given.

    Take images that the network has not learned from, and the classes that it gives them.
    """
    edges = {name: _edges(values[np.isfinite(values)]) for name, values in features.items()}
    counts = {name: _counts(values, edges[name], labels, len(classes)) for name, values in features.items()}
    return Reference(
        classes,
        {name: tuple(of.tolist()) for name, of in edges.items()},
        {name: tuple(tuple(row) for row in of.tolist()) for name, of in counts.items()},
    )


def _edges(values: Floats) -> Floats:
    """Upper edges of bins of equal numbers; a value that many have is a bin of its own."""
    if not len(values):
        return np.empty(0)
    quantiles, times = np.unique(
        np.quantile(values, np.arange(1, _BINS) / _BINS, method="inverted_cdf"), return_counts=True
    )
    return np.unique(np.concatenate([quantiles, np.nextafter(quantiles[times > 1], -np.inf)]))


def _counts(values: Floats, edges: Floats, labels: Indices, classes: int) -> Indices:
    """Images of each class in each bin, and then without a value, shape (classes, bins + 1)."""
    bins = np.where(np.isfinite(values), np.searchsorted(edges, values, side="left"), len(edges) + 1)
    counts = np.zeros((classes, len(edges) + 2), dtype=np.int64)
    np.add.at(counts, (labels, bins), 1)
    return counts


def drift(of: Reference, features: Mapping[str, Floats], labels: Indices) -> Drift:
    """A day's images beside the reference: their features, as `make_reference` takes them, and predicted classes.

    Raises NoDataError for a day without images, KeyError for a feature that the day lacks.
    """
    if not len(labels):
        raise NoDataError("no image to compare with the reference", "choose a day on which something was classified")
    level = LEVEL / (len(of.edges) + 1)
    changes = tuple(_change(of, name, features[name], labels, level) for name in of.edges)
    before = np.array(next(iter(of.counts.values()))).sum(axis=1)
    now = np.bincount(labels, minlength=len(of.classes))
    psi, chance, p_value = _index(now, before / before.sum(), 1 / before.sum(), level)
    frequencies = Change("class frequencies", nan, nan, psi, chance, nan, p_value, _verdict(psi, chance))
    shares = zip((before / before.sum()).tolist(), (now / now.sum()).tolist(), strict=True)
    return Drift(len(labels), changes, frequencies, dict(zip(of.classes, shares, strict=True)))


def _change(of: Reference, name: str, values: Floats, labels: Indices, level: float) -> Change:
    edges, known = np.array(of.edges[name]), np.array(of.counts[name])
    numbers = known.sum(axis=1)
    there = numbers[labels] > 0  # with a class that the reference has not, nothing can be compared
    now = _counts(values[there], edges, labels[there], len(of.classes))
    weights = now.sum(axis=1) / max(now.sum(), 1)
    few = 1 / np.maximum(numbers, 1)
    expected = (weights * few) @ known
    noise = np.sum(weights**2 * few)  # a mixture is known as well as 1 / noise images of it would make it known
    day = now.sum(axis=0)
    groups = _grouped(expected)
    psi, chance, _ = _index(np.bincount(groups, day), np.bincount(groups, expected), noise, level)
    ks, p_value = _distance(day[:-1], expected[:-1], noise)
    middle = np.searchsorted(np.cumsum(expected[:-1]), expected[:-1].sum() / 2)
    usual = edges[min(middle, len(edges) - 1)] if len(edges) else nan
    finite = values[np.isfinite(values)]
    median = float(np.median(finite)) if len(finite) else nan
    return Change(name, float(usual), median, psi, chance, ks, p_value, _verdict(psi, chance))


def _grouped(expected: Floats) -> Indices:
    """Which bin of the index each kept bin belongs to: ten with a tenth of the reference each; no value is another."""
    middle = np.cumsum(expected[:-1]) - expected[:-1] / 2
    groups = np.minimum((middle * _GROUPS / max(expected[:-1].sum(), 1e-12)).astype(np.int64), _GROUPS - 1)
    _, groups = np.unique(groups, return_inverse=True)
    return np.append(groups, groups.max() + 1)


def _index(day: NDArray[Any], expected: NDArray[Any], noise: float, level: float) -> tuple[float, float, float]:
    """Population stability index of counts, what it stays below by chance but for `level`, and its p-value.

    Half a count is added to every bin, so that an empty one is finite. Without change the index is chi-square
    distributed, times (1/n + 1/m). Source: Yurdakul, Statistical Properties of Population Stability Index (2018).
    """
    from scipy.stats import chi2

    used = (day > 0) | (expected > 0)
    if day.sum() == 0 or used.sum() < 2:
        return 0.0, 0.0, 1.0
    known = 1 / noise
    now = (day[used] + 0.5) / (day.sum() + 0.5 * used.sum())
    before = (expected[used] * known + 0.5) / (known + 0.5 * used.sum())
    psi = float(np.sum((now - before) * np.log(now / before)))
    scale, freedom = 1 / day.sum() + noise, used.sum() - 1
    return psi, float(chi2.isf(level, freedom) * scale), float(chi2.sf(psi / scale, freedom))


def _distance(day: NDArray[Any], expected: Floats, noise: float) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance between counts and expectation, and its p-value; NaN where either has nothing.

    Looked for at the edges of the bins only, it can be too small by the share of one.
    """
    from scipy.stats import kstwo

    number, share = int(day.sum()), expected.sum()
    if not number or not share:
        return nan, nan
    distance = float(np.abs(np.cumsum(day) / number - np.cumsum(expected) / share).max())
    effective = 1 / (1 / number + noise / share)
    return distance, float(kstwo.sf(distance, max(1, round(effective))))


def _verdict(psi: float, chance: float) -> str:
    if psi < SOME or psi <= chance:
        return "stable"
    return "some change" if psi < LARGE else "large change"


def write_drift(path: Path, of: Drift) -> None:
    """The table as CSV: a row for each feature, one for the frequencies of the classes, one for the share of each."""
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["name", "reference", "day", "psi", "chance", "ks", "p_value", "verdict"])
        for change in (*of.features, of.frequencies):
            numbers = (change.reference, change.day, change.psi, change.chance, change.ks, change.p_value)
            texts = ["" if np.isnan(number) else f"{number:.4g}" for number in numbers]
            table.writerow([change.name, *texts, change.verdict])
        for name, (before, now) in of.shares.items():
            table.writerow([f"share of {name}", f"{before:.4g}", f"{now:.4g}", "", "", "", "", ""])
