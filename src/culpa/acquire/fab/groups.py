"""The chambers of a fab: how each deviates for good, and what to expect of it under each recipe."""

from dataclasses import dataclass, field
from functools import cached_property

from ...types import Floats
from .drift import midway
from .recipes import Recipe
from .sensors import Reference, reference
from .settings import FabSettings
from .variation import group_effects


@dataclass(frozen=True)
class Groups:
    """All chambers; what to expect of one is worked out when it is first asked for."""

    settings: FabSettings
    _known: dict[tuple[str, int, int], Reference] = field(default_factory=dict)

    @cached_property
    def effects(self) -> Floats:
        """Lasting deviations of each chamber, shape (equipments, chambers, inputs)."""
        return group_effects(self.settings)

    @property
    def places(self) -> list[tuple[int, int]]:
        """Equipment and chamber, both from 0, of all chambers."""
        return [(e, c) for e in range(self.settings.equipments) for c in range(self.settings.chambers)]

    def reference(self, recipe: Recipe, equipment: int, chamber: int) -> Reference:
        """What to expect of a chamber midway between two maintenances."""
        key = recipe.name, equipment, chamber
        if key not in self._known:
            self._known[key] = reference(recipe, self.effects[equipment, chamber] + midway(self.settings))
        return self._known[key]
