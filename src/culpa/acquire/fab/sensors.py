"""What sensors make of the truth: their noise, what to expect of them, and the residual sigma around it."""

from dataclasses import dataclass

import numpy as np

from ...types import Floats
from .process import INPUTS, SENSORS, run
from .recipes import Recipe
from .variation import column

_NOISE = {
    "temperature": 0.12, "pressure": 0.06, "flow": 0.04, "rf_power": 3.0, "rf_reflected": 0.4, "voltage": 0.2,
    "current": 0.008, "phase": 0.05, "valve_position": 0.06, "gas_concentration": 0.025, "vibration": 0.02,
    "endpoint": 1.5,
}  # fmt: skip
NOISE = np.array([_NOISE[name] for name in SENSORS])
"""Standard deviation of each reading around the truth, in its unit; white."""
_DECIMALS = {
    "temperature": 3, "pressure": 3, "flow": 3, "rf_power": 1, "rf_reflected": 2, "voltage": 2, "current": 4,
    "phase": 3, "valve_position": 3, "gas_concentration": 3, "vibration": 4, "endpoint": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """What to expect of one chamber and recipe: `level` and residual `sigma`, both of shape (sensors, rows)."""

    level: Floats
    sigma: Floats


def reference(recipe: Recipe, deviation: Floats) -> Reference:
    """What to expect of a chamber with given lasting deviations, shape (inputs,).

    The residual sigma is that of everything that varies by itself from row to row and from wafer to wafer, carried
    through the physics to first order, and of the readings' noise; drift between maintenances is no part of it.
    """
    moves = _moves(recipe.rows)
    given = np.repeat(
        np.broadcast_to(deviation[:, None, None], (len(INPUTS), 1, recipe.rows)), 1 + len(moves[0]), axis=1
    )
    given[:, 1:] += moves
    values = run(recipe, given)[0]
    up, down = np.split(values[:, 1:], 2, axis=1)
    variance = (((up - down) / 2) ** 2).sum(axis=1) + NOISE[:, None] ** 2
    return Reference(values[:, 0], np.sqrt(variance))


def rounded(values: Floats) -> Floats:
    """Readings as they are written, far finer than their noise; shape (sensors, …)."""
    return np.stack([np.round(each, _DECIMALS[name]) for name, each in zip(SENSORS, values, strict=True)])


def _moves(rows: int) -> Floats:
    """Every independent movement by one standard deviation up, then the same down: shape (inputs, movements, rows)."""
    up = []
    for number, (by_row, by_wafer) in enumerate(zip(column("row"), column("wafer"), strict=True)):
        one = np.zeros((len(INPUTS), 1 + rows, rows))
        one[number, 0] = by_wafer
        one[number, 1:] = by_row * np.eye(rows)
        up.append(one[:, one[number].any(axis=1)])
    moves = np.concatenate(up, axis=1)
    return np.concatenate([moves, -moves], axis=1)
