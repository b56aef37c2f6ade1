"""The networks that tell classes of glitches apart: one Keras definition each, for both frameworks.

Each takes images uint8 (n, height, width, views), scales them itself, and answers with logits (n, classes) and an
embedding (n, features), what the last layer sees. Weights begin from NumPy's generator, the same on both frameworks.
"""

from collections.abc import Callable
from math import sqrt
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import UsageError, nearest

FEATURES = 128
"""Length of the compact network's embedding."""


def build(keras: ModuleType, architecture: str, shape: tuple[int, int, int], classes: int, seed: int = 0) -> Any:
    """A Keras model of an architecture (`compact`, `resnet18`, `resnet50`), with random weights that `seed` decides.

    `shape` is (height, width, views). Raises UsageError for an architecture that is not known.
    """
    if architecture not in ARCHITECTURES:
        raise UsageError(f"unknown architecture {architecture!r}", nearest(architecture, ARCHITECTURES))
    images = keras.Input(shape, dtype="uint8", name="images")
    embedding = ARCHITECTURES[architecture](keras.layers, keras.layers.Rescaling(1 / 255, name="scale")(images))
    logits = keras.layers.Dense(classes, name="logits")(embedding)
    model = keras.Model(images, [logits, embedding], name=architecture)
    _initialise(model, np.random.default_rng(seed))
    return model


def _initialise(model: Any, random: np.random.Generator) -> None:
    """Kernels normal with variance 2 / inputs (He et al. 2015, arXiv:1502.01852); the last layer's smaller."""
    for variable in model.trainable_variables:
        if variable.name == "kernel":
            inputs = int(np.prod(variable.shape[:-1]))
            scale = 0.1 if variable.path.startswith("logits") else 1.0
            variable.assign((scale * sqrt(2 / inputs) * random.standard_normal(variable.shape)).astype(np.float32))


def _convolution(layers: Any, x: Any, filters: int, size: int = 3, stride: int = 1, active: bool = True) -> Any:
    x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x) if active else x


def _compact(layers: Any, x: Any) -> Any:
    """Views as input channels, four steps down to 4 x 4; where in the image something is stays in the embedding.

    Of 28 000 images it learned more than with one convolution at each step, with residual ones, or with the views apart
    at first.
    """
    x = _convolution(layers, x, 32, size=5, stride=2)
    x = _convolution(layers, x, 48)
    for filters in (64, 96, 128):
        x = layers.MaxPooling2D()(x)
        x = _convolution(layers, x, filters)
        x = _convolution(layers, x, filters)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5, seed=0)(x)
    return layers.Dense(FEATURES, activation="relu", name="embedding")(x)


def _resnet18(layers: Any, x: Any) -> Any:
    return _residual(layers, x, (2, 2, 2, 2), _basic)


def _resnet50(layers: Any, x: Any) -> Any:
    return _residual(layers, x, (3, 4, 6, 3), _bottleneck)


def _residual(layers: Any, x: Any, blocks: tuple[int, ...], block: Callable[..., Any]) -> Any:
    """Deep residual network (He et al. 2015, arXiv:1512.03385, table 1), for small images: its stem halves once."""
    x = _convolution(layers, x, 64, stride=2)
    for stage, count in enumerate(blocks):
        for index in range(count):
            x = block(layers, x, 64 * 2**stage, stride=2 if stage and not index else 1)
    return layers.GlobalAveragePooling2D(name="embedding")(x)


def _basic(layers: Any, x: Any, filters: int, stride: int) -> Any:
    y = _convolution(layers, x, filters, stride=stride)
    y = _convolution(layers, y, filters, active=False)
    return layers.ReLU()(layers.Add()([_shortcut(layers, x, filters, stride), y]))


def _bottleneck(layers: Any, x: Any, filters: int, stride: int) -> Any:
    y = _convolution(layers, x, filters, size=1)
    y = _convolution(layers, y, filters, stride=stride)
    y = _convolution(layers, y, 4 * filters, size=1, active=False)
    return layers.ReLU()(layers.Add()([_shortcut(layers, x, 4 * filters, stride), y]))


def _shortcut(layers: Any, x: Any, filters: int, stride: int) -> Any:
    if x.shape[-1] == filters and stride == 1:
        return x
    return _convolution(layers, x, filters, size=1, stride=stride, active=False)


ARCHITECTURES: dict[str, Callable[[Any, Any], Any]] = {
    "compact": _compact,
    "resnet18": _resnet18,
    "resnet50": _resnet50,
}
