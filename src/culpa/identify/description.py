"""What a trained network has to be told and what is to be known of it, as JSON that travels in its file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from .. import __version__, settings
from ..errors import UsageError
from . import novelty
from .images import ImageForm

SCHEMA = 1
"""Raised when a description can no longer be read as before."""


@dataclass(frozen=True)
class Description:
    """What a network has to be told, and what is to be known of it.

    `classes` in the order of the logits; `form` of the images it was trained with; `temperature` divides logits to give
    calibrated probabilities; `novelty` decides what is flagged as unknown; `training` is a record for people. Raises
    ValueError for what cannot be.
    """

    classes: tuple[str, ...]
    architecture: str
    form: ImageForm
    temperature: float
    novelty: novelty.Novelty
    training: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__

    def __post_init__(self) -> None:
        stranger, rarity = self.novelty.stranger, self.novelty.rarity
        for right, expectation in (
            (0 < len(self.classes) == len({*self.classes}), f"different classes, got {list(self.classes)}"),
            (1e-3 <= self.temperature <= 1e3, f"a temperature from 0.001 to 1000, got {self.temperature}"),
            (0 < rarity < inf, f"a rarity above 0, got {rarity}"),
            (stranger is None or 0 <= stranger < len(self.classes), f"a class of strangers, got number {stranger}"),
        ):
            if not right:
                raise ValueError(f"expected {expectation}")


def to_json(description: Description) -> str:
    """The description as JSON text, the same for the same content."""
    table = {
        "schema": SCHEMA,
        "version": description.version,
        "classes": list(description.classes),
        "architecture": description.architecture,
        "image": settings.plain(description.form),
        "temperature": description.temperature,
        "novelty": novelty.to_table(description.novelty),
        "training": settings.plain(description.training),
    }
    return json.dumps(table, sort_keys=True)


def from_json(text: str, where: str) -> Description:
    """The inverse of `to_json`. Raises UsageError, naming `where`, for a text of another schema or a broken one."""
    try:
        table = json.loads(text)
        if table["schema"] != SCHEMA:
            raise UsageError(
                f"{where}: a model of schema {table['schema']} (culpa {table.get('version', '?')}), expected {SCHEMA}",
                "train it again, or use the version of culpa that made it",
            )
        return Description(
            tuple(map(str, table["classes"])),
            str(table["architecture"]),
            _form(table["image"], where),
            float(table["temperature"]),
            novelty.from_table(table["novelty"]),
            dict(table["training"]),
            str(table["version"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
        raise UsageError(f"{where}: its description is broken: {problem!r}", "train it again") from problem


def _form(table: Any, where: str) -> ImageForm:
    try:
        return settings.build(ImageForm, table, "image")
    except UsageError as problem:
        raise UsageError(f"{where}: {problem.message}", "train it again") from None
