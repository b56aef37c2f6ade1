"""Distances over windows, beside plain loops; and where what makes a score high begins and ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.detect.rows import multiscale
from culpa.detect.rows.multiscale import LEVEL, SPIKE, SPREAD, fit
from culpa.types import Floats, Indices
from tests.naive import rows as naive

CLIP = 50.0


def normal(rows: int, sensors: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, sensors))


def ages(rows: int, unit: int | None = None) -> Indices:
    return np.arange(rows) % (unit or rows)


def slow_statistics(z: Floats, age: Indices, reference: Floats, since: Indices, lengths: tuple[int, ...]) -> Floats:
    """Every statistic before it is put in its unit: spike, levels, spreads."""

    def windows(of: Floats, age: Indices, length: int) -> list[Floats | None]:
        return [of[i - length + 1 : i + 1] if age[i] >= length - 1 else None for i in range(len(of))]

    out = np.zeros((len(z), 2 * len(lengths)))
    usual, single = reference.std(axis=0), np.empty(0)
    out[:, 0] = np.square(z / usual - (reference / usual).mean(axis=0)).max(axis=1)
    for i, length in enumerate(lengths):
        known = np.array([part.mean(axis=0) for part in windows(reference, since, length) if part is not None])
        scale = known.std(axis=0)
        for row, part in enumerate(windows(z, age, length)):
            if part is not None:
                mean = part.mean(axis=0)[None]
                out[row, 1 + i] = naive.t_squared(mean / scale, known / scale, multiscale.SHRINK)[0]
        if length == 1:
            single = out[:, 1]
            continue
        for row, part in enumerate(windows(single, age, length)):
            if part is not None:
                out[row, len(lengths) + i] = part.mean()
    return out


@pytest.mark.parametrize("unit", [None, 30])
def test_statistics_are_those_of_plain_loops(unit: int | None) -> None:
    reference, since = normal(330, 3, 0) @ normal(3, 3, 1), ages(330, unit)
    z, age = normal(150, 3, 2), ages(150, 80)
    model = fit(reference, since, CLIP)
    lengths = (1, 4, 16, 64) if unit is None else (1, 4, 16)  # no unit is longer than 30 rows
    assert model.learnt.lengths == lengths
    expected = slow_statistics(z, age, reference, since, lengths)
    np.testing.assert_allclose(model.statistics(z, age) * model.units, expected, rtol=1e-7, atol=1e-9)
    scores, _ = model.score(z, age, model.start())
    np.testing.assert_allclose(scores, (expected / model.units).max(axis=1), rtol=1e-7)
    np.testing.assert_allclose(model.alone(z), (expected / model.units)[:, :2].max(axis=1), rtol=1e-7)
    assert model.distance == pytest.approx(naive.t_squared(*[reference / reference.std(axis=0)] * 2, 0.03).mean())


def test_statistics_are_named_in_order() -> None:
    model = fit(normal(330, 1, 3), ages(330), CLIP)
    names = [(SPIKE, 1), *((LEVEL, n) for n in (1, 4, 16, 64)), *((SPREAD, n) for n in (4, 16, 64))]
    assert model.names == names
    assert model.context == 63
    assert len(model.units) == len(names)


@pytest.mark.parametrize(
    ("rows", "longest"), [(1, 1), (18, 1), (19, 4), (78, 4), (79, 16), (318, 16), (319, 64), (30, 4)]
)
def test_windows_that_the_reference_holds_less_than_four_times_are_left_out(rows: int, longest: int) -> None:
    assert fit(normal(rows, 2, 4), ages(rows), CLIP).learnt.lengths[-1] == longest


def test_each_statistic_exceeds_1_about_once_in_a_hundred_other_rows() -> None:
    """Also with many sensors, where the covariance knows the rows that it was learnt from too well."""
    reference = normal(1500, 30, 5)
    others = np.concatenate([normal(1500, 30, seed) for seed in range(6, 12)])
    age = ages(len(others), 1500)
    model = fit(reference, ages(1500), CLIP)
    above = (model.statistics(others, age) > 1).mean(axis=0)
    assert above[:3] == pytest.approx(0.01, abs=0.006)  # of single rows and windows of 4
    assert above.max() < 0.1  # a reference of 1500 rows has 23 windows of 64
    own = (model.statistics(reference, ages(1500)) > 1).mean(axis=0)
    assert own[4] == 0  # the longest windows: limits from these would be far too low


def test_deviations_of_the_reference_count_no_further_than_told() -> None:
    reference = normal(400, 2, 13)
    reference[100:104] = 1000
    tame = fit(np.clip(reference, -5, 5), ages(400), 5.0)
    assert fit(reference, ages(400), 5.0).learnt.levels[0].variance == pytest.approx(tame.learnt.levels[0].variance)
    assert fit(reference, ages(400), CLIP).learnt.usual[0] == pytest.approx(np.clip(reference, -CLIP, CLIP).std(axis=0))


def test_windows_of_a_unit_that_are_not_full_count_nothing() -> None:
    model = fit(normal(600, 2, 14), ages(600), CLIP)
    found = model.statistics(normal(100, 2, 15), ages(100))
    for i, (_, length) in enumerate(model.names):
        assert (found[: length - 1, i] == 0).all()
        assert (found[length - 1 :, i] > 0).all()


@given(st.integers(0, 10**6), st.integers(1, 30))
@settings(max_examples=60)
def test_the_stretch_with_the_largest_sum(seed: int, rows: int) -> None:
    values = np.random.default_rng(seed).normal(-0.3, 1, rows)
    first, last = multiscale._largest_sum(values)
    assert 0 <= first <= last < rows
    most = max(values[i : j + 1].sum() for i in range(rows) for j in range(i, rows))
    assert values[first : last + 1].sum() == pytest.approx(most)


@pytest.mark.parametrize("rows", [1, 3, 4, 5, 103])
def test_folds_are_all_rows_in_order(rows: int) -> None:
    folds = multiscale._folds(rows, 4)
    assert [row for fold in folds for row in range(rows)[fold]] == list(range(rows))
    assert len(folds) == min(rows, 4)


@pytest.mark.parametrize(
    ("first", "last", "kinds"), [(300, 300, {SPIKE, LEVEL}), (290, 330, {LEVEL}), (200, 330, {LEVEL})]
)
def test_the_extent_of_what_moved(first: int, last: int, kinds: set[str]) -> None:
    model = fit(normal(1500, 4, 16), ages(1500), CLIP)
    z = normal(400, 4, 17)
    z[first : last + 1, 1] += 12 if first == last else 2.5
    peak = int(model.of(z, ages(400)).argmax())
    assert model.names[int(model.statistics(z, ages(400))[peak].argmax())][0] in kinds
    begin, end = model.extent(z, ages(400), peak)
    assert begin == pytest.approx(first, abs=2 if first < last else 0)
    assert end == pytest.approx(last, abs=2 if first < last else 0)


def test_the_extent_of_what_scatters() -> None:
    model = fit(normal(1500, 4, 18), ages(1500), CLIP)
    z = normal(400, 4, 19)
    z[250:330] *= 2
    spreads = [i for i, (kind, _) in enumerate(model.names) if kind == SPREAD]
    found = model.statistics(z, ages(400))
    peak = int(found[:, spreads].max(axis=1).argmax())
    assert int(found[peak].argmax()) in spreads
    begin, end = model.extent(z, ages(400), peak)
    assert begin == pytest.approx(250, abs=5)
    assert end == pytest.approx(329, abs=5)


def last_unit(shift: float, seed: int, units: int = 3, rows: int = 80) -> tuple[int, int]:
    """The extent of what one of several units is shifted by, in rows from the start of that unit."""
    model = fit(normal(1200, 2, 20), ages(1200), CLIP)
    z, age = normal(units * rows, 2, seed), ages(units * rows, rows)
    z[rows : 2 * rows, 0] += shift
    peak = rows + int(model.of(z, age)[rows : 2 * rows].argmax())
    first, last = model.extent(z, age, peak)
    return first - rows, last - rows


def test_an_extent_does_not_reach_into_other_units_by_chance() -> None:
    found = np.array([last_unit(0.8, seed) for seed in range(60)])
    assert (found[:, 0] >= 0).mean() >= 0.95
    assert (found[:, 1] < 80).mean() >= 0.95
    assert (np.abs(found - [0, 79]) <= 10).mean() >= 0.8


def test_what_goes_on_from_unit_to_unit_is_one_stretch() -> None:
    model = fit(normal(1200, 2, 22), ages(1200), CLIP)
    z, age = normal(800, 2, 23), ages(800, 20)
    z[60:700, 0] += np.linspace(3, 9, 640)
    first, last = model.extent(z, age, int(model.of(z, age).argmax()))
    assert (first <= 240, last) == (True, 699)


def test_where_a_unit_starts_costs_a_stretch_something() -> None:
    gains, age = np.array([2.0, 2, -1, 5, 5, -1, 2, 2]), np.array([5, 6, 7, 0, 1, 2, 0, 1])
    assert multiscale._stretch(gains, age) == (3, 4)
    assert multiscale._stretch(gains, np.arange(8)) == (0, 7)
    assert multiscale._stretch(4 * gains, age) == (0, 7)
    assert multiscale._stretch(np.full(3, -9.0), np.zeros(3, dtype=int)) == (1, 1)
