"""Numbers as people read them."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from culpa.report import numbers


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.03124, "0.0312"), (9.876, "9.88"), (153.24, "153.2"), (2568.04, "2,568"), (nan, "–"), (inf, "∞")],
)
def test_numbers_have_about_four_digits(value: float, shown: str) -> None:
    assert numbers.number(value) == shown


@pytest.mark.parametrize(
    ("fraction", "shown"), [(5 / 6, "83.3 %"), (0.004, "0.4 %"), (1, "100.0 %"), (0, "0 %"), (nan, "–"), (inf, "∞ %")]
)
def test_fractions_are_shown_in_percent(fraction: float, shown: str) -> None:
    assert numbers.percent(fraction) == shown


def test_a_percentage_says_what_it_is_of() -> None:
    assert numbers.share(5, 6) == "83.3 % (5/6)"
    assert numbers.share(12_345, 1_234_567) == "1 % (12,345/1,234,567)"
    assert numbers.share(57.625, 14_400, "s") == "0.4 % (57.6/14,400 s)"
    assert numbers.share(0, 0) == "– (0/0)"


def test_things_are_counted_in_words() -> None:
    assert [numbers.plural(n, "round") for n in (0, 1, 2, 1200)] == ["no rounds", "1 round", "2 rounds", "1,200 rounds"]


@pytest.mark.parametrize(("exponent", "shown"), [(-1000.5, "3.2e-1001"), (-2, "1.0e-2"), (-0.0000001, "1.0e0")])
def test_powers_of_ten_beyond_floats(exponent: float, shown: str) -> None:
    assert numbers.power_of_ten(exponent) == shown


def test_lengths_of_time_have_a_unit_for_people() -> None:
    assert [numbers.span(s) for s in (32, 600, 14_400, 864_000)] == [
        "32 s", "600 s (10 min)", "14,400 s (4 h)", "864,000 s (10 d)",
    ]  # fmt: skip


def test_rounding_keeps_significant_digits_and_what_is_not_finite() -> None:
    rounded = numbers.significant(np.array([0.0, 1234567.0, -0.000123456, nan, inf]), 3)
    assert np.array_equal(rounded, [0.0, 1.23e6, -0.000123, nan, inf], equal_nan=True)


@given(st.floats(1e-12, 1e12), st.floats(1.0, 1e9))
def test_a_logarithmic_axis_has_some_ticks_inside_it(low: float, ratio: float) -> None:
    ticks = numbers.log_ticks(low, low * ratio)
    assert 3 <= len(ticks) <= 17
    assert ticks == sorted(ticks)
    assert low * 0.99 <= ticks[0] and ticks[-1] <= low * ratio * 1.01
