"""A Keras model as an ONNX graph, layer by layer: the same bytes for the same weights, on either framework."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import CulpaError, MissingExtraError

OPSET = 17
IR_VERSION = 8
"""Old enough for every onnxruntime that runs on our oldest Python."""


def onnx_graph(model: Any, framework_extra: str = "torch") -> bytes:
    """The serialised graph of a model of `networks.build`.

    Input `images` uint8 (n, height, width, views), outputs `logits` and `embedding` float32 (n, ...). Written by
    walking the layers, not by a framework's exporter, whose graphs differ between frameworks and versions. Raises
    MissingExtraError without the package onnx, CulpaError for a layer that has no translation.
    """
    try:
        import onnx
    except ImportError as problem:
        raise MissingExtraError("onnx", framework_extra, "writing model.onnx") from problem
    writer = _Writer(onnx)
    for layer in model.layers:
        if type(layer).__name__ not in _TRANSLATIONS:
            raise CulpaError(f"the layer {layer.name!r} ({type(layer).__name__}) has no translation to ONNX")
        writer.layer(layer, _TRANSLATIONS[type(layer).__name__])
    for name, tensor in zip(("logits", "embedding"), model.outputs, strict=True):
        writer.node("Identity", [writer.names[id(tensor)]], name)
    helper, kinds = onnx.helper, onnx.TensorProto
    outputs = [
        helper.make_tensor_value_info(name, kinds.FLOAT, ["n", tensor.shape[-1]])
        for name, tensor in zip(("logits", "embedding"), model.outputs, strict=True)
    ]
    images = helper.make_tensor_value_info("images", kinds.UINT8, ["n", *model.input.shape[1:]])
    graph = helper.make_graph(writer.nodes, model.name, [images], outputs, writer.initializers)
    opsets = [helper.make_opsetid("", OPSET)]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="culpa")
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString(deterministic=True))


@dataclass
class _Writer:
    """A graph that grows: feature maps are (n, channels, height, width) inside, as ONNX has them."""

    onnx: ModuleType
    nodes: list[Any] = field(default_factory=list)
    initializers: list[Any] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    def node(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def constant(self, values: Any) -> str:
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        return name

    def layer(self, layer: Any, translate: "Callable[[_Writer, Any, list[str]], str]") -> None:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        names = [self.names.get(id(tensor), "images") for tensor in inputs]
        self.names[id(layer.output)] = translate(self, layer, names)


def _input(writer: _Writer, _layer: Any, _inputs: list[str]) -> str:
    numbers = writer.node("Cast", ["images"], to=writer.onnx.TensorProto.FLOAT)
    return writer.node("Transpose", [numbers], perm=[0, 3, 1, 2])


def _rescaling(writer: _Writer, layer: Any, inputs: list[str]) -> str:
    return writer.node("Mul", [inputs[0], writer.constant(layer.scale)])


def _convolution(writer: _Writer, layer: Any, inputs: list[str]) -> str:
    kernel, *bias = layer.get_weights()
    parameters = [writer.constant(kernel.transpose(3, 2, 0, 1)), *map(writer.constant, bias)]
    return writer.node("Conv", [inputs[0], *parameters], strides=list(layer.strides), auto_pad="SAME_UPPER")


def _normalisation(writer: _Writer, layer: Any, inputs: list[str]) -> str:
    parameters = [
        writer.constant(values) for values in layer.get_weights()
    ]  # gamma, beta, mean, variance: ONNX's order
    return writer.node("BatchNormalization", [inputs[0], *parameters], epsilon=layer.epsilon)


def _pooling(writer: _Writer, layer: Any, inputs: list[str]) -> str:
    return writer.node("MaxPool", inputs, kernel_shape=list(layer.pool_size), strides=list(layer.strides))


def _dense(writer: _Writer, layer: Any, inputs: list[str]) -> str:
    kernel, bias = map(writer.constant, layer.get_weights())
    result = writer.node("Gemm", [inputs[0], kernel, bias])
    return writer.node("Relu", [result]) if layer.activation.__name__ == "relu" else result


def _flatten(writer: _Writer, _layer: Any, inputs: list[str]) -> str:
    return writer.node("Flatten", [writer.node("Transpose", inputs, perm=[0, 2, 3, 1])])  # Keras's order


def _average(writer: _Writer, _layer: Any, inputs: list[str]) -> str:
    return writer.node("ReduceMean", inputs, axes=[2, 3], keepdims=0)


_TRANSLATIONS: dict[str, Callable[[_Writer, Any, list[str]], str]] = {
    "InputLayer": _input,
    "Rescaling": _rescaling,
    "Conv2D": _convolution,
    "BatchNormalization": _normalisation,
    "ReLU": lambda writer, _, inputs: writer.node("Relu", inputs),
    "Add": lambda writer, _, inputs: writer.node("Add", inputs),
    "MaxPooling2D": _pooling,
    "GlobalAveragePooling2D": _average,
    "Flatten": _flatten,
    "Dropout": lambda _writer, _, inputs: inputs[0],
    "Dense": _dense,
}
