"""A model file of one layer, written without any framework: messages of Protocol Buffers (onnx.proto3)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from culpa.identify import modelfile, novelty
from culpa.identify.description import Description
from culpa.identify.images import ImageForm
from culpa.identify.outputs import Outputs

CLASSES = ("blip", "dot", "helix")
FORM = ImageForm(views=(0.5, 1.0), height=8, width=8)
FEATURES = 4
_FLOAT, _UINT8, _INT64 = 1, 2, 7


def write_model(path: Path, training: Mapping[str, Any] | None = None) -> Path:
    """A classifier of images of `FORM` whose weights are random: it says something of its own to every image.

    `training` is what its description says of that.
    """
    random = np.random.default_rng(2)
    pixels = int(np.prod(FORM.shape))
    kernel = random.normal(size=(pixels, len(CLASSES) + FEATURES)).astype(np.float32) / 255
    outputs = ("logits", len(CLASSES)), ("embedding", FEATURES)
    graph = (
        _node("Cast", ["images"], ["numbers"], _text(1, "to") + _number(3, _FLOAT) + _number(20, 2))
        + _node("Flatten", ["numbers"], ["flat"])
        + _node("MatMul", ["flat", "kernel"], ["all"])
        + _node("Split", ["all", "sizes"], ["logits", "embedding"], _text(1, "axis") + _number(3, 1) + _number(20, 2))
        + _text(2, "tiny")
        + _tensor("kernel", kernel, _FLOAT)
        + _tensor("sizes", np.array([size for _, size in outputs], np.int64), _INT64)
        + _part(11, _value("images", _UINT8, FORM.shape))
        + b"".join(_part(12, _value(name, _FLOAT, (size,))) for name, size in outputs)
    )
    model = _number(1, 8) + _part(7, graph) + _part(8, _number(2, 17))
    examples = random.integers(0, 120, (300, pixels)) @ kernel
    said = Outputs(*(part.astype(np.float32) for part in np.split(examples, [len(CLASSES)], axis=1)))
    known = novelty.statistics(said, np.arange(300) % len(CLASSES), len(CLASSES))
    description = Description(CLASSES, "compact", FORM, 1.5, novelty.fit(known, said, 0.3), training or {})
    modelfile.write(path, model, description)
    return path


def _node(kind: str, inputs: list[str], outputs: list[str], attribute: bytes = b"") -> bytes:
    names = b"".join(_text(1, name) for name in inputs) + b"".join(_text(2, name) for name in outputs)
    return _part(1, names + _text(4, kind) + (_part(5, attribute) if attribute else b""))


def _tensor(name: str, values: NDArray[Any], kind: int) -> bytes:
    sizes = b"".join(_number(1, size) for size in values.shape)
    return _part(5, sizes + _number(2, kind) + _text(8, name) + _part(9, values.tobytes()))


def _value(name: str, kind: int, shape: tuple[int, ...]) -> bytes:
    """A value of any number of rows, each of this shape."""
    sizes = _part(1, _text(2, "n")) + b"".join(_part(1, _number(1, size)) for size in shape)
    return _text(1, name) + _part(2, _part(1, _number(1, kind) + _part(2, sizes)))


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())


def _part(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
