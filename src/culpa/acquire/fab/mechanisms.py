"""What anomalies there are: kinds, mechanisms, the sensors that they can be in, and how many rows they last."""

import numpy as np

from .recipes import MAIN, Recipe
from .settings import FabSettings

KINDS = {
    "point": ("spike",),
    "contextual": ("step_level", "chamber_level"),
    "collective": ("drift", "stuck", "oscillation", "decoupled"),
}
"""The mechanisms of each kind."""
ORIGINS = {
    "temperature": "temperature", "flow": "flow", "rf_power": "power", "gas_concentration": "gas",
    "vibration": "vibration",
}  # fmt: skip
"""Sensors that show a fault of the process one to one, and the input that is at fault."""
PARTNERED = ("pressure", "rf_power", "voltage", "current", "gas_concentration")
"""Sensors that other ones follow closely enough for a broken correlation to be seen."""
READINGS_ONLY = ("stuck", "decoupled")
"""Mechanisms of sensors alone."""
SPIKE_ROWS, SPIKE_SHARES = (1, 2, 3), (0.6, 0.25, 0.15)
"""Lengths of spikes, and how often each occurs."""
RUN_ROWS = (12, 24)
"""Lengths of what is neither a spike nor a step nor a drift, drawn uniformly."""


def mean_rows(settings: FabSettings, recipe: Recipe, kind: str) -> float:
    """Mean number of rows of an event of a kind."""
    main = recipe.steps[MAIN].seconds
    if kind == "point":
        return float(np.dot(SPIKE_ROWS, SPIKE_SHARES))
    if kind == "contextual":
        return (recipe.rows - main) / (len(recipe.steps) - 1)
    drift = main + (settings.drift_wafers - 1) / 2 * recipe.rows
    return (drift + 3 * sum(RUN_ROWS) / 2) / 4
