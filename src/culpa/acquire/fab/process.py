"""The physics of a wafer: from what is given (set points and deviations) to what is true of each row."""

import numpy as np

from ...types import Floats
from .recipes import Recipe, lagged

SENSORS = (
    "temperature", "pressure", "flow", "rf_power", "rf_reflected", "voltage", "current", "phase", "valve_position",
    "gas_concentration", "vibration", "endpoint",
)  # fmt: skip
"""What is measured in each row: °C, mTorr, sccm, W, W, V, A, degrees, %, %, mm/s, arbitrary unit."""
INPUTS = (
    "flow", "pressure", "power", "impedance", "phase", "temperature", "gas", "pump", "vibration", "window", "rate",
    "film",
)  # fmt: skip
"""What can deviate: sccm, mTorr of the set point, W, Ω, degrees, °C, %, share, mm/s, share, share, nm."""

PUMPING = 0.03  # per s and % of valve opening
INFLOW = 2.4  # mTorr per s and sccm
_PROPORTIONAL, _INTEGRAL = 0.10, 0.06  # % of valve opening per mTorr, and per mTorr and s
_VALVE = (2.0, 100.0)  # %
_IDLE_PRESSURE = 95.0  # mTorr, between wafers
_CHUCK, _HEATING, _HEATING_LAG, _WARM = 152.0, 0.0055, 15.0, 300.0  # °C, °C/W, s, W that the last wafer left
_OHM, _OHM_PRESSURE, _OHM_POWER = 23.0, 0.05, -0.0008  # Ω at 100 mTorr and 2000 W; per mTorr, per W
_PHASE, _PHASE_PRESSURE = 26.0, 0.08  # degrees at 100 mTorr; per mTorr
_MATCH = 16.0 + 11.0j  # Ω: where the match network stands
_RATE = 11.3  # nm/s at 2000 W, 100 mTorr, 30 %, 162 °C
_WARMTH = 0.004  # share of the rate per °C
_CLEARING = 12.0  # nm: how unevenly the film clears over the wafer
_SELECTIVITY = 0.1  # rate in the layer below, as a share of that in the film
_UNDERLAYER = 150.0  # nm
_LIGHT, _PRODUCT, _DARK = 0.05, 15.0, 20.0  # endpoint units per W, per nm/s, and without plasma
_SHAKE, _SHAKE_VALVE = 0.9, 0.008  # mm/s, and per % of valve opening


def run(recipe: Recipe, given: Floats) -> tuple[Floats, Floats]:
    """True values of every row, and what is left of the layers after the last one.

    `given` are deviations, shape (inputs, wafers, rows) in the order of `INPUTS`. The values have shape (sensors,
    wafers, rows) in the order of `SENSORS`, the thickness (nm) has shape (wafers,).
    """
    part = dict(zip(INPUTS, given, strict=True))
    flow = recipe.flow + part["flow"]
    power = recipe.power + recipe.lit * part["power"]
    pressure, valve = _vacuum(recipe, flow, part["pressure"], part["pump"])
    gas = recipe.gas * recipe.flow / flow + part["gas"]  # more of the carrier thins it
    temperature = _CHUCK + part["temperature"] + _HEATING * lagged(power, _HEATING_LAG, _WARM)
    impedance = _OHM + part["impedance"] + _OHM_PRESSURE * (pressure - 100) + _OHM_POWER * (power - 2000) * recipe.lit
    phase = _PHASE + part["phase"] + _PHASE_PRESSURE * (pressure - 100)
    reflected, voltage, current = _electric(power, impedance, np.radians(phase))
    rate = etch_rate(power, pressure, gas, temperature) * (1 + part["rate"])
    film = recipe.film + part["film"]
    covered, removed = _etch(rate, film)
    light = (1 + part["window"]) * (_LIGHT * power + _PRODUCT * rate * covered)
    shake = _SHAKE + _SHAKE_VALVE * valve + part["vibration"]
    values = np.stack([
        temperature, pressure, flow, power, reflected, voltage, current, phase, valve, gas, shake, _DARK + light,
    ])  # fmt: skip
    return values, _UNDERLAYER + film[:, -1] - removed


def etch_rate(power: Floats, pressure: Floats, gas: Floats, temperature: Floats) -> Floats:
    """Etch rate of the film in nm/s for W, mTorr, %, °C; shape as given."""
    drive: Floats = (power / 2000) ** 0.6 * (pressure / 100) ** 0.4 * (gas / 30) ** 0.7
    return _RATE * drive * (1 + _WARMTH * (temperature - 162))


def _vacuum(recipe: Recipe, flow: Floats, wanted: Floats, pump: Floats) -> tuple[Floats, Floats]:
    """Pressure and valve opening: the valve is moved by a controller, the pressure follows as a first-order lag."""
    speed = PUMPING * (1 + pump)
    preset = INFLOW * recipe.flow / (PUMPING * recipe.pressure)  # what the recipe knows without measuring
    pressures, valves = np.empty_like(flow), np.empty_like(flow)
    pressure, added = np.full(len(flow), _IDLE_PRESSURE), np.zeros(len(flow))
    for row in range(recipe.rows):
        error = pressure - recipe.pressure[row] - wanted[:, row]
        added = added + _INTEGRAL * error
        valve = np.clip(preset[row] + added + _PROPORTIONAL * error, *_VALVE)
        pumped = speed[:, row] * valve
        steady = INFLOW * flow[:, row] / pumped
        pressure = steady + (pressure - steady) * np.exp(-pumped)
        pressures[:, row], valves[:, row] = pressure, valve
    return pressures, valves


def _electric(power: Floats, impedance: Floats, phase: Floats) -> tuple[Floats, Floats, Floats]:
    """Reflected power, voltage and current of a load: P = V·I·cosφ with V = I·|Z|."""
    load = impedance * np.exp(1j * phase)
    mismatch = np.abs((load - _MATCH) / (load + _MATCH)) ** 2
    current = np.sqrt(power / (impedance * np.cos(phase)))
    return power * mismatch / (1 - mismatch), current * impedance, current


def _etch(rate: Floats, film: Floats) -> tuple[Floats, Floats]:
    """Share of the wafer that film still covers, shape (wafers, rows), and nm removed in the end, shape (wafers,)."""
    covered, removed = np.empty_like(rate), np.zeros(len(rate))
    for row in range(rate.shape[1]):
        share = 1 / (1 + np.exp((removed - film[:, row]) / _CLEARING))
        removed = removed + rate[:, row] * (share + _SELECTIVITY * (1 - share))
        covered[:, row] = share
    return covered, removed
