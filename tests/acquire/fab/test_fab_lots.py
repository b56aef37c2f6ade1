import numpy as np
import pytest

from culpa.acquire.fab.drift import ageing
from culpa.acquire.fab.groups import Groups
from culpa.acquire.fab.layout import lot, rows_before
from culpa.acquire.fab.lots import make_lot
from culpa.acquire.fab.process import INPUTS, SENSORS, run
from culpa.acquire.fab.recipes import MAIN, RECIPES
from culpa.acquire.fab.settings import FabSettings
from culpa.settings import replace

CALM = FabSettings(fraction=0.0)


def test_the_schedule_follows_from_the_number_alone():
    first = second = 0
    seen = []
    for number in range(18):
        this = lot(CALM, number)
        assert (this.first, this.second) == (first, second)
        first += 25 * this.recipe.rows
        second += 25 * (this.recipe.rows + 20)
        seen.append((this.equipment, this.recipe.name))
        assert list(np.bincount(this.chamber)) == [13, 12]
    assert rows_before(CALM, 6) == first
    assert {equipment for equipment, _ in seen[:3]} == {equipment for equipment, _ in seen[3:6]} == {0, 1, 2}
    assert len(set(seen)) == 6
    assert seen != [(lot(replace(CALM, seed=1), n).equipment, lot(CALM, n).recipe.name) for n in range(18)]


def test_ages_grow_until_the_equipment_is_cleaned():
    ages = {}
    cleans = 0
    for number in range(30):
        this = lot(CALM, number)
        for chamber, age in zip(this.chamber, this.age, strict=True):
            before = ages.get((this.equipment, chamber))
            assert before is None or age in (before + 1, 0)
            cleans += age == 0
            ages[this.equipment, chamber] = age
    assert max(ages.values()) < 39
    assert cleans == pytest.approx(2 * 10, abs=2)


def test_drift_is_slow_and_small():
    worst = {}
    groups = Groups(CALM)
    wafers = np.arange(39)
    deviation = ageing(CALM, wafers, np.full(39, 13))
    given = np.repeat(deviation[:, :, None], RECIPES[0].rows, axis=2)
    levels = run(RECIPES[0], given)[0]
    sigma = groups.reference(RECIPES[0], 0, 0).sigma
    for name, level, unit in zip(SENSORS, levels, sigma, strict=True):
        worst[name] = np.ptp(level / unit, axis=0).max()
        assert np.ptp(level[8:21] / unit, axis=0).max() < 0.6, name  # in the neighbourhood of one lot
    assert 1 < worst["endpoint"] < 2.5
    assert max(worst.values()) < 2.5
    assert worst["voltage"] > 0.3


def test_lots_age_between_two_maintenances():
    """The endpoint sinks by the coating of the window; nothing else differs from a fab without drift."""
    still = replace(CALM, drift=0.0)
    aged, new = ([make_lot(s, Groups(s), number) for number in range(12)] for s in (CALM, still))
    endpoint, flow = SENSORS.index("endpoint"), SENSORS.index("flow")
    ages, sunk = [], []
    for one, other in zip(aged, new, strict=True):
        np.testing.assert_array_equal(one.values[flow], other.values[flow])
        ages.append(one.lot.age)
        sunk.append((one.values - other.values)[endpoint, :, 20:40].mean(axis=1))
    late = np.concatenate(ages) > 8  # the first ones after a clean are another matter
    assert np.corrcoef(np.concatenate(ages)[late], np.concatenate(sunk)[late])[0, 1] < -0.95


def test_groups_differ_by_several_residual_sigma():
    for spread, low, high in ((1.0, 5.0, 60.0), (0.0, 0.0, 1e-9)):
        groups = Groups(replace(CALM, group_spread=spread))
        rows = slice(*RECIPES[0].bounds(MAIN))
        known = [groups.reference(RECIPES[0], *place) for place in groups.places]
        levels = np.array([each.level[:, rows].mean(axis=1) for each in known])
        apart = np.ptp(levels, axis=0) / known[0].sigma[:, rows].mean(axis=1)
        assert low <= apart.min() <= apart.max() <= high


