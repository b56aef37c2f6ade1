"""What varies by itself: from row to row, wafer to wafer, equipment to equipment and chamber to chamber."""

from dataclasses import dataclass

import numpy as np

from ...types import Floats
from .process import INPUTS
from .seeds import GROUPS, generator
from .settings import FabSettings


@dataclass(frozen=True)
class Spread:
    """Standard deviations of an input, in its unit: between rows, wafers, equipments, chambers."""

    row: float = 0.0
    wafer: float = 0.0
    equipment: float = 0.0
    chamber: float = 0.0


SPREADS = {
    "flow": Spread(0.06, 0.02, 0.35, 0.25),
    "pressure": Spread(0.0, 0.02, 0.5, 0.35),
    "power": Spread(8.0, 2.0, 35.0, 24.0),
    "impedance": Spread(0.09, 0.025, 0.5, 0.35),
    "phase": Spread(0.06, 0.025, 0.45, 0.3),
    "temperature": Spread(0.0, 0.04, 0.7, 0.5),
    "gas": Spread(0.03, 0.012, 0.14, 0.1),
    "pump": Spread(0.0, 0.0003, 0.007, 0.005),
    "vibration": Spread(0.015, 0.006, 0.12, 0.08),
    "window": Spread(0.0, 0.002, 0.04, 0.03),
    "rate": Spread(0.0, 0.0015, 0.004, 0.003),
    "film": Spread(0.0, 0.6),
}


def column(name: str) -> Floats:
    """One of the spreads of all inputs, shape (inputs,)."""
    return np.array([getattr(SPREADS[each], name) for each in INPUTS])


def group_effects(settings: FabSettings) -> Floats:
    """How each chamber deviates for good, shape (equipments, chambers, inputs).

    Half of each effect has a fixed size, so that no seed makes all equipments alike.
    """
    draws = generator(settings.seed, GROUPS)
    equipment = _apart(draws, settings.equipments) * column("equipment")[:, None]
    chamber = np.stack([_apart(draws, settings.chambers) * column("chamber")[:, None] for _ in equipment.T])
    return settings.group_spread * np.moveaxis(equipment.T[:, :, None] + chamber, 2, 1)


def _apart(draws: np.random.Generator, groups: int) -> Floats:
    """Effects of unit size for each input and group: shape (inputs, groups)."""
    places = np.linspace(-1, 1, groups) if groups > 1 else np.zeros(1)
    shuffled = np.array([draws.permutation(places) for _ in INPUTS])
    return shuffled + 0.3 * draws.standard_normal(shuffled.shape)
