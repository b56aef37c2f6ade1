import numpy as np
import pytest

from culpa.acquire.fab.process import INFLOW, INPUTS, PUMPING, SENSORS, etch_rate, run
from culpa.acquire.fab.recipes import MAIN, RECIPES, lagged
from culpa.acquire.fab.sensors import NOISE, reference
from culpa.acquire.fab.variation import column

RECIPE = RECIPES[0]
ETCH = slice(*RECIPE.bounds(MAIN))


def given(wafers=3, **moved):
    """Deviations of some inputs: numbers, or arrays of shape (rows,)."""
    inputs = np.zeros((len(INPUTS), wafers, RECIPE.rows))
    for name, by in moved.items():
        inputs[INPUTS.index(name)] = by
    return inputs


def random(wafers=4):
    draws = np.random.default_rng(7)
    return draws.standard_normal((len(INPUTS), wafers, RECIPE.rows)) * column("row")[:, None, None]


def named(inputs):
    values, thickness = run(RECIPE, inputs)
    return dict(zip(SENSORS, values, strict=True)), thickness


def test_power_is_voltage_times_current_times_cosine_of_the_phase():
    true, _ = named(random())
    cosine = np.cos(np.radians(true["phase"]))
    np.testing.assert_allclose(true["rf_power"], true["voltage"] * true["current"] * cosine, atol=1e-9)
    assert true["rf_power"][:, ETCH].min() > 1900


def test_the_levels_are_those_that_users_know():
    true, _ = named(given(1))
    for name, low, high in (
        ("temperature", 150, 170), ("pressure", 95, 105), ("flow", 45, 55), ("voltage", 220, 240),
        ("current", 9.5, 10.5),
    ):  # fmt: skip
        assert low < true[name][0, ETCH].min() < true[name][0, ETCH].max() < high, name


def test_a_wafer_begins_with_what_flows_between_wafers():
    true, _ = named(given(1))
    assert 48.5 < true["flow"][0, 0] < 51.5
    assert true["flow"][0, 9] == pytest.approx(48.0, abs=0.01)
    assert true["gas_concentration"][0, 0] < 28 < true["gas_concentration"][0, 9]


def test_the_pressure_follows_flow_and_valve_as_a_first_order_chamber():
    """Against the differential equation in small steps."""
    true, _ = named(random(1))
    pressure = 95.0
    for row in range(RECIPE.rows):
        for _ in range(2000):
            pressure += (INFLOW * true["flow"][0, row] - PUMPING * true["valve_position"][0, row] * pressure) / 2000
        assert true["pressure"][0, row] == pytest.approx(pressure, rel=2e-4)


def test_the_controller_moves_the_valve_until_the_pressure_is_back():
    before, _ = named(given(1))
    after, _ = named(given(1, flow=np.where(np.arange(RECIPE.rows) >= 22, 0.5, 0.0)))
    moved = {name: (after[name] - before[name])[0] for name in SENSORS}
    assert abs(moved["pressure"][:22]).max() == 0
    assert moved["pressure"][22] > 0.3 > 5 * abs(moved["pressure"][52])
    assert moved["valve_position"][22] == 0 < 0.3 < moved["valve_position"][52]


def test_sensors_follow_each_other():
    """More carrier thins the gas; pressure turns the phase; an open valve shakes."""
    before, _ = named(given(1))
    thin, _ = named(given(1, flow=1.0))
    np.testing.assert_allclose(thin["gas_concentration"] * thin["flow"], before["gas_concentration"] * before["flow"])
    dense, _ = named(given(1, pressure=2.0))
    assert dense["phase"][0, 40] - before["phase"][0, 40] == pytest.approx(0.16, abs=0.01)
    weak, _ = named(given(1, pump=-0.05))
    opened = weak["valve_position"][0, 40] - before["valve_position"][0, 40]
    assert opened == pytest.approx(2.1, abs=0.1)
    assert weak["vibration"][0, 40] - before["vibration"][0, 40] == pytest.approx(0.008 * opened)


def test_the_temperature_follows_the_power_with_a_lag():
    change = np.where(np.arange(RECIPE.rows) >= 20, 40.0, 0.0)
    moved = named(given(1, power=change))[0]["temperature"] - named(given(1))[0]["temperature"]
    np.testing.assert_allclose(moved[0], 0.0055 * lagged(change * RECIPE.lit, 15.0, 0.0), atol=1e-9)
    assert moved[0, 20] < 0.1 * moved[0, 55]


def test_a_mismatch_of_the_impedance_reflects_power():
    low, high = (named(given(1, impedance=by))[0]["rf_reflected"][0, ETCH].mean() for by in (-2, 2))
    assert low < 0.7 * high


def test_the_thickness_is_what_the_rate_leaves():
    inputs = random(2)
    inputs[INPUTS.index("rate")] = 0.01
    true, thickness = named(inputs)
    rate = 1.01 * etch_rate(true["rf_power"], true["pressure"], true["gas_concentration"], true["temperature"])
    for wafer in range(2):
        removed = 0.0
        for row in range(RECIPE.rows):
            film = 1 / (1 + np.exp((removed - RECIPE.film) / 12.0))
            removed += rate[wafer, row] * (0.1 + 0.9 * film)
        assert thickness[wafer] == pytest.approx(150 + RECIPE.film - removed, abs=1e-6)
        assert RECIPE.film < removed < RECIPE.film + 100


def test_the_endpoint_falls_earlier_where_the_etch_is_faster():
    def fall(**moved):
        light = named(given(1, **moved))[0]["endpoint"][0]
        return int(np.argmax(light[30:56] < 0.7 * light[30]))

    assert fall(power=200.0) < fall() < fall(power=-200.0)
    assert fall(rate=0.04) < fall()


def test_nothing_is_powered_without_plasma():
    true, _ = named(given(1, power=50.0))
    dark = RECIPE.lit == 0
    assert all(np.all(true[name][0, dark] == 0) for name in ("rf_power", "voltage", "current", "rf_reflected"))


def test_the_residual_sigma_is_that_of_many_wafers():
    draws = np.random.default_rng(5)
    wafers = 1500
    inputs = draws.standard_normal((len(INPUTS), wafers, RECIPE.rows)) * column("row")[:, None, None]
    inputs += draws.standard_normal((len(INPUTS), wafers, 1)) * column("wafer")[:, None, None]
    values = run(RECIPE, inputs)[0]
    values += NOISE[:, None, None] * draws.standard_normal(values.shape)
    expected = reference(RECIPE, np.zeros(len(INPUTS)))
    ratio = values.std(axis=1) / expected.sigma
    assert abs(ratio.mean(axis=1) - 1).max() < 0.01
    assert abs(ratio - 1).max() < 0.08
    assert (abs(values.mean(axis=1) - expected.level) / expected.sigma).max() < 0.15
