"""The schedule: which lot runs where, when, by which recipe; any lot is found without the ones before it."""

from dataclasses import dataclass

import numpy as np

from ...types import Indices
from .recipes import RECIPES, Recipe
from .seeds import ORDER, generator
from .settings import FabSettings


@dataclass(frozen=True)
class Lot:
    """One lot, its wafers in the order of the file.

    `number` from 0; `place` its place (from 0) in the `cycle`, in which each equipment runs one lot; `first` its first
    row in the file, `second` the seconds of that row since the file's start; `chamber` the chamber (from 0) of each
    wafer, shape (wafers,); `age` shape (wafers,): how many wafers the chamber has run since it was cleaned.
    """

    number: int
    cycle: int
    place: int
    equipment: int
    recipe: Recipe
    first: int
    second: int
    chamber: Indices
    age: Indices

    @property
    def name(self) -> str:
        """As in the file."""
        return f"L{self.number + 1:05d}"


def recipe_of(settings: FabSettings, cycle: int) -> Recipe:
    """The recipe by which all lots of a cycle run."""
    return RECIPES[cycle % settings.recipes]


def rows_before(settings: FabSettings, cycle: int) -> int:
    """Rows of all lots before a cycle."""
    turns, rest = divmod(cycle, settings.recipes)
    rows = [recipe.rows for recipe in RECIPES[: settings.recipes]]
    return settings.equipments * settings.wafers * (turns * sum(rows) + sum(rows[:rest]))


def order(settings: FabSettings, cycle: int) -> list[int]:
    """The equipments in the order in which they run a lot in a cycle."""
    return [int(each) for each in generator(settings.seed, ORDER, cycle).permutation(settings.equipments)]


def chamber_of(settings: FabSettings) -> Indices:
    """The chamber of each wafer of a lot, from 0: wafers of one chamber follow each other; shape (wafers,)."""
    return np.arange(settings.wafers) * settings.chambers // settings.wafers


def lot(settings: FabSettings, number: int) -> Lot:
    """The lot of a number, from 0."""
    cycle, place = divmod(number, settings.equipments)
    equipment = order(settings, cycle)[place]
    recipe = recipe_of(settings, cycle)
    first = rows_before(settings, cycle) + place * settings.wafers * recipe.rows
    chamber = chamber_of(settings)
    each = np.bincount(chamber, minlength=settings.chambers)
    within = np.arange(settings.wafers) - np.searchsorted(chamber, chamber)
    lots = (cycle + equipment) % settings.maintenance  # equipments are not cleaned all at once
    return Lot(
        number, cycle, place, equipment, recipe, first, first + settings.idle * settings.wafers * number,
        chamber, lots * each[chamber] + within,
    )  # fmt: skip
