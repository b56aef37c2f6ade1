"""What is to be trained: images, settings, framework and folder."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from ..identify.backend import Framework
from ..identify.checkpoint import fingerprint
from ..identify.settings import TrainSettings
from .code import code_version
from .training_material import Material, command, without_places

_PACKAGES = {
    "pytorch": ("keras", "torch", "onnx", "onnxruntime", "numpy"),
    "tensorflow": ("keras", "tensorflow", "tensorflow-cpu", "onnx", "onnxruntime", "numpy"),
}


@dataclass(frozen=True)
class Task:
    """A network to be trained with a framework; its files go into `folder`, `source` is the folder of the images."""

    material: Material
    options: TrainSettings
    framework: Framework
    folder: Path
    source: Path
    start: Path | None = None

    def identity(self) -> str:
        """Equal where the result would be the same, on this machine."""
        code = code_version(("identify",), _PACKAGES[self.framework])
        start = sha256(self.start.read_bytes()).hexdigest() if self.start else ""
        return fingerprint(self.framework, self.options, self.material.digest(), start, code)

    def record(self) -> dict[str, Any]:
        """What goes into the model's file: the same wherever the images lie and whenever it is trained."""
        return {
            "command": command(self.material, self.options, self.framework, self.start),
            "data": [without_places(part) for part in self.material.parts],
            "images": self.material.digest(),
            "split": self.material.counts(),
        }


def versions(framework: Framework) -> dict[str, str]:
    """The versions that the weights depend on: culpa, and the packages that train with a framework, if installed."""
    found = {"culpa": __version__}
    for name in _PACKAGES[framework]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