def test_the_readings_are_as_expected_of_their_chamber():
    settings = replace(CALM, drift=0.0)
    groups = Groups(settings)
    for number in range(4):
        made = make_lot(settings, groups, number)
        known = [groups.reference(made.lot.recipe, made.lot.equipment, int(c)) for c in made.lot.chamber]
        residual = np.array([(made.values[:, w] - each.level) / each.sigma for w, each in enumerate(known)])
        assert abs(residual.mean(axis=(0, 2))).max() < 0.15
        np.testing.assert_allclose(residual.std(axis=(0, 2)), 1, atol=0.06)


def test_the_readings_obey_the_law_of_power_within_their_noise():
    made = make_lot(CALM, Groups(CALM), 3)
    value = dict(zip(SENSORS, made.values[:, :, made.lot.recipe.step == MAIN], strict=True))
    wrong = value["rf_power"] - value["voltage"] * value["current"] * np.cos(np.radians(value["phase"]))
    tangent = np.tan(np.radians(26.0))
    parts = [3.0, 2070 * 0.2 / 229, 2070 * 0.008 / 10, 2070 * tangent * np.radians(0.05)]
    assert wrong.mean() == pytest.approx(0, abs=0.5)
    assert wrong.std() == pytest.approx(np.hypot.reduce(parts), rel=0.05)


def test_yield_falls_with_the_deviation_of_the_thickness():
    groups = Groups(CALM)
    made = [make_lot(CALM, groups, number) for number in range(12)]
    off = [(one.thickness - {"R1": 97.87, "R2": 100.16}[one.lot.recipe.name]) ** 2 for one in made]
    shaken = [one.values[SENSORS.index("vibration")].mean(axis=1) for one in made]
    factors = np.stack([np.concatenate(off), np.concatenate(shaken), np.ones(300)], axis=1)
    found = np.linalg.lstsq(factors, np.concatenate([one.yields for one in made]))[0]
    assert found[0] == pytest.approx(-1.5 / 3.0**2, rel=0.2)
    assert found[1] == pytest.approx(-0.25 * 8.0, rel=0.4)  # particles


def test_a_lot_can_be_made_alone():
    settings = FabSettings()
    groups = Groups(settings)
    for number in range(6):
        last = make_lot(settings, groups, number)
    alone = make_lot(settings, Groups(settings), 5)
    np.testing.assert_array_equal(alone.values, last.values)
    assert alone.events == last.events
    assert not np.array_equal(make_lot(replace(settings, seed=1), groups, 5).values, last.values)


def test_each_input_deviates_between_chambers():
    effects = Groups(CALM).effects
    assert effects.shape == (3, 2, len(INPUTS))
    assert np.ptp(effects.reshape(6, -1), axis=0)[:-1].min() > 0


@pytest.mark.parametrize(
    "extreme",
    [
        {
            "group_spread": 3.0,
            "drift": 10.0,
            "fraction": 0.1,
            "sizes": (50.0, 100.0),
            "collective_sizes": (50.0, 100.0),
        },
        {"equipments": 1, "chambers": 1, "recipes": 1, "wafers": 1, "culprit": "", "fraction": 0.1, "drift_wafers": 5},
        {"equipments": 6, "chambers": 6, "wafers": 6, "maintenance": 1, "fraction": 0.1, "culprit_factor": 20.0},
    ],
    ids=["strong", "small", "many"],
)
def test_extreme_settings_make_sense_still(extreme):
    settings = FabSettings(**extreme)
    groups = Groups(settings)
    made = [make_lot(settings, groups, number) for number in range(8)]
    assert sum(len(one.events) for one in made) > 0
    for one in made:
        assert np.isfinite(one.values).all()
        assert (one.thickness > 0).all()
        assert ((one.yields >= 0) & (one.yields <= 100)).all()
