"""What readings are expected to be: level, group, course of a step, season."""

import numpy as np
import pytest

from culpa.condition.expected import FEWEST, GoldenTrace, GroupLevels, Level, Seasons, medians, members
from culpa.condition.rows import Rows
from culpa.types import Floats


def words(*parts: str) -> np.ndarray:
    return np.array(parts, dtype=object)


def grouped(values: list[float], groups: str) -> Rows:
    rows = Rows.plain(np.array(values, dtype=float)[:, None])
    return Rows(rows.values, rows.number, rows.age, group=words(*groups))


def runs(courses: list[Floats], step: str = "s", groups: str = "") -> Rows:
    """One sensor through the same step, again and again."""
    values = np.concatenate(courses)[:, None]
    number = np.arange(len(values))
    place = np.concatenate([np.arange(len(course)) for course in courses])
    group = None
    if groups:
        group = np.repeat(words(*groups), [len(course) for course in courses])
    return Rows(values, number, number, group, np.full(len(values), step, dtype=object), place)


def at(places: list[int], step: str = "s", group: str | None = None) -> Rows:
    size = len(places)
    number = np.arange(size)
    names = None if group is None else np.full(size, group, dtype=object)
    return Rows(np.zeros((size, 1)), number, number, names, np.full(size, step, dtype=object), np.array(places))


def test_medians_leave_missing_readings_out() -> None:
    values = np.array([[1.0, np.nan, 5.0], [3.0, np.nan, np.nan], [8.0, np.nan, 7.0], [100.0, np.nan, np.nan]])
    assert medians(values).tolist() == [5.5, 0, 6]
    assert medians(values[:, :1]).tolist() == [5.5]
    assert medians(np.empty((0, 2))).tolist() == [0, 0]


def test_members_are_the_rows_of_each_word_in_order_of_appearance() -> None:
    found = members(words("b", "a", "b", "", "a", "b"))
    assert [(name, rows.tolist()) for name, rows in found] == [("b", [0, 2, 5]), ("a", [1, 4]), ("", [3])]
    assert members(words()) == []


def test_the_level_is_the_median() -> None:
    level = Level.fit(Rows.plain(np.array([[1.0, np.nan], [2.0, np.nan], [90.0, np.nan]])))
    np.testing.assert_array_equal(level.of(Rows.plain(np.zeros((5, 2)))), [2, np.nan])


def test_each_group_has_its_median_and_a_group_that_is_not_known_none() -> None:
    levels = GroupLevels.fit(grouped([1, 2, 3, 4, 500, 10, 10, 10, 10, 20], "aaaaabbbbb"))
    found = levels.of(grouped([0] * 4, "bcab"))[:, 0]
    np.testing.assert_array_equal(found, [10, np.nan, 3, 10])


def test_a_group_of_too_few_rows_is_not_known() -> None:
    rows = grouped([1] * FEWEST + [2] * (FEWEST - 1), "a" * FEWEST + "b" * (FEWEST - 1))
    levels = GroupLevels.fit(rows)
    assert list(levels.levels) == ["a"]
    assert np.isnan(levels.of(grouped([0], "b"))).all()
    none = GroupLevels.fit(rows.take(slice(0, 2)))
    assert none.levels == {}
    assert np.isnan(none.of(rows)).all()
    assert none.of(rows).shape == (len(rows), 1)


def test_others_help_where_the_reference_has_too_few_rows_of_a_group_and_nowhere_else() -> None:
    reference = grouped([1, 1, 1, 1, 1, 7, 7], "aaaaabb")
    others = grouped([100] * 9 + [9, 9, 9] + [4] * 5 + [5] * 4, "a" * 9 + "bbb" + "ccccc" + "dddd")
    found = GroupLevels.fit(reference, others).of(grouped([0] * 4, "abcd"))[:, 0]
    np.testing.assert_array_equal(found, [1, 9, 4, np.nan])  # b: 7, 7, 9, 9, 9


def test_groups_that_are_needed_and_missing_are_an_error() -> None:
    with pytest.raises(ValueError, match="expected rows with groups"):
        GroupLevels.fit(Rows.plain(np.zeros((9, 1))))
    with pytest.raises(ValueError, match="expected rows with groups"):
        GoldenTrace.fit(Rows.plain(np.zeros((9, 1))))


def test_the_course_of_a_step_is_the_median_at_each_place() -> None:
    course = np.array([0.0, 5.0, 9.0, 10.0])
    trace = GoldenTrace.fit(runs([course + shift for shift in (-1, 0, 0, 0, 500)]))
    assert trace.of(at([2, 0, 3, 1]))[:, 0].tolist() == [9, 0, 10, 5]


def test_the_last_place_of_a_longer_step_holds_and_nothing_is_known_of_another_step() -> None:
    trace = GoldenTrace.fit(runs([np.array([1.0, 2.0, 3.0])] * FEWEST))
    assert trace.of(at([2, 3, 1000]))[:, 0].tolist() == [3, 3, 3]
    assert trace.of(at([0, 1], step="other"))[:, 0].tolist() == [0, 0]
    assert trace.of(at([])).shape == (0, 1)


def test_a_place_that_few_rows_have_takes_the_level_of_the_step() -> None:
    trace = GoldenTrace.fit(runs([np.array([0.0, 1.0, 2.0])] * 9 + [np.array([0.0, 1.0, 2.0, 70.0])] * (FEWEST - 1)))
    assert trace.of(at([0, 1, 2, 3]))[:, 0].tolist() == [0, 1, 2, 1]


