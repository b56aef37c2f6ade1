"""Limits that give a wanted number of false alarms."""

import numpy as np
import pytest
from scipy.signal import lfilter

from culpa.evaluate.false_alarms import calibrate, middle
from culpa.evaluate.quantiles import Quantiles


def runs(scores, limit, hold=5):
    rows = np.flatnonzero(scores > limit)
    return int((np.diff(rows, prepend=-np.inf) > hold + 1).sum())


def dependent(draws, rows):
    return np.square(lfilter([0.3], [1, -0.95], draws.normal(size=rows)))


DRAWN = {
    "exponential": lambda draws, rows: draws.exponential(size=rows),
    "normal, squared": lambda draws, rows: np.square(draws.normal(size=(rows, 4))).sum(axis=1),
    "neighbours alike": dependent,
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("rate", [1 / 200, 1 / 2000])
def test_as_many_runs_exceed_the_limit_as_were_wanted(name, rate):
    """In the mean of ten references; what one reference of 20,000 rows says of 1 in 2000 scatters by a third."""
    ratios = []
    for seed in range(10):
        draws = np.random.default_rng(seed)
        found = calibrate(DRAWN[name](draws, 20_000), rate, 5)
        ratios.append(runs(DRAWN[name](draws, 200_000), found.value) / (rate * 200_000))
    assert np.mean(ratios) == pytest.approx(1, abs=0.2)


def test_the_interval_holds_what_comes():
    inside = []
    for seed in range(30):
        draws = np.random.default_rng(seed)
        found = calibrate(draws.exponential(size=10_000), 1 / 1000, 5)
        assert found.low < found.rate < found.high
        inside.append(found.low <= runs(draws.exponential(size=400_000), found.value) / 400_000 <= found.high)
    assert np.mean(inside) > 0.8


def test_a_rate_that_is_common_is_counted_and_not_continued():
    scores = np.random.default_rng(0).exponential(size=5000)
    found = calibrate(scores, 0.1, 0)
    assert runs(scores, found.value, 0) == pytest.approx(500, rel=0.05)


def test_a_rarer_alarm_has_a_higher_limit():
    scores = np.random.default_rng(0).exponential(size=5000)
    limits = [calibrate(scores, rate, 5).value for rate in (0.1, 0.01, 0.001, 0.0001)]
    assert limits == sorted(limits)


def test_scores_that_are_not_known_are_left_out():
    scores = np.random.default_rng(0).exponential(size=5000)
    mixed = np.full(10_000, np.nan)
    mixed[::2] = scores
    assert calibrate(mixed, 0.01, 5) == calibrate(scores, 0.01, 5)


def test_few_scores_give_a_limit_above_them():
    scores = np.random.default_rng(0).exponential(size=20)
    found = calibrate(scores, 1 / 1000, 0)
    assert found.value > scores.max()
    assert found.low < found.high


def test_what_cannot_be_meant():
    with pytest.raises(ValueError, match="got none"):
        calibrate(np.full(5, np.nan), 0.1, 0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibrate(np.ones(5), 2.0, 0)
    with pytest.raises(ValueError, match="got none"):
        middle(Quantiles(), 0.1)


def test_the_middle_gives_the_limit_of_exponential_scores_and_forgets_a_few_high_ones():
    scores = np.random.default_rng(0).exponential(size=100_000)
    limit = middle(Quantiles.of(scores), 1e-3)
    assert limit == pytest.approx(np.log(1000), rel=0.05)
    scores[:3000] += 100
    assert middle(Quantiles.of(scores), 1e-3) == pytest.approx(limit, rel=0.1)


def test_scores_of_few_values_have_a_limit_too():
    """So many equal peaks that no higher limit leaves fewer: the flags of a chart's rule, for one."""
    flags = (np.arange(20_000) % 8 == 0).astype(float)
    found = calibrate(flags, 1e-4, 5)
    assert found.value == pytest.approx(1)
    assert found.value >= 1
    assert found.peaks == 2500
