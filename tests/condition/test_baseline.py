"""What is expected of readings, and how far off they are."""

from dataclasses import replace

import numpy as np
import pytest

from culpa.condition import baseline
from culpa.condition.rows import Rows
from culpa.condition.sample import Sample
from culpa.condition.seasons import period, profile


def plain(rows=2000, sensors=3, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, sensors)) * [1, 10, 0.1][:sensors] + [5, -100, 0][:sensors]


def test_deviations_are_in_units_of_what_is_usual():
    for good in (True, False):
        rows = Rows.plain(plain())
        z = baseline.fit(rows, good, False).deviations(rows)
        np.testing.assert_allclose(np.median(z, axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(z.std(axis=0), 1, rtol=0.05)


def test_a_good_reference_is_taken_at_its_word_and_another_is_not():
    values = plain()
    values[:150, 0] += 30
    good, unknown = (baseline.fit(Rows.plain(values), known, False) for known in (True, False))
    assert good.trusted
    assert not unknown.trusted
    assert good.scale[0] > 5
    assert unknown.scale[0] == pytest.approx(1, rel=0.35)
    assert not baseline.fit(Rows.plain(values[:99]), True, False).trusted


@pytest.mark.parametrize(
    ("level", "usual"),
    [
        (0.0, 12**-0.5), (1.0, 12**-0.5), (-3.0, 12**-0.5), (20.0, 12**-0.5), (20.5, 0.1 * 12**-0.5), (1500.0, 1.5),
        (21.37, 0.02137), (float(np.float32(0.7)), 0.1 * 12**-0.5), (2e-5, 1e-5 * 12**-0.5), (1 / 3, 1 / 3000),
    ],
)  # fmt: skip
@pytest.mark.parametrize("good", [True, False])
def test_sensors_that_never_move_are_taken_to_be_rounded_to_their_last_digit(level, usual, good):
    values = plain()
    values[:, 1] = level
    values[::7, 1] = np.nextafter(level, np.inf) if level else 0.0  # what computing adds
    base = baseline.fit(Rows.plain(values), good, False)
    assert base.scale[1] == pytest.approx(usual, rel=1e-6)
    seen = np.array([[5.0, level, 0.0], [5.0, level + usual, 0.0], [5.0, level - 1000 * usual, 0.0]])
    assert base.deviations(Rows.plain(seen))[:, 1] == pytest.approx([0, 1, -50], abs=1e-6)


def test_what_a_sensor_that_moves_in_the_reference_does_in_a_quiet_step_is_no_matter_of_digits():
    rows = switched()
    rows.values[:, 1] = np.where(rows.step == "off", 100, 200)
    assert baseline.fit(rows, True).steps["off"][1] == pytest.approx(0.1)
    rows.values[:, 1] = 20
    base = baseline.fit(rows, True)
    assert base.scale[1] == base.steps["off"][1] == base.steps["on"][1] == pytest.approx(12**-0.5)


def test_what_is_missing_stays_missing():
    values = plain()
    values[:, 2] = np.nan
    values[3, 0] = np.nan
    z = baseline.fit(Rows.plain(values), True).deviations(Rows.plain(values))
    assert np.isnan(z[3, 0])
    assert np.isnan(z[:, 2]).all()
    assert np.isfinite(np.delete(z[:, 0], 3)).all()


def test_deviations_end_at_fifty():
    base = baseline.fit(Rows.plain(plain()), True, False)
    z = base.deviations(Rows.plain(np.array([[1e9, -1e9, 0.0]])))
    assert z[0, :2].tolist() == [50, -50]


def test_without_rows_there_is_nothing_to_learn():
    with pytest.raises(ValueError, match="at least one row"):
        baseline.fit(Rows.plain(np.empty((0, 2))), True)


def contexts(wafers=60, seed=0):
    """Two tools of different level, two steps with courses of their own, the second of them noisier."""
    draws = np.random.default_rng(seed)
    tool = np.repeat(np.array(["A", "B"], dtype=object)[np.arange(wafers) % 2], 40)
    place = np.tile(np.r_[0:20, 0:20], wafers)
    step = np.tile(np.repeat(np.array(["1", "2"], dtype=object), 20), wafers)
    noise = draws.normal(size=40 * wafers) * np.where(step == "2", 3.0, 1.0)
    course = np.where(step == "2", 50 - 30 * np.exp(-place / 4), 2.0 * place)
    values = noise + course + 100 * (tool == "B") + 8 * ((tool == "B") & (step == "2") & (place > 10))
    number = np.arange(len(values))
    return Rows(values[:, None], number, number, tool, step, place)


def test_group_step_and_place_are_expected_and_each_step_has_its_own_scale():
    rows = contexts()
    base = baseline.fit(rows, True)
    z = base.deviations(rows)[:, 0]
    for step, noise in (("1", 1.0), ("2", 3.0)):
        assert base.steps[step][0] == pytest.approx(noise, rel=0.1)
        assert z[rows.step == step].std() == pytest.approx(1, rel=0.1)
    own = (rows.group == "B") & (rows.step == "2") & (rows.place > 10)
    assert abs(np.median(z[own])) < 0.3


def test_a_group_that_the_reference_lacks_takes_its_level_from_the_others():
    rows = contexts()
    known, other = rows.take(rows.group == "A"), rows.take(rows.group == "B")
    alone = baseline.fit(known, True)
    assert np.isnan(alone.deviations(other)).all()
    helped = baseline.fit(known, True, others=other).deviations(other)[:, 0]
    assert abs(np.median(helped)) < 0.3
    assert helped.std() < 1.5


def test_a_step_that_goes_on_keeps_its_last_level():
    rows = contexts()
    longer = replace(rows.take(slice(0, 1)), place=np.array([500]), step=np.array(["2"], dtype=object))
    assert baseline.fit(rows, True).expected(longer)[0, 0] == pytest.approx(50, abs=3)


def test_most_readings_of_the_reference_lie_in_its_range():
    values = plain(5000)
    base = baseline.fit(Rows.plain(values), True, False)
    inside = ((values >= base.lowest) & (values <= base.highest)).mean(axis=0)
    np.testing.assert_allclose(inside, 0.998, atol=5e-4)


WAVES = {
    "sine": lambda t: np.sin(2 * np.pi * t / 48),
    "teeth": lambda t: (t % 48) / 24 - 1,
    "two humps": lambda t: np.sin(2 * np.pi * t / 48) + 1.2 * np.sin(4 * np.pi * t / 48),
}


@pytest.mark.parametrize("wave", WAVES)
def test_the_period_of_a_wave_is_found_in_noise(wave):
    t = np.arange(480)
    values = WAVES[wave](t) + 0.2 * np.random.default_rng(0).normal(size=480)
    assert abs(period(values) - 48) <= 1
    values[[3, 77, 200]] = np.nan
    assert abs(period(values) - 48) <= 1


def test_what_has_no_period_has_none():
    draws = np.random.default_rng(0)
    for values in (draws.normal(size=500), np.ones(500), np.arange(500.0), np.full(500, np.nan), np.ones(5)):
        assert period(values) is None
    assert period(np.sin(2 * np.pi * np.arange(80) / 60)) is None  # less than two of them
    assert period(np.tile([1.0, -1.0, 0.0, 0.0], 50)) is None  # too short to be a season


def test_a_profile_is_the_mean_at_each_phase():
    number = np.arange(1000)
    wave = np.sin(2 * np.pi * number / 100)
    values = wave.copy()
    values[number % 100 < 3] = np.nan
    np.testing.assert_allclose(profile(values, number, 100)[5:95], wave[5:95], atol=0.02)
    assert np.isfinite(profile(values, number, 100)).all()


def test_seasons_are_expected_where_they_are_asked_for():
    number = np.arange(2000)
    values = (10 * np.sin(2 * np.pi * number / 100) + np.random.default_rng(0).normal(size=2000))[:, None]
    rows = Rows.plain(values)
    assert baseline.fit(rows, True).scale[0] < 1.3
    assert baseline.fit(rows, True, seasonal=False).scale[0] > 6


def test_a_sample_is_all_rows_while_they_are_few_and_even_stretches_when_they_are_many():
    sample = Sample(most=1000, stretch=100)
    for first in range(0, 10_000, 37):
        sample.add(
            Rows.plain(np.zeros((min(37, 10_000 - first), 1))).with_values(
                np.arange(first, min(first + 37, 10_000))[:, None] * 1.0
            )
        )
        if sample.seen <= 1000:
            assert len(sample.rows()) == sample.seen
    kept = sample.rows().values[:, 0]
    assert 500 <= len(kept) <= 1000
    assert kept[:100].tolist() == list(range(100))
    starts = kept[::100]
    assert len(set(np.diff(starts))) == 1
    whole = Sample(most=1000, stretch=100)
    whole.add(Rows.plain(np.arange(10_000.0)[:, None]))
    assert whole.rows().values[:, 0].tolist() == kept.tolist()
    assert Sample().rows() is None


@pytest.mark.parametrize("size", [20.0, 1e9])
@pytest.mark.parametrize(("part", "most"), [(0.02, 1.12), (0.05, 1.3), (0.09, 1.9)])
def test_gross_outliers_of_less_than_a_tenth_on_each_side_move_the_untrusted_scale_little(part, most, size):
    """At a tenth the deciles are outliers themselves."""
    clean, odd = plain(5000), plain(5000)
    many = int(part * 5000)
    odd[:many] += size * clean.std(axis=0)
    odd[many : 2 * many] -= size * clean.std(axis=0)
    base = baseline.fit(Rows.plain(odd), False, False)
    ratio = base.scale / clean.std(axis=0)
    assert (ratio > 0.95).all()
    assert (ratio < most).all()
    away = (base.expected(Rows.plain(odd)) - np.median(clean, axis=0)) / clean.std(axis=0)
    assert (np.abs(away) < 0.1).all()


def test_a_sensor_of_the_reference_that_hardly_moves_has_a_hundredth_of_its_range():
    values = np.zeros((10_000, 1))
    values[7] = 4.0
    assert baseline.fit(Rows.plain(values), True, False).scale.tolist() == pytest.approx([0.04])
    assert baseline.fit(Rows.plain(values), False, False).scale.tolist() == pytest.approx([0.04], rel=0.01)  # std


def test_the_step_of_a_sensor_is_that_of_all_its_readings():
    values = np.zeros((10_000, 1))
    values[[0, 3, 6, 9]] = 1  # the first of every third row, which are looked at first
    values[[1, 2]] = 0.05
    assert baseline.fit(Rows.plain(values), True, False).scale[0] == pytest.approx(values.std(), rel=0.5)


@pytest.mark.parametrize("good", [True, False])
def test_nothing_is_known_of_a_sensor_that_the_reference_has_no_reading_of(good):
    values = plain()
    values[:, 1] = np.nan
    base = baseline.fit(Rows.plain(values), good, others=Rows.plain(np.ones((9, 3))))
    assert base.scale[1] == 1.0
    assert (base.lowest[1], base.highest[1]) == (-np.inf, np.inf)
    np.testing.assert_array_equal(np.isnan(base.deviations(Rows.plain(np.ones((2, 3))))), [[False, True, False]] * 2)
    rows = contexts()
    rows = rows.with_values(np.column_stack([rows.values, np.full(len(rows), np.nan)]))
    z = baseline.fit(rows, good).deviations(rows.with_values(np.ones((len(rows), 2))))
    assert np.isnan(z[:, 1]).all()
    assert np.isfinite(z[:, 0]).all()


@pytest.mark.parametrize("far", [1e300, -1e308, 1.7e308])
def test_readings_beyond_all_measure_deviate_as_far_as_any(far):
    """Squares and differences of them are infinite, and warnings errors."""
    values = plain()
    base = baseline.fit(Rows.plain(values), True, False)
    z = base.deviations(Rows.plain(np.array([[far, -100.0, np.nan], [5.0, -far, 0.0]])))
    np.testing.assert_array_equal(z[[0, 1], [0, 1]], [np.copysign(50, far), np.copysign(50, -far)])
    for column, sign in ((0, 1), (1, np.where(np.arange(len(values)) % 2, 1, -1))):
        odd = values.copy()
        odd[:, column] = far * sign
        assert np.isfinite(baseline.fit(Rows.plain(odd), True).deviations(Rows.plain(odd))).all()


def test_readings_that_vanish_are_no_movement():
    values = plain()
    values[:, 1] *= 1e-312
    base = baseline.fit(Rows.plain(values), True)
    assert np.isfinite(base.deviations(Rows.plain(values))).all()
    assert base.deviations(Rows.plain(np.array([[5.0, 1e300, 0.0]])))[0, 1] == 50


def test_readings_that_are_missing_change_nothing_for_the_others():
    values = plain()
    gone = values.copy()
    gone[::2, 0] = np.nan
    base = baseline.fit(Rows.plain(gone), True, False)
    half = baseline.fit(Rows.plain(values[1::2]), True, False)
    for name in ("scale", "lowest", "highest"):
        assert getattr(base, name)[0] == pytest.approx(getattr(half, name)[0])


def switched(unit=1.0):
    """Two steps; the sensor reads just 0 in the first, and moves in the second; the other one is read in the second."""
    place = np.tile(np.r_[0:20, 0:20], 50)
    step = np.tile(np.repeat(np.array(["off", "on"], dtype=object), 20), 50)
    values = np.where(step == "on", 1, 0)[:, None] * np.random.default_rng(0).normal(size=(2000, 2)) + [0, 5]
    values[step == "off", 1] = np.nan
    number = np.arange(2000)
    return Rows(unit * values, number, number, None, step, place)


@pytest.mark.parametrize("good", [True, False])
def test_a_step_that_says_nothing_of_a_sensor_has_the_scale_of_all_steps(good):
    base = baseline.fit(switched(), good)
    assert base.steps["off"].tolist() == base.scale.tolist()
    assert base.scale[0] < base.steps["on"][0] if good else base.scale[0] > 0
    seen = switched().take([3, 4])
    seen.values[:] = [[0.5, 5.5], [0.0, 6.0]]
    small = baseline.fit(switched(1e-6), good)
    np.testing.assert_allclose(
        small.deviations(seen.with_values(1e-6 * seen.values)), base.deviations(seen), rtol=1e-6, atol=1e-9
    )


def test_a_step_of_few_rows_has_the_scale_of_all():
    rows = contexts(9)  # 180 rows of each step
    assert set(baseline.fit(rows, True).steps) == {"1", "2"}
    fewer = contexts(4)
    base = baseline.fit(fewer, True)
    assert base.steps == {}
    np.testing.assert_array_equal(base.usual(fewer), base.scale)
    unknown = replace(rows, step=np.where(rows.step == "1", "new", rows.step))
    base = baseline.fit(rows, True)
    usual = base.usual(unknown)
    assert (usual[rows.step == "1"] == base.scale).all()
    assert (usual[rows.step == "2"] == base.steps["2"]).all()


def test_sensors_without_readings_in_a_group_a_step_or_anywhere_are_no_trouble():
    rows = contexts()
    values = np.repeat(rows.values, 4, axis=1)
    values[:, 1] = np.nan
    values[rows.step == "1", 2] = np.nan
    values[rows.group == "A", 3] = np.nan
    rows = rows.with_values(values)
    for good in (True, False):
        base = baseline.fit(rows, good)
        z = base.deviations(rows)
        np.testing.assert_array_equal(np.isnan(z), np.isnan(values))
        for sensor in (0, 2, 3):
            assert np.nanstd(z[:, sensor]) == pytest.approx(1, rel=0.15)
        assert np.isfinite(np.delete(base.expected(rows), 1, axis=1)).all()


def test_seasons_are_not_looked_for_where_there_are_steps():
    number = np.arange(2000)
    rows = Rows.plain(np.sin(2 * np.pi * number / 100)[:, None])
    in_steps = replace(rows, step=np.full(2000, "s", dtype=object), place=number)
    assert baseline.fit(in_steps, True).scale[0] == pytest.approx(np.sqrt(0.5), rel=0.01)
    assert baseline.fit(rows, True).scale[0] < 0.1


def test_one_step_of_a_quantised_sensor_is_not_extraordinary():
    """A meter that reads whole numbers and hardly ever more than 0; rounding alone makes 1/√12 of a step."""
    values = np.zeros((3000, 2))
    values[::500, 0] = 1
    values[:, 1] = np.random.default_rng(0).normal(size=3000)
    base = baseline.fit(Rows.plain(values), False, seasonal=False)
    assert base.scale[0] == pytest.approx(1 / np.sqrt(12))
    assert base.scale[1] == pytest.approx(1, rel=0.05)
    assert base.deviations(Rows.plain(np.array([[1.0, 0.0]])))[0, 0] == pytest.approx(np.sqrt(12))
    good = baseline.fit(Rows.plain(values), True, seasonal=False)  # taken at its word: 1 in 500 is rare
    assert good.scale[0] == pytest.approx(values[:, 0].std())
