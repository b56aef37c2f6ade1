"""The recipes: steps with set points, and what a perfect equipment would make of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...types import Floats, Indices

MAIN = 2
"""Which step is the main etch, from 0."""
_FLOW_LAG, _POWER_LAG = 0.8, 0.7  # s, of the flow controller and of the generator
_IDLE_FLOW, _IDLE_GAS = 52.0, 20.0  # what flows between wafers: sccm, %


@dataclass(frozen=True)
class Step:
    """One step: s, sccm, mTorr, W, % of etching gas."""

    name: str
    seconds: int
    flow: float
    pressure: float
    power: float
    gas: float


@dataclass(frozen=True)
class Recipe:
    """Steps in order, one row a second, and the film that they remove: nm."""

    name: str
    steps: tuple[Step, ...]
    film: float

    @cached_property
    def step(self) -> Indices:
        """The step of each row, from 0, shape (rows,)."""
        return np.repeat(np.arange(len(self.steps)), [step.seconds for step in self.steps])

    @property
    def rows(self) -> int:
        """Rows of a wafer."""
        return len(self.step)

    @cached_property
    def second(self) -> Indices:
        """Seconds since the step began, shape (rows,)."""
        return np.concatenate([np.arange(step.seconds) for step in self.steps])

    def bounds(self, step: int) -> tuple[int, int]:
        """First row of a step and the row after its last one."""
        first = sum(each.seconds for each in self.steps[:step])
        return first, first + self.steps[step].seconds

    @cached_property
    def lit(self) -> Floats:
        """1 where there is a plasma, else 0; shape (rows,)."""
        return (self._wanted("power") > 0).astype(float)

    @cached_property
    def flow(self) -> Floats:
        """Flow in sccm after the lag of its controller, shape (rows,)."""
        return lagged(self._wanted("flow"), _FLOW_LAG, _IDLE_FLOW)

    @cached_property
    def gas(self) -> Floats:
        """Share of etching gas in % after the same lag, shape (rows,)."""
        return lagged(self._wanted("gas"), _FLOW_LAG, _IDLE_GAS)

    @cached_property
    def pressure(self) -> Floats:
        """Set point of the pressure in mTorr, shape (rows,)."""
        return self._wanted("pressure")

    @cached_property
    def power(self) -> Floats:
        """Delivered power in W after the generator's lag, shape (rows,); switched off at once."""
        return lagged(self._wanted("power"), _POWER_LAG, 0.0) * self.lit

    def _wanted(self, name: str) -> Floats:
        return np.array([getattr(step, name) for step in self.steps])[self.step]


def lagged(wanted: Floats, lag: float, start: float) -> Floats:
    """What follows a wanted course with a first-order lag (s), from the value `start`; rows are the last axis."""
    kept = np.exp(-1.0 / lag)
    followed, value = np.empty_like(wanted), np.full(wanted.shape[:-1], start)
    for row in range(wanted.shape[-1]):  # quicker than to import a filter
        value = wanted[..., row] + (value - wanted[..., row]) * kept
        followed[..., row] = value
    return followed


RECIPES = (
    Recipe(
        "R1",
        (
            Step("stabilise", 10, 48.0, 98.0, 0.0, 30.0),
            Step("strike", 6, 46.0, 104.0, 2200.0, 30.0),
            Step("main etch", 40, 50.0, 100.0, 2060.0, 30.0),
            Step("over-etch", 14, 52.0, 97.0, 1920.0, 28.0),
            Step("purge", 10, 54.0, 95.0, 0.0, 22.0),
        ),
        400.0,
    ),
    Recipe(
        "R2",
        (
            Step("stabilise", 10, 47.0, 99.0, 0.0, 32.0),
            Step("strike", 6, 46.0, 104.0, 2220.0, 32.0),
            Step("main etch", 36, 49.0, 101.0, 2110.0, 32.0),
            Step("over-etch", 12, 51.0, 98.0, 1950.0, 29.0),
            Step("purge", 10, 54.0, 95.0, 0.0, 22.0),
        ),
        390.0,
    ),
)
