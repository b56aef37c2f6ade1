import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from culpa.errors import CulpaError, UsageError
from culpa.identify import description as describe
from culpa.identify import modelfile, novelty
from culpa.identify.description import Description
from culpa.identify.images import ImageForm
from culpa.identify.outputs import Outputs
from culpa.identify.settings import TrainSettings

FORM = ImageForm(views=(0.5, 1.0), height=4, width=4)


def described() -> Description:
    random = np.random.default_rng(1)
    said = Outputs(*(random.normal(size=(40, width)).astype(np.float32) for width in (3, 5)))
    known = novelty.statistics(said, np.arange(40) % 3, 3)
    record = {"command": "culpa train", "settings": TrainSettings(seed=7)}
    return Description(("blip", "дельта", "koi_fish"), "compact", FORM, 1.25, novelty.fit(known, said, 0.05), record)


@pytest.fixture(scope="module")
def graph(needs: Callable[..., None]) -> bytes:
    """A network of one layer: images of `FORM` to 3 logits and 5 features."""
    needs("onnx", "onnxruntime")
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(2)
    kernel = random.normal(size=(32, 8)).astype(np.float32) / 255
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["numbers"], ["flat"]),
        helper.make_node("MatMul", ["flat", "kernel"], ["all"]),
        helper.make_node("Split", ["all", "sizes"], ["logits", "embedding"], axis=1),
    ]
    made = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", 4, 4, 2])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 5]),
        ],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(np.array([3, 5]), "sizes")],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.fixture
def path(graph: bytes, tmp_path: Path) -> Path:
    modelfile.write(tmp_path / "model.onnx", graph, described())
    return tmp_path / "model.onnx"


def test_a_description_survives_as_text() -> None:
    text = describe.to_json(described())
    again = describe.from_json(text, "here")
    assert describe.to_json(again) == text
    assert (again.classes, again.form, again.temperature) == (("blip", "дельта", "koi_fish"), FORM, 1.25)
    assert again.training == {"command": "culpa train", "settings": settings_table()}


def settings_table() -> dict[str, object]:
    return vars(TrainSettings(seed=7))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 2, "version": "9.9"}, r"schema 2 \(culpa 9.9\), expected 1"),
        ({"classes": None}, "broken"),
        ({"temperature": "warm"}, "broken"),
        ({"novelty": {}}, "broken"),
        ({"image": {"views": [1.0, 1.0]}}, "views must be different"),
        ({"image": {"depth": 3}}, "unknown setting image.depth"),
    ],
)
def test_a_description_that_cannot_be_read_says_why(change: dict[str, object], words: str) -> None:
    table = json.loads(describe.to_json(described())) | change
    with pytest.raises(UsageError, match=words):
        describe.from_json(json.dumps(table), "here")


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"schema": 1}'])
def test_a_text_that_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="here: its description is broken"):
        describe.from_json(text, "here")


def test_what_is_written_can_be_read(path: Path, graph: bytes) -> None:
    session, description = modelfile.read(path)
    assert describe.to_json(description) == describe.to_json(described())
    images = np.random.default_rng(3).integers(0, 256, (4, 4, 4, 2), dtype=np.uint8)
    plain = modelfile.open_graph(graph).run(["logits"], {"images": images})[0]
    np.testing.assert_array_equal(session.run(["logits"], {"images": images})[0], plain)


def test_onnx_itself_finds_the_description(path: Path) -> None:
    import onnx

    model = onnx.load(path)
    onnx.checker.check_model(model)
    assert {entry.key: entry.value for entry in model.metadata_props} == {"culpa": describe.to_json(described())}


def test_a_file_that_is_no_model_is_refused(graph: bytes, tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04", b"not a model", graph[: len(graph) // 2], b"\x80\x04\x95pickle."):
        (tmp_path / "model.onnx").write_bytes(content)
        with pytest.raises(UsageError, match="is not an ONNX model, or damaged"):
            modelfile.read(tmp_path / "model.onnx")


def test_a_file_cut_short_anywhere_is_refused(path: Path, graph: bytes) -> None:
    content = path.read_bytes()
    assert len(content) > len(graph) + 1000
    for end in (len(graph), len(graph) + 1, len(graph) + 500, len(content) - 1):
        path.write_bytes(content[:end])
        with pytest.raises(UsageError, match=r"or damaged|or cut short"):
            modelfile.read(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CulpaError, match=r"model\.onnx: No such file"):
        modelfile.read(tmp_path / "model.onnx")


def test_graph_and_description_must_belong_together(graph: bytes, tmp_path: Path) -> None:
    for other in (replace(described(), classes=("a", "b")), replace(described(), form=ImageForm())):
        modelfile.write(tmp_path / "model.onnx", graph, other)
        with pytest.raises(CulpaError, match="its network takes images"):
            modelfile.read(tmp_path / "model.onnx")
