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
