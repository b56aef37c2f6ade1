import numpy as np
import pytest

from culpa.explain.hveto.significance import significance, upstream_significance
from tests.naive import hveto as naive

NEAR = [(1, 1e-9), (1, 0.5), (1, 300.0), (10, 0.5), (7, 6.9), (100, 80.0), (30, 45.0), (2000, 1999.0), (5000, 4000.0)]
FAR = [(300, 5.0), (800, 200.0), (1000, 1.0), (2000, 1e-6), (20000, 9000.0), (60, 1e-9)]


@pytest.mark.parametrize(("n", "mu"), NEAR + FAR)
def test_it_is_the_sum_of_the_tail(n: int, mu: float) -> None:
    assert significance(n, mu) == pytest.approx(naive.significance(n, mu), rel=1e-10, abs=1e-14)


def test_published_values() -> None:
    assert significance(10, 0.5) == pytest.approx(9.767, abs=5e-4)
    assert significance(1000, 1) == pytest.approx(2568.04, abs=5e-3)


def test_nothing_is_not_significant_whatever_was_expected() -> None:
    assert significance([0, 0, 0], [0.0, 1.0, 1e6]).tolist() == [0, 0, 0]
    assert upstream_significance([0, 0], [0.0, 5.0]).tolist() == [0, 0]


def test_what_cannot_happen_by_chance_is_infinitely_significant() -> None:
    assert significance(5, 0.0) == np.inf
    assert upstream_significance(5, 0.0) == np.inf


def test_it_grows_with_the_count_across_the_underflow() -> None:
    counts = np.arange(1, 4000)
    for mu in (1e-3, 1.0, 50.0, 2000.0):
        assert (np.diff(significance(counts, mu)) >= 0).all()


def test_the_upstream_formula_is_off_as_documented_and_only_in_the_far_tail() -> None:
    assert upstream_significance(300, 5) - significance(300, 5) == pytest.approx(0.007, abs=5e-4)
    assert upstream_significance(2000, 500) - significance(2000, 500) == pytest.approx(0.125, abs=5e-4)
    assert upstream_significance(100, 80) == significance(100, 80)
