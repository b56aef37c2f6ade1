"""How well the classes of injections are known, in numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import UNKNOWN, Floats, Indices, Mask
from .calibration import Reliability, reliability
from .classes import ClassMeasure, Share, accuracy, confusion, flag_rates, macro_f1, macro_f1_interval, per_class
from .classified import Join, families
from .predictions import Predictions
from .score import Score, snr_bins

EDGES = (0.0, 6.0, 8.0, np.inf)
"""Borders of the SNR bins in which classes are judged; each bin includes its lower border."""


@dataclass(frozen=True)
class _Rows:
    """Rows that were found where a classifier was at work, each with the numbers of its family and of its class.

    -1 stands for a family that is no class, and for a row that was not classified.
    """

    family: Indices
    called: Indices
    probability: Floats
    classes: tuple[str, ...]

    def take(self, rows: Mask) -> "_Rows":
        return _Rows(self.family[rows], self.called[rows], self.probability[rows], self.classes)

    @property
    def known(self) -> "_Rows":
        """Those classified whose family is a class."""
        return self.take((self.family >= 0) & (self.called >= 0))

    @property
    def matrix(self) -> Indices:
        known = self.known
        return confusion(known.family, known.called, len(self.classes))

    @property
    def reliability(self) -> Reliability:
        known = self.known
        given = known.take(~np.isnan(known.probability))
        return reliability(given.probability, given.family == given.called)


def class_totals(score: Score, predictions: Predictions, joined: Join, rng: np.random.Generator) -> dict[str, Any]:
    """How well the classes are known, JSON-like, of a score `with_classes`; NaN where there is nothing to say.

    `all`, by `snr` bin and by `trigger_snr` bin (of what the search measured) an entry of the rows that were found
    in a channel with predictions: `found`, those `classified`, those of them of a `known` family with the `right`
    ones, `accuracy` with its `interval`, `macro_f1` (over families that occur) with its `macro_f1_interval`
    (bootstrap with `rng`), and `calibration_error`. Of all classified rows of known families, `class` has the
    numbers of each class, `confusion` the counts by family and class, `reliability` the bins of confidence.
    `flags`: how often the flag was raised among `known` families and among what is `outside` of them; `outside`
    has, by family, what it was called. Of rows that share a prediction only that with the highest SNR is judged;
    the others are `shared`, and nowhere else. `without_injection`: what predictions were called whose trigger holds
    no injection; `beside`: predictions of a trigger that holds one and that are of no row; `unplaced`: predictions
    of no trigger.
    """
    columns, (family, outside) = score.columns, families(score, predictions)
    there = np.isin(score.truth.channel, predictions.channel) & columns["found"]
    found = there & ~_shared(joined.chosen, score.truth.snr)
    classified = found & (columns["class"] != "")
    every = _Rows(
        _numbers(family, predictions.classes),
        _numbers(columns["class"], predictions.classes),
        columns["probability"],
        predictions.classes,
    )
    rates = flag_rates(columns["class_flag"][classified] == UNKNOWN, outside[classified])
    of_rows = np.isin(np.arange(len(predictions)), joined.chosen)
    matrix = every.take(classified).matrix
    return {
        "classes": list(predictions.classes),
        "all": _entry(every.take(found), rng),
        "snr": _binned(every, found, score.truth.snr, rng),
        "trigger_snr": _binned(every, found, columns["trigger_snr"], rng),
        "class": {one.name: _measure(one) for one in per_class(matrix, predictions.classes)},
        "confusion": _counts(matrix, predictions.classes),
        "reliability": _bins(every.take(classified).reliability),
        "flags": {"known": _flags(rates.known), "outside": _flags(rates.outside)},
        "outside": {
            str(name): _outside(score, classified & (family == name))
            for name in np.unique(family[classified & outside])
        },
        "shared": int((there & ~found).sum()),
        "without_injection": _noise(predictions.take(joined.without)),
        "beside": int((joined.placed & ~joined.without & ~of_rows).sum()),
        "unplaced": int((~joined.placed).sum()),
    }


def _binned(every: _Rows, found: Mask, snr: Floats, rng: np.random.Generator) -> dict[str, Any]:
    return {name: _entry(every.take(found & rows), rng) for name, rows in snr_bins(snr, EDGES).items()}


def by_snr(totals: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The entries of `class_totals` by injected SNR and by that of the trigger, under names for people."""
    names = {"snr": "SNR", "trigger_snr": "trigger SNR"}
    return {f"{name} {edges}": entry for key, name in names.items() for edges, entry in totals[key].items()}


def _shared(chosen: Indices, snr: Floats) -> Mask:
    """Which rows have the prediction of another row with a higher (or the same, and earlier in the table) SNR."""
    loud_first = np.argsort(-np.nan_to_num(snr), kind="stable")
    _, first = np.unique(chosen[loud_first], return_index=True)
    shared = chosen >= 0
    shared[loud_first[first]] = False
    return shared


def _numbers(names: NDArray[np.str_], classes: Sequence[str]) -> Indices:
    """The place of each name among the classes, -1 where it is none."""
    places = {name: i for i, name in enumerate(classes)}
    return np.array([places.get(name, -1) for name in names.tolist()], np.int64)


def _entry(rows: _Rows, rng: np.random.Generator) -> dict[str, Any]:
    matrix = rows.matrix
    right = accuracy(matrix)
    return {
        "found": len(rows.called),
        "classified": int((rows.called >= 0).sum()),
        "known": right.whole,
        "right": right.part,
        "accuracy": right.fraction,
        "interval": list(right.interval),
        "macro_f1": macro_f1(matrix),
        "macro_f1_interval": list(macro_f1_interval(matrix, rng)),
        "calibration_error": rows.reliability.error,
    }


def _measure(one: ClassMeasure) -> dict[str, Any]:
    return {
        "examples": one.truth,
        "called": one.predicted,
        "right": one.right,
        "recall": one.recall.fraction,
        "recall_interval": list(one.recall.interval),
        "precision": one.precision.fraction,
        "precision_interval": list(one.precision.interval),
        "f1": one.f1,
    }


def _counts(matrix: Indices, classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Of each family that occurs, how often it was called what."""
    return {
        name: {other: number for other, number in zip(classes, row, strict=True) if number}
        for name, row in zip(classes, matrix.tolist(), strict=True)
        if any(row)
    }


def _bins(of: Reliability) -> list[dict[str, float]]:
    names = ("low", "high", "count", "confidence", "accuracy")
    rows = zip(*(getattr(of, name).tolist() for name in names), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _flags(of: Share) -> dict[str, Any]:
    return {"flagged": of.part, "of": of.whole, "fraction": of.fraction, "interval": list(of.interval)}


def _outside(score: Score, rows: Mask) -> dict[str, Any]:
    columns = {name: column[rows] for name, column in score.columns.items()}
    return {
        "classified": int(rows.sum()),
        "flagged": int((columns["class_flag"] == UNKNOWN).sum()),
        "right": int(columns["class_right"].sum()),
        "called": _by_count(columns["class"]),
    }


def _noise(of: Predictions) -> dict[str, Any]:
    return {"predictions": len(of), "flagged": int(of.flagged.sum()), "called": _by_count(of.name)}


def _by_count(names: NDArray[np.str_]) -> dict[str, int]:
    """The most frequent first, then by name."""
    return dict(sorted(Counter(names.tolist()).items(), key=lambda item: (-item[1], item[0])))
