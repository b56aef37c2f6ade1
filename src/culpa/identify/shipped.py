"""Which model classifies: the one that comes with culpa, or another; and what runs it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..errors import NoDataError, UsageError
from .inference import Classifier, Judge
from .learning import FrameworkClassifier

FOLDER = "machine_learning"
"""Where, in the folder of a day, lies what has to do with classes."""
OWN = f"{FOLDER}/model.onnx"
"""A model that was trained for a day."""
MODEL = Path(__file__).parent / "models" / "default.onnx"
"""The model that comes with culpa, trained on simulated glitches alone."""


@dataclass(frozen=True)
class ClassesSettings:
    """The classes of glitches; the `[classes]` table of a configuration file."""

    model: Path | None = None
    """Model file (model.onnx) that classifies; without one, the model that comes with culpa."""
    framework: Literal["onnxruntime", "pytorch", "tensorflow"] = "onnxruntime"
    """What runs it; PyTorch and TensorFlow read the model.keras beside the file."""
    train: bool = False
    """Train a model of the day's own, and classify with it (`culpa run --train`)."""
    images: Path | None = None
    """It learns from this folder, DIR/{class}/*.png; without one, from images that `[training_set]` describes."""
    trained_with: Literal["pytorch", "tensorflow"] = "pytorch"
    """What trains it; `[train]` says how."""

    def __post_init__(self) -> None:
        if self.train and self.model:
            raise ValueError(f"train, model: either a model is trained or one is given, got both ({self.model})")

    def anywhere(self) -> "ClassesSettings":
        """The same with paths that mean the same from any folder."""
        return replace(self, model=self.model and self.model.absolute(), images=self.images and self.images.absolute())

    def of_day(self, folder: Path) -> "ClassesSettings":
        """The same with the model that is trained as the model, where one is: it lies in the folder of the day."""
        return replace(self, train=False, model=folder / OWN) if self.train else self

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

    def require(self) -> None:
        """Raises NoDataError where the file that is read is not there, and none is to be trained."""
        if not self.train and not self.file.is_file():
            raise NoDataError(f"no model {self.file}", "culpa train writes model.onnx, and model.keras beside it")


def classifier(chosen: ClassesSettings) -> Judge:
    """What classifies. Raises UsageError for a file that is no model (see `modelfile.read`)."""
    if chosen.framework == "onnxruntime":
        return Classifier(chosen.file)
    return FrameworkClassifier(chosen.file, chosen.framework)
