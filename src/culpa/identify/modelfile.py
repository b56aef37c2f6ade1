"""A trained network as one file that says what it is: an ONNX graph with our description among its metadata."""

from pathlib import Path
from typing import Any

from ..acquire.atomic import atomic
from ..errors import CulpaError, UsageError, refused
from . import description as describe
from .description import Description

KEY = "culpa"


def write(path: Path, graph: bytes, description: Description) -> None:
    """Write a graph (`export.onnx_graph`) with its description, atomically. Raises CulpaError if refused."""
    with atomic(path) as temporary:
        temporary.write_bytes(graph + _metadata(KEY, describe.to_json(description)))


def _metadata(key: str, value: str) -> bytes:
    """An entry of an ONNX model's `metadata_props` (field 14, a message of key and value: onnx.proto3).

    Messages of Protocol Buffers can be put together by writing one after the other, so that it needs no package.
    """
    entry = b"".join(_field(number, text.encode()) for number, text in ((1, key), (2, value)))
    return _field(14, entry)


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def read(path: Path, threads: int = 1) -> tuple[Any, Description]:
    """An onnxruntime session of a model file, using so many processor cores, and its description.

    Raises UsageError where the file is no ONNX model, is damaged, is not culpa's or of another schema, CulpaError where
    it cannot be read.
    """
    way_out = "give a model.onnx of culpa train"
    try:
        session = open_graph(path.read_bytes(), threads)
    except OSError as problem:
        raise refused(problem) from problem
    except ValueError as problem:
        raise UsageError(f"{path} is not an ONNX model, or damaged: {problem}", way_out) from problem
    metadata = session.get_modelmeta().custom_metadata_map
    if KEY not in metadata:
        raise UsageError(f"{path} is an ONNX model without culpa's description, or cut short", way_out)
    description = describe.from_json(metadata[KEY], str(path))
    _check(path, session, description)
    return session, description


def open_graph(content: bytes, threads: int = 1) -> Any:
    """An onnxruntime session of the content of a file. Raises ValueError for what is no ONNX model."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # be kind to a busy machine
    options.log_severity_level = 4  # what is wrong is in the exception
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except failures() as problem:
        raise ValueError(str(problem).partition("\n")[0]) from problem


def failures() -> tuple[type[Exception], ...]:
    """The exceptions of onnxruntime, which have no common base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = (getattr(state, name) for name in dir(state))
    return tuple(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception))


def _check(path: Path, session: Any, description: Description) -> None:
    """Whether graph and description belong together."""
    takes = {each.name: (each.type, each.shape[1:]) for each in session.get_inputs()}
    gives = {each.name: each.shape[1:] for each in session.get_outputs()}
    classes, features = description.novelty.statistics.means.shape
    expected = {"logits": [len(description.classes)], "embedding": [features]}
    if (
        takes != {"images": ("tensor(uint8)", list(description.form.shape))}
        or gives != expected
        or classes != len(description.classes)
    ):
        raise CulpaError(
            f"{path}: its network takes {takes} and gives {gives}, its description says 8-bit images of "
            f"{list(description.form.shape)} and {expected}, and what {classes} classes are like"
        )
