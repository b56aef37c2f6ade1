"""Small sets of images that are easy to tell apart, and what was learned from them with each framework."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import get_args

import numpy as np
import pytest

from culpa.identify.backend import Framework
from culpa.identify.images import ImageForm, Pixels
from culpa.identify.settings import TrainSettings
from culpa.identify.training import Examples
from culpa.types import Indices

FORM = ImageForm(views=(0.5, 1.0), height=16, width=16)
CLASSES = ("dot", "line", "whistle")
OPTIONS = TrainSettings(epochs=4, batch=16)
PACKAGES = {"pytorch": ("torch", "keras", "onnx"), "tensorflow": ("tensorflow", "keras", "onnx")}


def pytest_configure(config: pytest.Config) -> None:
    """PyTorch 2.13 does not yet take NumPy 2's `copy`; what Keras does with its tensors tells of it at each call."""
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture(scope="session")
def keras(needs: Callable[..., None]) -> ModuleType:
    """Keras on PyTorch: the one framework of the tests' own process."""
    needs(*PACKAGES["pytorch"], "onnxruntime")
    from culpa.identify import backend

    return backend.keras("pytorch")


def draw(count: int, seed: int) -> tuple[Pixels, Indices]:
    """Noise with a dot, a line or a rising track in the middle of each view."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(CLASSES), count)
    energies = random.exponential(size=(count, 16, 16, 2))
    rows, columns = np.mgrid[:16, :16]
    for image, label in zip(energies, labels, strict=True):
        row = rows - random.uniform(6, 10)
        column = columns - 7.5
        shape = (np.hypot(row, column) < 2.5, abs(row) < 1.5, abs(row - column) < 1.5)[label]
        image[shape] += random.uniform(50, 200)
    return np.rint(np.minimum(255 * np.log1p(energies) / np.log(4096), 255)).astype(np.uint8), labels


@pytest.fixture(scope="session")
def glitches() -> Callable[[int, int], Examples]:
    """So many labelled images from a seed."""
    return lambda count, seed: Examples(*draw(count, seed))


@pytest.fixture(scope="session")
def lesson(glitches: Callable[[int, int], Examples]) -> "Lesson":  # noqa: F821
    from culpa.identify.learning import Lesson

    return Lesson(CLASSES, FORM, glitches(160, 1), glitches(60, 2), glitches(60, 3), {"command": "culpa train"})


@pytest.fixture(scope="session")
def learned(needs, lesson, tmp_path_factory) -> dict[Framework, Path]:  # type: ignore[no-untyped-def]
    """The folder of a model from each framework, trained without interruption; the two at the same time."""
    needs(*PACKAGES["pytorch"], *PACKAGES["tensorflow"], "onnxruntime")
    from culpa.identify.learning import learn

    def folder(framework: Framework) -> Path:
        place: Path = tmp_path_factory.mktemp(framework)
        learn(lesson, OPTIONS, framework, place, place / "work")
        return place

    with ThreadPoolExecutor() as pool:
        return dict(zip(get_args(Framework), pool.map(folder, get_args(Framework)), strict=True))
