"""Classes by witnesses."""

import csv
from pathlib import Path

import numpy as np
import pytest

from culpa.evaluate.predictions import Predictions
from culpa.report.classes import ClassTable, class_table, table_csv, write_class_table
from culpa.report.day.channels import vetoed_in

T = 1_400_000_000.0
TIMES = T + np.array([5.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0])  # in no order
WINNERS = {1: "K1:PEM-A", 2: "K1:PEM,B"}
VETOED = {1: T + np.array([1.0, 2.0, 3.0]), 2: T + np.array([4.0])}
# 6 is not classified, 7 neither (its flag is of another time), 8 is no trigger
SAID = [
    (3.0000019, "dot", False),  # rounded elsewhere
    (1.0, "tomte", False),  # of another channel
    (1.0, "blip", False),
    (1.0, "dot", False),  # a second prediction of a trigger
    (2.0, "blip", True),
    (4.0, "blip", False),
    (5.0, "blip", False),
    (7.0001, "blip", True),
    (8.0, "dot", False),
    (np.nan, "dot", False),
]


def predictions_of(rows: list[tuple[float, str, bool]]) -> Predictions:
    channels = ["K1:AUX" if name == "tomte" else "K1:MAIN" for _, name, _ in rows]
    gps, name, flagged = (np.array(column) for column in zip(*rows, strict=True))
    return Predictions(T + gps, np.array(channels), name, np.ones(len(rows)), flagged, ("blip", "dot", "tomte"))


@pytest.fixture
def table() -> ClassTable:
    return class_table("K1:MAIN", TIMES, vetoed_in(TIMES, VETOED), WINNERS, predictions_of(SAID))


def test_each_trigger_is_in_one_cell(table: ClassTable) -> None:
    assert table.rows == ("blip", "dot", "unknown", "not classified")
    assert (table.rounds, table.witnesses) == ((1, 2), ("K1:PEM-A", "K1:PEM,B"))
    assert table.counts.tolist() == [[1, 1, 1], [1, 0, 0], [1, 0, 0], [0, 0, 2]]
    assert table.totals.tolist() == [3, 1, 1, 2]
    assert table.totals.sum() == len(TIMES)
    assert table.shares[0].tolist() == pytest.approx([1 / 3] * 3)


def test_the_order_of_triggers_does_not_matter(table: ClassTable) -> None:
    order = np.array([3, 1, 0, 6, 5, 4, 2])
    again = class_table("K1:MAIN", TIMES[order], vetoed_in(TIMES[order], VETOED), WINNERS, predictions_of(SAID))
    assert (again.rows, again.counts.tolist()) == (table.rows, table.counts.tolist())


def test_as_a_file(table: ClassTable, tmp_path: Path) -> None:
    path = write_class_table(table, tmp_path / "machine_learning")
    assert path == tmp_path / "machine_learning" / "classes_by_witness.csv"
    with path.open(newline="") as file:
        lines = list(csv.reader(file))
    assert lines == [
        ["class", "1 K1:PEM-A", "2 K1:PEM,B", "not vetoed", "total"],
        ["blip", "1", "1", "1", "3"],
        ["dot", "1", "0", "0", "1"],
        ["unknown", "1", "0", "0", "1"],
        ["not classified", "0", "0", "2", "2"],
        ["all", "3", "1", "3", "7"],
    ]


def test_no_round_no_prediction_no_trigger() -> None:
    nothing = np.empty(0)
    nobody = predictions_of(SAID).take(np.zeros(len(SAID), bool))
    alone = class_table("K1:MAIN", TIMES, np.zeros(7, np.int64), {}, nobody)
    assert (alone.rows, alone.counts.tolist()) == (("not classified",), [[7]])
    empty = class_table("K1:MAIN", nothing, vetoed_in(nothing, VETOED), WINNERS, predictions_of(SAID))
    assert (empty.rows, empty.counts.shape, empty.shares.shape) == ((), (0, 3), (0, 3))
    assert table_csv(empty).splitlines()[1] == "all,0,0,0,0"
