"""One lot, made from nothing but the settings and its number."""

from dataclasses import dataclass

import numpy as np

from ...types import Floats, Mask
from .anomalies import put_into_process, put_into_reading
from .drift import ageing
from .events import Event, events
from .groups import Groups
from .layout import Lot, lot
from .outcome import DRAWS, outcome
from .process import INPUTS, SENSORS, run
from .seeds import WAFER, generator
from .sensors import NOISE, rounded
from .settings import FabSettings
from .variation import column


@dataclass(frozen=True)
class LotRows:
    """All rows of a lot.

    `values` has shape (sensors, wafers, rows of a wafer); `true` the same without noise and faults of readings;
    `thickness` (nm) and `yields` (%) have shape (wafers,); `anomaly` has shape (wafers, rows of a wafer).
    """

    lot: Lot
    values: Floats
    true: Floats
    thickness: Floats
    yields: Floats
    anomaly: Mask
    events: tuple[Event, ...]


def make_lot(settings: FabSettings, groups: Groups, number: int) -> LotRows:
    """The lot of a number, from 0; `groups` are those of the same settings."""
    this = lot(settings, number)
    rows = this.recipe.rows
    planned = events(settings, groups, this)
    by_row, noise, last = _draws(settings, this)
    each = np.bincount(this.chamber)[this.chamber]
    lasting = groups.effects[this.equipment, this.chamber].T + ageing(settings, this.age, each)
    given = lasting[:, :, None] + by_row
    references = [groups.reference(this.recipe, this.equipment, chamber) for chamber in this.chamber]
    level = np.concatenate([each.level for each in references], axis=1)
    sigma = np.concatenate([each.sigma for each in references], axis=1)
    for event in planned:
        if event.fault == "process":
            put_into_process(given.reshape(len(INPUTS), -1), event, sigma, settings.seed, number)
    true, left = run(this.recipe, given)
    values = true + NOISE[:, None, None] * noise
    for event in planned:
        if event.fault == "sensor":
            put_into_reading(values.reshape(len(SENSORS), -1), event, level, sigma, settings.seed, number)
    anomaly = np.zeros(settings.wafers * rows, dtype=bool)
    for event in planned:
        anomaly[event.rows] = True
    thickness, yields = outcome(this.recipe, left, true[SENSORS.index("vibration")], last)
    return LotRows(this, rounded(values), true, thickness, yields, anomaly.reshape(-1, rows), planned)


def _draws(settings: FabSettings, this: Lot) -> tuple[Floats, Floats, Floats]:
    """What is random in each wafer: deviations of inputs, noise of readings in its sigma, what the outcome needs."""
    rows = this.recipe.rows
    by_row = np.empty((len(INPUTS), settings.wafers, rows))
    noise = np.empty((len(SENSORS), settings.wafers, rows))
    last = np.empty((DRAWS, settings.wafers))
    for wafer in range(settings.wafers):
        draws = generator(settings.seed, WAFER, this.number, wafer)
        by_wafer = draws.standard_normal((len(INPUTS), 1)) * column("wafer")[:, None]
        by_row[:, wafer] = draws.standard_normal((len(INPUTS), rows)) * column("row")[:, None] + by_wafer
        noise[:, wafer] = draws.standard_normal((len(SENSORS), rows))
        last[:, wafer] = draws.standard_normal(DRAWS)
    return by_row, noise, last
