import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.errors import CulpaError, UsageError
from culpa.identify import description as describe
from culpa.identify import modelfile, novelty
from culpa.identify.description import Description
from culpa.identify.images import ImageForm
from culpa.identify.inference import Classifier
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
        ({"temperature": 0.0}, "temperature from 0.001 to 1000, got 0.0"),
        ({"temperature": float("nan")}, "temperature from 0.001 to 1000, got nan"),
        ({"temperature": 10**400}, "broken"),
        ({"classes": []}, "expected different classes"),
        ({"classes": ["blip", "dot", "blip"]}, "expected different classes"),
        ({"novelty": {}}, "broken"),
        ({"image": []}, "broken"),
        ({"image": {"views": [1.0, 1.0]}}, "here: .*views must be different"),
        ({"image": {"depth": 3}}, "here: unknown setting image.depth"),
    ],
)
def test_a_description_that_cannot_be_read_says_why(change: dict[str, object], words: str) -> None:
    table = json.loads(describe.to_json(described())) | change
    with pytest.raises(UsageError, match=words):
        describe.from_json(json.dumps(table), "here")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stranger": 3}, "a class of strangers, got number 3"),
        ({"stranger": -1}, "a class of strangers, got number -1"),
        ({"rarity": 0.0}, "a rarity above 0, got 0.0"),
    ],
)
def test_strangers_must_be_one_of_the_classes_and_occur(change: dict[str, object], words: str) -> None:
    table = json.loads(describe.to_json(described()))
    table["novelty"] |= change
    with pytest.raises(UsageError, match=words):
        describe.from_json(json.dumps(table), "here")


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"schema": 1}', "[" * 100_000])
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
    said = Outputs(np.eye(3, dtype=np.float32), np.eye(3, 4, dtype=np.float32))
    other_embedding = novelty.fit(novelty.statistics(said, np.arange(3), 3), said, 0.05)
    own = described()
    for other in (
        replace(own, classes=("a", "b")),
        replace(own, form=ImageForm()),
        replace(own, novelty=other_embedding),
    ):
        modelfile.write(tmp_path / "model.onnx", graph, other)
        with pytest.raises(CulpaError, match="its network takes"):
            modelfile.read(tmp_path / "model.onnx")


def changed(graph: bytes, change: Callable[[Any], object]) -> bytes:
    import onnx

    model = onnx.load_model_from_string(graph)
    change(model.graph)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    "change",
    [
        lambda graph: graph.output.pop(),
        lambda graph: graph.input.add(name="more", type=graph.output[0].type),
        lambda graph: setattr(graph.input[0].type.tensor_type, "elem_type", 1),
    ],
    ids=["no embedding", "another input", "images of floats"],
)
def test_a_graph_of_another_kind_is_refused(graph: bytes, tmp_path: Path, change: Callable[[Any], object]) -> None:
    modelfile.write(tmp_path / "model.onnx", changed(graph, change), described())
    with pytest.raises(CulpaError, match="its network takes"):
        modelfile.read(tmp_path / "model.onnx")


def test_a_graph_that_cannot_run_says_so(graph: bytes, tmp_path: Path) -> None:
    def one_at_a_time(graph: Any) -> None:
        graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1

    modelfile.write(tmp_path / "model.onnx", changed(graph, one_at_a_time), described())
    with pytest.raises(CulpaError, match="the network cannot be run"):
        Classifier(tmp_path / "model.onnx")(np.zeros((3, *FORM.shape), np.uint8))


def test_weights_that_are_no_numbers_are_no_classes(graph: bytes, tmp_path: Path) -> None:
    """NaN is above no threshold: every image would be believed."""

    def spoil(graph: Any) -> None:
        graph.initializer[0].raw_data = np.full(32 * 8, np.nan, np.float32).tobytes()

    modelfile.write(tmp_path / "model.onnx", changed(graph, spoil), described())
    with pytest.raises(CulpaError, match="numbers that are not finite"):
        Classifier(tmp_path / "model.onnx")(np.zeros((3, *FORM.shape), np.uint8))