def test_a_step_of_which_less_than_half_of_the_places_are_known_has_no_course() -> None:
    assert GoldenTrace.fit(runs([np.ones(4)] * (FEWEST - 1))).courses == {}
    assert list(GoldenTrace.fit(runs([np.ones(4)] * FEWEST)).courses) == ["s"]


def test_a_sensor_without_readings_at_a_place_takes_the_level_of_the_step() -> None:
    rows = runs([np.array([6.0, np.nan, 8.0])] * FEWEST)
    assert GoldenTrace.fit(rows).of(at([0, 1, 2]))[:, 0].tolist() == [6, 7, 8]


def test_a_step_that_the_reference_lacks_is_learnt_from_the_others() -> None:
    reference = runs([np.array([1.0, 2.0])] * FEWEST)
    others = Rows.concatenate([runs([np.array([8.0, 9.0])] * 9), runs([np.array([3.0, 4.0])] * FEWEST, "new")])
    trace = GoldenTrace.fit(reference, others)
    assert trace.of(at([0, 1]))[:, 0].tolist() == [1, 2]
    assert trace.of(at([0, 1], "new"))[:, 0].tolist() == [3, 4]
    assert GoldenTrace.fit(reference).of(at([0, 1], "new"))[:, 0].tolist() == [0, 0]


def of_groups(own: Floats, scatter: float, seed: int = 0) -> Rows:
    """Six runs of each of two groups; the second has `own` added."""
    draws = np.random.default_rng(seed)
    return runs(
        [scatter * draws.normal(size=len(own)) + (group == "b") * own for group in "aaaaaabbbbbb"],
        groups="aaaaaabbbbbb",
    )


def test_the_course_of_a_group_that_may_be_chance_is_drawn_to_its_level() -> None:
    rows = of_groups(np.full(200, 7.0), 1.0)
    drawn = GoldenTrace.fit(rows, grouped=True).of(at(list(range(200)), group="b"))[:, 0]
    free = GoldenTrace.fit(rows.take(rows.group == "b")).of(at(list(range(200))))[:, 0]
    assert free.std() > 0.3
    assert drawn.std() < 0.2 * free.std()
    assert drawn.mean() == pytest.approx(7, abs=0.1)


def test_the_course_of_a_group_that_is_real_is_kept() -> None:
    own = 20 * np.sin(np.arange(200) / 9)
    trace = GoldenTrace.fit(of_groups(own, 1.0), grouped=True)
    found = trace.of(at(list(range(200)), group="b"))[:, 0]
    assert np.sqrt(np.mean((found - own) ** 2)) < 0.8
    assert np.abs(trace.of(at(list(range(200)), group="a"))).max() < 1.0
    exact = GoldenTrace.fit(of_groups(own, 0.0), grouped=True)
    np.testing.assert_allclose(exact.of(at(list(range(200)), group="b"))[:, 0], own)


def test_a_place_of_fewer_rows_is_drawn_further() -> None:
    draws = np.random.default_rng(0)
    own = np.tile([5.0, -5.0], 20)
    rows = runs([own + 4 * draws.normal(size=40) for _ in range(40)], groups="a" * 40)
    short = rows.take((rows.place % 4 < 2) | (rows.number < 40 * FEWEST))  # half of the places have few rows
    course = GoldenTrace.fit(short, grouped=True).courses["a / s"][:, 0]
    towards = course / medians_at(short)
    few = np.arange(40) % 4 >= 2
    assert towards[few].max() < towards[~few].min()


def medians_at(rows: Rows) -> Floats:
    return np.array([np.median(rows.values[rows.place == place]) for place in range(int(rows.place.max()) + 1)])


def test_nothing_is_known_of_a_group_that_is_not_among_them() -> None:
    trace = GoldenTrace.fit(of_groups(np.full(10, 7.0), 0.1), grouped=True)
    assert trace.of(at([0, 5], group="c"))[:, 0].tolist() == [0, 0]
    assert set(trace.courses) == {"a / s", "b / s"}


def test_a_group_and_a_step_with_slashes_have_their_own_courses() -> None:
    one, other = runs([np.full(3, 1.0)] * 9, "b / c", "aaaaaaaaa"), runs([np.full(3, 5.0)] * 9, "c", "aaaaaaaaa")
    group = np.full(len(other), "a / b", dtype=object)
    rows = Rows.concatenate([one, Rows(other.values, other.number, other.age, group, other.step, other.place)])
    trace = GoldenTrace.fit(rows, grouped=True)
    assert trace.of(at([0], "b / c", "a"))[0, 0] == 1
    assert trace.of(at([0], "c", "a / b"))[0, 0] == 5


def test_a_sensor_that_a_group_has_no_readings_of_is_no_trouble() -> None:
    rows = of_groups(np.full(10, 7.0), 0.1)
    rows.values[rows.group == "a"] = np.nan
    trace = GoldenTrace.fit(rows, grouped=True)
    assert trace.of(at([0, 5], group="a"))[:, 0].tolist() == [0, 0]
    np.testing.assert_allclose(trace.of(at([0, 5], group="b"))[:, 0], 7, atol=0.2)


def test_seasons_are_added_by_the_number_of_the_row_to_sensors_that_have_one() -> None:
    number = np.arange(1000)
    wave = np.sin(2 * np.pi * number / 50)
    rows = Rows.plain(np.column_stack([wave, wave, -wave]))
    seasons = Seasons.fit(rows.take(slice(7, None)), {0: 50, 2: 50})
    some = rows.take([613, 2, 999])
    np.testing.assert_allclose(seasons.of(some)[:, 0], wave[some.number], atol=0.01)
    assert seasons.of(some)[:, 1].tolist() == [0, 0, 0]
    np.testing.assert_allclose(seasons.of(some)[:, 2], -wave[some.number], atol=0.01)
