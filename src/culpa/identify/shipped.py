"""Which model classifies: the one that comes with culpa, or another."""

from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).parent / "models" / "default.onnx"
"""The model that comes with culpa, trained on simulated glitches alone."""


@dataclass(frozen=True)
class ClassesSettings:
    """The classes of glitches; the `[classes]` table of a configuration file."""

    model: Path | None = None
    """Model file (model.onnx) that classifies; without one, the model that comes with culpa."""

    @property
    def path(self) -> Path:
        """The model that is meant."""
        return self.model or MODEL
