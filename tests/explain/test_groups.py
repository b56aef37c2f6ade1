"""Groups that differ are told, those that do not are not, and the number of questions counts."""

import numpy as np
import pytest

from culpa.explain.groups import Tally, holm


def tally(rows=8000, columns=("tool",), change=None, seed=0):
    draws = np.random.default_rng(seed)
    tool = np.array(["A", "B", "C", "D"], dtype=object)[np.arange(rows) // 100 % 4]
    z, scores = draws.normal(size=(rows, 3)), draws.gamma(3, size=rows)
    if change:
        change(tool, z, scores)
    filled = Tally(columns)
    for first in range(0, rows, 700):
        part = slice(first, first + 700)
        filled.add({"tool": tool[part]}, np.arange(rows)[part], scores[part], z[part])
    return filled


def groups(filled, events=()):
    return {group.name: group for group in filled.groups([{"tool": name} for name in events], ("p", "q", "r"))}


def test_a_group_with_more_events_differs():
    found = groups(tally(), ["A"] * 30 + ["B", "C", "D"] * 3)
    assert found["A"].p_rate < 1e-6
    assert found["A"].rate == pytest.approx(30 / 2000)
    low, high = found["A"].rate_interval
    assert low == pytest.approx(20.24 / 2000, rel=1e-3)  # Garwood's interval of 30
    assert high == pytest.approx(42.83 / 2000, rel=1e-3)


def test_events_by_chance_differ_seldom():
    draws = np.random.default_rng(4)
    smallest = [
        min(group.p_rate for group in groups(tally(), draws.choice(list("ABCD"), 40)).values()) for _ in range(40)
    ]
    assert np.mean(np.array(smallest) < 0.05) <= 0.1


def test_a_group_with_odder_rows_differs_in_score():
    def odd(tool, z, scores):
        scores[tool == "C"] += 0.3

    found = groups(tally(change=odd))
    assert found["C"].p_score < 1e-3
    assert found["C"].score > found["A"].score


def test_what_drifts_is_named_with_its_size():
    def drift(tool, z, scores):
        z[tool == "D", 1] += np.linspace(0, 2, (tool == "D").sum())

    found = groups(tally(change=drift))
    assert found["D"].drifts == "q"
    assert found["D"].drift == pytest.approx(2, abs=0.4)
    low, high = found["D"].drift_interval
    assert 1 < low < found["D"].drift < high < 3
    assert found["D"].p_drift < 1e-6
    assert min(found[name].p_drift for name in "ABC") > 0.01


def test_without_events_rates_are_0_and_nothing_is_probable_or_not():
    found = groups(tally())
    assert {group.rate for group in found.values()} == {0}
    assert all(np.isnan(group.p_rate) for group in found.values())


def test_a_group_of_few_rows_is_not_judged():
    found = groups(tally(rows=900))
    assert np.isnan(found["A"].p_drift)
    assert found["A"].drifts == ""


def test_scores_that_are_not_known_do_not_count():
    def unknown(tool, z, scores):
        scores[::2] = np.nan

    assert all(np.isfinite(group.score) for group in groups(tally(change=unknown)).values())


def test_holm_corrects_for_the_number_and_leaves_out_what_is_not_known():
    assert holm([0.01, float("nan"), 0.04, 0.03]) == pytest.approx([0.03, float("nan"), 0.06, 0.06], nan_ok=True)
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []
