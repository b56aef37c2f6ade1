"""What doing a job gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .plan import Job


@dataclass(frozen=True)
class Outcome:
    """The files that a job wrote, relative to the day's folder, and what it has to say in a few numbers.

    A `result` with the word `empty` says why there was nothing to write.
    """

    files: tuple[str, ...]
    result: Mapping[str, Any] = field(default_factory=dict)


Action = Callable[[Job, Path], Outcome]
"""Does a job in the folder of its day."""
