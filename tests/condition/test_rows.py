"""Context of rows: the same in any cut into blocks."""

import numpy as np
import pytest

from culpa.condition.rows import Counter, Rows, joined, needed
from culpa.types import Table


def table(rows=200):
    draws = np.random.default_rng(0)
    number = np.arange(rows)
    lot = np.array(["L1", "L2"], dtype=object)[number // 100 % 2]
    wafer = np.array([str(i) for i in number // 25 % 4], dtype=object)
    step = np.array([str(1 + i % 25 // 10) for i in number], dtype=object)
    return Table(
        draws.normal(size=(rows, 2)), ("a", "b"), number * 1.0, "number", {"lot": lot, "wafer": wafer, "step": step}
    )


def counted(whole, cuts, **options):
    counter, parts = Counter(**options), []
    for first, last in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        part = whole.take(slice(first, last))
        parts.append(counter.rows(Table(part.values, part.sensors, part.times, part.clock, part.words, first)))
    return Rows.concatenate(parts)


@pytest.mark.parametrize("cuts", [[], [1], [25, 50], [10, 10, 13], list(range(1, 200))])
def test_counts_go_on_from_block_to_block(cuts):
    rows = counted(table(), cuts, groups=("lot",), unit=("lot", "wafer"), step="step")
    assert rows.number.tolist() == list(range(200))
    assert rows.age.tolist() == [i % 25 for i in range(200)]
    assert rows.place.tolist() == [i % 25 % 10 for i in range(200)]
    assert rows.group.tolist() == ["L1"] * 100 + ["L2"] * 100
    assert rows.unit[130] == "L2 / 1"
    assert rows.time[130] == 130.0


def test_without_units_rows_are_counted_from_the_start_of_the_data():
    rows = counted(table(), [70], step="step")
    assert rows.age.tolist() == list(range(200))
    assert rows.unit is None
    assert rows.group is None
    assert rows.place[100] == 0


def test_a_step_begins_anew_with_each_unit_of_the_same_step():
    whole = table(20)
    whole.words["step"][:] = "1"
    whole.words["wafer"][10:] = "9"
    rows = counted(whole, [4], unit=("wafer",), step="step")
    assert rows.place.tolist() == [*range(10), *range(10)]


def test_rows_can_be_taken_and_joined_again():
    rows = counted(table(), [], groups=("lot",), unit=("wafer",), step="step")
    again = Rows.concatenate([rows.take(slice(0, 60)), rows.take(slice(60, None))])
    for name, part in vars(rows).items():
        np.testing.assert_array_equal(getattr(again, name), part)
    assert len(rows.take(rows.group == "L2")) == 100
    assert rows.with_values(rows.values + 1).values[0, 0] == rows.values[0, 0] + 1
    assert Rows.plain(np.ones((3, 1))).age.tolist() == [0, 1, 2]


def test_words_of_several_columns_are_one():
    a, b = np.array(["x", "y"], dtype=object), np.array(["1", "2"], dtype=object)
    assert joined([]) is None
    assert joined([a]).tolist() == ["x", "y"]
    assert joined([a, b]).tolist() == ["x / 1", "y / 2"]


def test_context_that_is_needed_and_missing_is_an_error():
    with pytest.raises(ValueError, match="expected rows with groups"):
        needed(None)
