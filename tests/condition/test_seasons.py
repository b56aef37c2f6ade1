"""Periods that are there are found, and no others."""

import numpy as np
import pytest

from culpa.condition.seasons import SHORTEST, period, profile
from culpa.types import Floats


def noise(rows: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=rows)


def sine(rows: int, length: float) -> Floats:
    return np.sin(2 * np.pi * np.arange(rows) / length)


def sawtooth(rows: int, length: int) -> Floats:
    return np.arange(rows) % length / length


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("rows", "length"), [(500, 50), (1440, 144), (14_400, 144), (4320, 1440), (14_400, 1440)])
def test_the_period_of_a_sine_in_noise(rows: int, length: int, seed: int) -> None:
    assert period(7 + 1e3 * (sine(rows, length) + 0.3 * noise(rows, seed))) == pytest.approx(length, rel=0.03)


def test_a_long_reference_knows_it_well() -> None:
    """The first of the peaks that noise makes of each one would be early by one part in twenty."""
    found = [period(sine(14_400, 144) + 0.7 * noise(14_400, seed)) for seed in range(10)]
    assert None not in found
    assert np.mean(np.array(found, dtype=float)) == pytest.approx(144, abs=1.5)


@pytest.mark.parametrize("length", [SHORTEST, 9, 100, 500])
def test_the_period_of_a_sawtooth_and_not_a_multiple(length: int) -> None:
    assert period(sawtooth(2000, length)) == length
    assert period(sawtooth(2000, length) + 0.02 * noise(2000)) == length


def test_a_harmonic_is_not_taken_for_the_period() -> None:
    assert period(sine(1500, 150) + 0.9 * sine(1500, 75)) == 150
    assert period(0.5 * sine(1500, 150) + sine(1500, 50)) == 150


def test_the_reference_must_hold_two_periods_or_nearly() -> None:
    assert period(sine(300, 100)) == pytest.approx(100, rel=0.03)
    assert period(sine(150, 100)) is None


def test_oscillation_is_no_season() -> None:
    assert period(sine(1000, SHORTEST - 1)) is None
    assert period(np.tile([1.0, -1.0], 500)) is None


@pytest.mark.parametrize("rows", [500, 5000])
def test_noise_has_no_period(rows: int) -> None:
    assert [period(noise(rows, seed)) for seed in range(20)] == [None] * 20


@pytest.mark.parametrize("rows", [500, 5000])
def test_a_random_walk_has_hardly_ever_a_period(rows: int) -> None:
    assert [period(noise(rows, seed).cumsum()) for seed in range(40)].count(None) >= 38


@pytest.mark.parametrize(
    "values",
    [
        np.full(500, 1e9 + 0.1),
        np.zeros(500),
        np.full(500, np.nan),
        np.empty(0),
        sine(15, 8),
        np.arange(500.0),
        np.where(np.arange(500) == 250, 1.0, 0.0),
    ],
    ids=["constant", "zero", "nan", "empty", "short", "ramp", "impulse"],
)
def test_what_has_no_period(values: Floats) -> None:
    assert period(values) is None


def test_missing_readings_hide_no_period() -> None:
    values = 100 + sine(1440, 144)
    values[np.random.default_rng(0).random(1440) < 0.3] = np.nan
    values[300:340] = np.nan
    assert period(values) == pytest.approx(144, abs=2)


def test_a_profile_is_the_mean_at_each_phase_and_its_neighbours() -> None:
    number = 3 + np.arange(40)
    values = noise(40)
    found = profile(values, number, 10)
    for phase in range(10):
        near = [(phase + shift) % 10 for shift in (-1, 0, 1)]
        assert found[phase] == pytest.approx(values[np.isin(number % 10, near)].mean())


def test_a_profile_is_smoothed_over_a_fiftieth_of_its_period_to_both_sides() -> None:
    values = np.where(np.arange(400) % 200 == 0, 9.0, 0.0)
    found = profile(values, np.arange(400), 200)
    assert np.flatnonzero(found).tolist() == [0, 1, 2, 3, 4, 196, 197, 198, 199]
    np.testing.assert_allclose(found[np.flatnonzero(found)], 1)


def test_a_profile_leaves_missing_readings_out() -> None:
    values, number = np.tile(np.arange(10.0), 6), np.arange(60)
    whole = profile(values, number, 10)
    values[20:30] = np.nan
    np.testing.assert_allclose(profile(values, number, 10), whole)


def test_a_phase_without_readings_has_those_of_its_neighbours_or_zero() -> None:
    number = np.arange(60)
    values = np.where(np.isin(number % 10, (4, 5, 6)), np.nan, 5.0)
    assert profile(values, number, 10).tolist() == [5, 5, 5, 5, 5, 0, 5, 5, 5, 5]
    assert profile(np.full(60, np.nan), number, 10).tolist() == [0] * 10
    assert profile(np.empty(0), np.empty(0, dtype=np.int64), 3).tolist() == [0] * 3
