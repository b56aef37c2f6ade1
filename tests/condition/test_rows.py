"""Context of rows: the same in any cut into blocks."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_ordinary_words_stay_what_they_are():
    names = ["EQ-A/1", "N/A", "a /b", "a// b", "", "//x", "레시피 1"]
    column, other = np.array(names, dtype=object), np.full(len(names), "x", dtype=object)
    assert joined([column, other]).tolist() == [f"{name} / x" for name in names]
    alone = np.array(["a / b"], dtype=object)
    assert joined([alone]) is alone


@pytest.mark.parametrize(("columns", "longest"), [(2, 4), (3, 2)])
def test_different_words_are_never_one(columns, longest):
    words = ["".join(letters) for size in range(longest + 1) for letters in product("a/ ", repeat=size)]
    rows = list(product(words, repeat=columns))
    whole = joined([np.array(column, dtype=object) for column in zip(*rows, strict=True)])
    assert len(set(whole.tolist())) == len(rows)


def test_groups_of_words_with_slashes_are_told_apart():
    columns = {"tool": ["a / b", "a", "a"], "recipe": ["c", "b / c", "b"]}
    words = {name: np.array(cells, dtype=object) for name, cells in columns.items()}
    whole = Table(np.zeros((3, 1)), ("x",), np.arange(3.0), "number", words)
    rows = Counter(("tool", "recipe"), ("tool", "recipe")).rows(whole)
    assert rows.group.tolist() == ["a // b / c", "a / b // c", "a / b"]
    assert rows.unit[2] == "a / b"


def test_context_that_is_needed_and_missing_is_an_error():
    with pytest.raises(ValueError, match="expected rows with groups"):
        needed(None)


def word_table(first=0, **columns):
    words = {name: np.array(list(text), dtype=object) for name, text in columns.items()}
    number = first + np.arange(len(next(iter(words.values()))))
    return Table(number[:, None] * 1.0, ("a",), number * 1.0, "number", words, first)


@st.composite
def units_in_blocks(draw):
    size = draw(st.integers(1, 30))
    lot, wafer, step = (draw(st.text(letters, min_size=size, max_size=size)) for letters in ("AB", "12", "xy"))
    return lot, wafer, step, sorted(draw(st.lists(st.integers(0, size), max_size=6)))


@given(units_in_blocks())
def test_any_cut_gives_the_counts_of_one_by_one(drawn):
    lot, wafer, step, cuts = drawn
    rows = counted(
        word_table(lot=lot, wafer=wafer, step=step), cuts, groups=("lot",), unit=("lot", "wafer"), step="step"
    )
    age = place = 0
    for i in range(len(lot)):
        same_unit = i > 0 and (lot[i], wafer[i]) == (lot[i - 1], wafer[i - 1])
        age = age + 1 if same_unit else 0
        place = place + 1 if same_unit and step[i] == step[i - 1] else 0
        assert (rows.number[i], rows.age[i], rows.place[i]) == (i, age, place)
    assert rows.values[:, 0].tolist() == rows.time.tolist() == list(range(len(lot)))


def test_a_unit_may_go_on_or_end_with_a_block():
    counter = Counter(unit=("wafer",))
    assert counter.rows(word_table(7, wafer="AAA")).age.tolist() == [0, 1, 2]
    second = counter.rows(word_table(10, wafer="AB"))
    assert (second.age.tolist(), second.number.tolist()) == ([3, 0], [10, 11])
    assert counter.rows(word_table(12, wafer="AA")).age.tolist() == [0, 1]


def test_an_empty_block_changes_nothing():
    counter = Counter(("lot",), ("lot", "wafer"), "step")
    whole = word_table(lot="AAAA", wafer="1111", step="xxxx")
    first, none, last = (counter.rows(whole.take(part)) for part in (slice(0, 2), slice(2, 2), slice(2, 4)))
    assert len(none) == len(none.group) == len(none.unit) == 0
    assert none.age.dtype == none.place.dtype == first.age.dtype
    assert last.age.tolist() == last.place.tolist() == [2, 3]


def test_context_comes_along_by_mask_index_or_slice_and_stays_absent_where_it_is():
    rows = counted(table(3), [], groups=("lot",), unit=("wafer",), step="step")
    for which in (np.array([False, True, True]), np.array([1, 2]), slice(1, None)):
        for name, part in vars(rows.take(which)).items():
            np.testing.assert_array_equal(part, getattr(rows, name)[1:], err_msg=name)
    without = Rows.plain(np.array([[1], [2], [3]]))
    assert without.values.dtype == float
    for rows in (without.take([2, 0]), Rows.concatenate([without, without])):
        assert (rows.group, rows.step, rows.place, rows.time, rows.unit) == (None,) * 5
    assert without.take([2, 0]).number.tolist() == [2, 0]


def test_context_that_is_there_is_given_back_though_it_be_nothing():
    assert needed("") == ""
