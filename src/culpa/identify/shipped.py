"""Which model classifies: the one that comes with culpa, or another; and what runs it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import UsageError
from .inference import Classifier, Judge
from .learning import FrameworkClassifier

MODEL = Path(__file__).parent / "models" / "default.onnx"
"""The model that comes with culpa, trained on simulated glitches alone."""


@dataclass(frozen=True)
class ClassesSettings:
    """The classes of glitches; the `[classes]` table of a configuration file."""

    model: Path | None = None
    """Model file (model.onnx) that classifies; without one, the model that comes with culpa."""
    framework: Literal["onnxruntime", "pytorch", "tensorflow"] = "onnxruntime"
    """What runs it; PyTorch and TensorFlow read the model.keras beside the file."""

    @property
    def file(self) -> Path:
        """The file that is read.

        Raises UsageError where a framework should run the model that comes with culpa: it has no model.keras.
        """
        if self.framework == "onnxruntime":
            return self.model or MODEL
        if self.model is None:
            raise UsageError(
                f"the model that comes with culpa runs on onnxruntime, not on {self.framework}",
                "give a model that culpa train made: --model FOLDER/model.onnx",
            )
        return self.model.with_suffix(".keras")


def classifier(chosen: ClassesSettings) -> Judge:
    """What classifies. Raises UsageError for a file that is no model (see `modelfile.read`)."""
    if chosen.framework == "onnxruntime":
        return Classifier(chosen.file)
    return FrameworkClassifier(chosen.file, chosen.framework)
