"""Control charts against slow twins, from the first row of a unit on."""

from itertools import pairwise

import numpy as np
import pytest

from culpa.detect.rows.charts import NELSON, RULES, WESTERN_ELECTRIC, Cusum, Ewma, Shewhart
from tests.naive import charts as naive

AGE = np.concatenate([np.arange(70), np.arange(3), np.arange(57)])


def values(seed):
    """Noise, a rising stretch, an alternating one, a calm one, a shifted one."""
    z = np.random.default_rng(seed).normal(size=(130, 2)) * 1.3
    z[20:32, 0] = np.linspace(-2, 2, 12)
    z[35:55, 1] = np.tile([1.5, -1.5], 10) + 0.01 * np.arange(20)
    z[80:100, 0] = 0.5 * np.sin(np.arange(20))
    z[100:115, 1] = 1.7
    return z


def by_unit(z, twin):
    starts = [*np.flatnonzero(AGE == 0), len(z)]
    return np.concatenate([twin(z[first:last]) for first, last in pairwise(starts)])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", [0, 1])
def test_rules_are_those_of_the_handbooks(rule, seed):
    z = values(seed)
    slow = by_unit(
        z, lambda unit: np.array([[naive.met(rule, unit[: i + 1, j]) for j in (0, 1)] for i in range(len(unit))])
    )
    assert slow.max() >= 1
    np.testing.assert_allclose(Shewhart((rule,)).rule(rule, z, AGE), slow, atol=1e-12)


@pytest.mark.parametrize("rules", [WESTERN_ELECTRIC, NELSON])
def test_a_chart_is_as_bad_as_its_worst_rule_and_sensor(rules):
    z = values(2)
    chart = Shewhart(rules)
    worst = np.max([chart.rule(rule, z, AGE).max(axis=1) for rule in rules], axis=0)
    np.testing.assert_array_equal(chart.score(z, AGE, chart.start())[0], worst)


def test_false_alarms_of_the_rules_are_those_of_the_literature():
    """One in 370 for 3σ alone; about one in 92 for the four rules of Western Electric (Champ and Woodall 1987)."""
    z, age = np.random.default_rng(0).normal(size=(300_000, 1)), np.arange(300_000)
    one = Shewhart(("1 beyond 3σ",)).of(z, age) > 1
    assert one.mean() == pytest.approx(1 / 370, rel=0.1)
    lengths, chart = [], Shewhart(WESTERN_ELECTRIC).of(z, age % 3000) >= 1
    lengths = [np.argmax(chart[first : first + 3000]) + 1 for first in range(0, 300_000, 3000)]
    assert np.mean(lengths) == pytest.approx(92, rel=0.25)


@pytest.mark.parametrize(("model", "twin"), [(Ewma(), naive.ewma), (Cusum(), naive.cusum)], ids=["ewma", "cusum"])
def test_recursions_are_those_row_by_row_and_begin_anew_with_each_unit(model, twin):
    z = values(3)
    slow = np.max([by_unit(z[:, j], twin) for j in (0, 1)], axis=0)
    np.testing.assert_allclose(model.score(z, AGE, model.start())[0], slow, rtol=1e-12, atol=1e-12)
