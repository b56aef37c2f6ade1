"""What a trigger file says about itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from ...types import Segments


@dataclass(frozen=True)
class Label:
    """The search that a trigger file holds, quiet stretches included.

    `span` is what the file answers for, `searched` the live time inside it (both GPS s), `notes` whatever else is worth
    keeping (version, settings), as text.
    """

    channel: str
    span: tuple[float, float]
    searched: Segments
    notes: Mapping[str, str] = field(default_factory=dict)

    def to_text(self) -> dict[str, str]:
        """The label as words, for a file: `channel`, `span`, `searched`, and `notes` as JSON."""
        return {
            "channel": self.channel,
            "span": json.dumps(self.span),
            "searched": json.dumps(self.searched.bounds),
            "notes": json.dumps(dict(self.notes), sort_keys=True),
        }

    @classmethod
    def from_text(cls, words: Mapping[str, str]) -> Self | None:
        """The label in a file's words; None in a file of another program."""
        try:
            start, end = json.loads(words["span"])
            searched = Segments.of(map(tuple, json.loads(words["searched"])))
            return cls(words["channel"], (start, end), searched, json.loads(words["notes"]))
        except (KeyError, ValueError, TypeError):
            return None
