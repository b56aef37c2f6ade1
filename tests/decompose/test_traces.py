"""Traces of units as numbers, against numpy."""

import numpy as np
import pytest

from culpa.decompose.traces import Collector
from culpa.types import Table


def table(rows=600, seed=0):
    draws = np.random.default_rng(seed)
    wafer = np.array([f"W{i // 60}" for i in range(rows)], dtype=object)
    step = np.array([str(1 + i % 60 // 25) for i in range(rows)], dtype=object)
    values = draws.normal(size=(rows, 2)) + np.array([1e6, 0.0])
    values[5::17, 1] = np.nan
    tool = np.array(["A", "B"], dtype=object)[np.arange(rows) // 300]
    return Table(values, ("p", "q"), np.arange(rows) * 2.0, "number", {"wafer": wafer, "step": step, "tool": tool})


def collected(whole, cuts, good=None, **options):
    collector = Collector(("wafer",), "step", **options)
    good = np.ones(len(whole), dtype=bool) if good is None else good
    for first, last in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        part = whole.take(slice(first, last))
        collector.add(Table(part.values, part.sensors, part.times, part.clock, part.words, first), good[first:last])
    return collector.traces()


def column(traces, text):
    return traces.values[:, [str(feature) for feature in traces.features].index(text)]


def test_statistics_are_those_of_numpy_on_each_step():
    whole = table()
    traces = collected(whole, [])
    assert traces.units.tolist() == [f"W{i}" for i in range(10)]
    for unit in range(10):
        rows = np.arange(60 * unit + 25 + 4, 60 * unit + 50)
        for i, sensor in enumerate(("p", "q")):
            of = whole.values[rows, i]
            some = np.isfinite(of)
            slope = np.polyfit(np.arange(4, 25)[some], of[some], 1)[0]
            wanted = (of[some].mean(), of[some].std(), slope, of[some].min(), of[some].max())
            for name, value in zip(("mean", "spread", "slope", "lowest", "highest"), wanted, strict=True):
                found = column(traces, f"{name} of {sensor} in step 2")[unit]
                assert found == pytest.approx(value, rel=1e-9, abs=1e-6), (unit, sensor, name)
    assert column(traces, "duration in step 2").tolist() == [25] * 10
    assert column(traces, "duration in step 3").tolist() == [10] * 10


@pytest.mark.parametrize("cuts", [[7], [60, 120], [1, 2, 3, 333], list(range(11, 600, 11))])
def test_the_cut_into_blocks_does_not_matter(cuts):
    whole = table()
    one, other = collected(whole, []), collected(whole, cuts)
    np.testing.assert_allclose(other.values, one.values, rtol=1e-9, atol=1e-6)
    assert other.features == one.features
    assert other.first.tolist() == one.first.tolist() == list(range(0, 600, 60))
    assert other.last.tolist() == one.last.tolist() == list(range(59, 600, 60))
    assert other.start.tolist() == one.start.tolist()
    assert other.words["tool"].tolist() == one.words["tool"].tolist()


def test_too_few_rows_say_nothing():
    traces = collected(table(), [], settle=6)
    assert np.isnan(column(traces, "mean of p in step 3")).all()
    assert np.isfinite(column(traces, "mean of p in step 2")).all()


def test_units_that_take_turns_are_kept_apart():
    whole = table()
    order = np.argsort(np.arange(600) % 60 * 10 + np.arange(600) // 60, kind="stable")
    mixed = collected(whole.take(order), [])
    straight = collected(whole, [])
    place = [mixed.units.tolist().index(unit) for unit in straight.units]
    np.testing.assert_allclose(mixed.values[place], straight.values, rtol=1e-9, atol=1e-6)


def test_a_unit_is_good_if_all_of_its_rows_are():
    good = np.ones(600, dtype=bool)
    good[[65, 599]] = False
    assert collected(table(), [100], good).good.tolist() == [True, False, *[True] * 7, False]


def test_a_unit_may_be_named_by_several_columns():
    collector = Collector(("tool", "wafer"))
    whole = table()
    collector.add(whole, np.ones(600, dtype=bool))
    assert collector.traces().units[0] == "A / W0"
    assert str(collector.traces().features[0]) == "mean of p"


def test_no_rows_are_no_units():
    collector = Collector(("wafer",))
    collector.add(table().take(slice(0, 0)), np.ones(0, dtype=bool))
    assert len(collector.traces().units) == 0


def test_every_statistic_of_every_step_and_sensor_is_a_feature():
    found = [str(feature) for feature in collected(table(), []).features]
    assert len(set(found)) == len(found) == 3 * (5 * 2 + 1)
    assert found[0] == "mean of p in step 1"
    assert found[-3:] == ["duration in step 1", "duration in step 2", "duration in step 3"]


def one_unit(values, step=None, **options):
    values = np.asarray(values, dtype=float).reshape(len(values), -1)
    size = len(values)
    words = {"wafer": np.full(size, "W", dtype=object)}
    if step is not None:
        words["step"] = np.array(list(step), dtype=object)
    sensors = tuple("pqr"[: values.shape[1]])
    collector = Collector(("wafer",), None if step is None else "step", **options)
    collector.add(Table(values, sensors, np.arange(size) * 1.0, "row", words), np.ones(size, dtype=bool))
    return collector.traces()


@pytest.mark.parametrize("settle", [0, 1, 4, 11])
def test_the_first_rows_of_a_step_are_left_out(settle):
    values = np.random.default_rng(0).normal(size=30)
    traces = one_unit(values, settle=settle)
    assert column(traces, "mean of p")[0] == pytest.approx(values[settle:].mean())
    assert column(traces, "lowest of p")[0] == values[settle:].min()
    assert column(traces, "duration")[0] == 30


def test_five_readings_are_enough_and_four_are_not():
    values = np.arange(24.0).reshape(12, 2) ** 2
    values[[5, 7, 9], 0] = np.nan
    values[[5, 7, 9, 11], 1] = np.nan
    traces = one_unit(values)  # eight rows after settling, five and four readings
    for statistic in ("mean", "spread", "slope", "lowest", "highest"):
        assert np.isfinite(column(traces, f"{statistic} of p")).all()
        assert np.isnan(column(traces, f"{statistic} of q")).all()


@pytest.mark.parametrize("before", [np.nan, 1e5, -1e9])
def test_where_a_sensor_comes_from_costs_no_digits(before):
    """A chamber is pumped down from 1e5 Pa, or a sensor is silent at first."""
    for level, scatter in ((1e-3, 1e-5), (1e9, 1.0)):
        values = level + scatter * np.random.default_rng(0).normal(size=40)
        traces = one_unit(np.r_[np.full(4, before), values])
        for name, wanted in (
            ("mean", values.mean()),
            ("spread", values.std()),
            ("slope", np.polyfit(np.arange(40), values - level, 1)[0]),
            ("lowest", values.min()),
            ("highest", values.max()),
        ):
            assert column(traces, f"{name} of p")[0] == pytest.approx(wanted, rel=1e-5), name


def test_a_sensor_that_is_silent_after_settling_at_first_costs_no_digits():
    values = 1e9 + np.random.default_rng(0).normal(size=(60, 2))
    values[:20, 1] = np.nan
    traces = one_unit(values)
    assert column(traces, "spread of q")[0] == pytest.approx(values[20:, 1].std(), rel=1e-5)


def test_a_sensor_that_stands_still_has_no_spread_and_no_slope():
    traces = one_unit(np.full(30, 0.1))
    assert [column(traces, f"{name} of p")[0] for name in ("mean", "spread", "slope", "lowest", "highest")] == [
        0.1, 0, 0, 0.1, 0.1,
    ]  # fmt: skip


def test_a_step_that_comes_again_in_a_unit_goes_on():
    values = np.random.default_rng(0).normal(size=30)
    step = "a" * 10 + "b" * 10 + "a" * 10
    traces = one_unit(values, step)
    assert column(traces, "mean of p in step a")[0] == pytest.approx(np.r_[values[4:10], values[20:]].mean())
    assert column(traces, "duration in step a")[0] == 20


def test_a_step_that_a_unit_lacks_lasts_nothing_and_says_nothing():
    whole = table(120)
    whole.words["step"][whole.words["wafer"] == "W1"] = "1"
    traces = collected(whole, [])
    assert column(traces, "duration in step 3").tolist() == [10, 0]
    assert np.isnan(column(traces, "mean of p in step 3")[1])
    assert column(traces, "duration in step 1").tolist() == [25, 60]


@pytest.mark.parametrize("cuts", [[], [1], [3, 17, 18, 400], list(range(1, 600))])
def test_units_that_take_turns_are_the_same_in_any_cut(cuts):
    whole = table()
    whole = whole.take(np.random.default_rng(1).permutation(600))
    one, other = collected(whole, []), collected(whole, cuts)
    assert other.features == one.features  # steps in order of their first row
    assert [feature.step for feature in one.features[-3:]] == list(dict.fromkeys(whole.words["step"]))
    assert other.units.tolist() == one.units.tolist() == list(dict.fromkeys(whole.words["wafer"]))
    np.testing.assert_allclose(other.values, one.values, rtol=1e-9, atol=1e-6)
    for i, unit in enumerate(one.units):
        rows = np.flatnonzero(whole.words["wafer"] == unit)
        assert (other.first[i], other.last[i]) == (rows[0], rows[-1])
        assert (other.start[i], other.end[i]) == (whole.times[rows[0]], whole.times[rows[-1]])
        assert {name: column[i] for name, column in other.words.items()} == {
            name: column[rows[0]] for name, column in whole.words.items()
        }


def test_a_unit_is_good_if_all_of_its_blocks_are():
    for bad in (0, 59):
        good = np.arange(60) != bad
        assert collected(table(60), [20, 40], good).good.tolist() == [False]
    assert collected(table(60), [20, 40]).good.tolist() == [True]


def test_wafers_of_the_same_number_in_two_lots_are_two_units():
    whole = table(240)
    whole.words["wafer"][:] = np.array(["1", "2"], dtype=object)[np.arange(240) // 60 % 2]
    whole.words["lot"] = np.array(["X", "Y"], dtype=object)[np.arange(240) // 120]
    collector = Collector(("lot", "wafer"), "step")
    collector.add(whole, np.ones(240, dtype=bool))
    traces = collector.traces()
    assert traces.units.tolist() == ["X / 1", "X / 2", "Y / 1", "Y / 2"]
    assert traces.first.tolist() == [0, 60, 120, 180]
    assert traces.words["lot"].tolist() == ["X", "X", "Y", "Y"]


def test_no_rows_have_no_features_and_do_not_stop_what_follows():
    whole = table()
    collector = Collector(("wafer",), "step")
    collector.add(whole.take(slice(0, 0)), np.ones(0, dtype=bool))
    none = collector.traces()
    assert (none.features, none.values.shape, none.words) == ((), (0, 0), {})
    collector.add(whole, np.ones(600, dtype=bool))
    np.testing.assert_array_equal(collector.traces().values, collected(whole, []).values)
