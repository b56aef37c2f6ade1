"""Wilson's interval."""

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.evaluate.intervals import NORMAL_95, wilson
from tests.naive.matching import wilson as solved


@pytest.mark.parametrize(("found", "expected"), [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (81, 263), (500, 500)])
def test_it_solves_the_equation_that_defines_it(found: int, expected: int) -> None:
    assert wilson(found, expected) == pytest.approx(solved(found, expected, NORMAL_95), abs=1e-5)


def test_published_value() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # R. G. Newcombe 1998, Stat. Med. 17, 857


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_encloses_the_fraction_within_0_and_1_and_mirrors(counts: tuple[int, int]) -> None:
    found, expected = counts
    low, high = wilson(found, expected)
    assert 0 <= low <= found / expected <= high <= 1
    assert wilson(expected - found, expected) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_nothing_expected_is_nan() -> None:
    assert all(isnan(end) for end in wilson(0, 0))
