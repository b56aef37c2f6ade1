"""Which class of glitches does which round of a veto remove: classes by witnesses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..acquire.atomic import atomic
from ..evaluate.predictions import Predictions
from ..types import UNKNOWN, Floats, Indices
from .hveto.tables import csv_text

FILE = "classes_by_witness.csv"
TOLERANCE = 2e-6
"""Seconds by which the time of a prediction may differ from its trigger's: names of images have whole microseconds."""
NOT_CLASSIFIED = "not classified"
"""The row of triggers that no prediction is of."""


@dataclass(frozen=True)
class ClassTable:
    """The triggers of a channel by class (rows) and by the round that vetoed them (columns).

    `rows` are the classes that occur, the most frequent first, then `unknown` (flagged, whatever the class) and
    `not classified`, where there are any. `rounds` are the numbers of the rounds and `witnesses` their winners;
    `counts` has shape (rows, rounds + 1): the last column is of what no round vetoed.
    """

    rows: tuple[str, ...]
    rounds: tuple[int, ...]
    witnesses: tuple[str, ...]
    counts: Indices

    @property
    def totals(self) -> Indices:
        """Triggers of each row."""
        sums: Indices = self.counts.sum(axis=1)
        return sums

    @property
    def shares(self) -> Floats:
        """Each count as a part of its row, shape as `counts`: which part of a class a round removed."""
        return self.counts / np.maximum(self.totals, 1)[:, None]


def class_table(
    channel: str, times: Floats, vetoed_in: Indices, winners: Mapping[int, str], predictions: Predictions
) -> ClassTable:
    """The table of a channel's triggers at `times` (GPS s), each vetoed in a round or (0) in none; shape (triggers,).

    `winners` are the rounds in their order. A prediction is of a trigger of the channel at the same time but for
    rounding; of several the first counts, and those of other times do not.
    """
    of_channel = predictions.take(predictions.channel == channel)
    return counted(called(of_channel, prediction_of(times, of_channel)), vetoed_in, winners)


def counted(names: NDArray[np.str_], vetoed_in: Indices, winners: Mapping[int, str]) -> ClassTable:
    """The same of triggers that are called so (see `called`), shape (triggers,)."""
    rows = _rows(names.tolist())
    columns = {number: i for i, number in enumerate([*winners, 0])}
    counts = np.zeros((len(rows), len(columns)), np.int64)
    for name, number in zip(names.tolist(), vetoed_in.tolist(), strict=True):
        counts[rows.index(name), columns[number]] += 1
    return ClassTable(tuple(rows), tuple(winners), tuple(winners.values()), counts)


def prediction_of(times: Floats, predictions: Predictions) -> Indices:
    """Which prediction is of each of the triggers at `times` (GPS s), shape (triggers,); -1 where none is."""
    found = np.full(len(times), -1)
    order = np.argsort(times, kind="stable")
    edges = np.concatenate([[-np.inf], times[order], [np.inf]])
    after = np.searchsorted(edges[1:-1], predictions.gps) + 1  # NaN comes last, and is near to nothing
    for i in reversed(range(len(predictions))):  # the first is written last
        near = min((after[i] - 1, after[i]), key=lambda place: abs(edges[place] - predictions.gps[i]))
        if abs(edges[near] - predictions.gps[i]) <= TOLERANCE:
            found[order[near - 1]] = i
    return found


def called(predictions: Predictions, rows: Indices) -> NDArray[np.str_]:
    """What is said of triggers by the predictions in some rows (-1: none): a class, `unknown` or `not classified`."""
    names = np.array([NOT_CLASSIFIED, *np.where(predictions.flagged, UNKNOWN, predictions.name).tolist()], np.str_)
    return names[rows + 1]


def _rows(names: list[str]) -> list[str]:
    last = [name for name in (UNKNOWN, NOT_CLASSIFIED) if name in names]
    return [*sorted(set(names).difference(last), key=lambda name: (-names.count(name), name)), *last]


def table_csv(of: ClassTable) -> str:
    """One line per row, then `all`: `class`, a column for each round by number and witness, `not vetoed`, `total`."""
    rounds = (f"{number} {witness}" for number, witness in zip(of.rounds, of.witnesses, strict=True))
    return csv_text(("class", *rounds, "not vetoed", "total"), _lines(of))


def _lines(of: ClassTable) -> Iterator[list[str | int]]:
    for name, counts, total in zip(of.rows, of.counts.tolist(), of.totals.tolist(), strict=True):
        yield [name, *counts, total]
    yield ["all", *of.counts.sum(axis=0).tolist(), int(of.totals.sum())]


def write_class_table(of: ClassTable, folder: Path) -> Path:
    """Write `classes_by_witness.csv` into a folder, made if needed; returns its path. Raises CulpaError."""
    path = folder / FILE
    with atomic(path) as temporary:
        temporary.write_text(table_csv(of), encoding="utf-8")
    return path
