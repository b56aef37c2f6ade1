import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from culpa.errors import CulpaError, UsageError
from culpa.identify import kerasfile, networks, novelty
from culpa.identify.description import Description
from culpa.identify.images import ImageForm
from culpa.identify.outputs import Outputs

FORM = ImageForm(views=(0.5, 1.0), height=16, width=16)


def described(keras: ModuleType) -> tuple[object, Description]:
    model = networks.build(keras, "compact", FORM.shape, 3, seed=5)
    said = Outputs(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32))
    found = novelty.fit(novelty.statistics(said, np.arange(3), 3), said, 0.1)
    return model, Description(("dot", "line", "whistle"), "compact", FORM, 1.0, found)


@pytest.fixture
def path(keras: ModuleType, tmp_path: Path) -> Path:
    model, description = described(keras)
    model.save(tmp_path / "saved.keras")  # type: ignore[attr-defined]
    kerasfile.write(tmp_path / "model.keras", tmp_path / "saved.keras", description)
    return tmp_path / "model.keras"


def rewritten(path: Path, description: Description) -> Path:
    """The same weights that say something else of themselves."""
    kerasfile.write(path.with_name("other.keras"), path.with_name("saved.keras"), description)
    return path.with_name("other.keras")


def test_weights_come_back_bit_for_bit(keras: ModuleType, path: Path) -> None:
    model, _ = described(keras)
    loaded = kerasfile.load(keras, path)
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):  # type: ignore[attr-defined]
        np.testing.assert_array_equal(ours, theirs)
    assert kerasfile.read_description(path).classes == ("dot", "line", "whistle")


def test_keras_opens_the_file_too(keras: ModuleType, path: Path) -> None:
    assert keras.saving.load_model(path).name == "compact"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"architecture": "resnet18"}, "it says the network resnet18 for images (16, 16, 2) and 3 classes"),
        ({"classes": ("a", "b")}, "it says the network compact for images (16, 16, 2) and 2 classes"),
        ({"form": ImageForm()}, "it says the network compact for images (64, 64, 4) and 3 classes"),
    ],
)
def test_weights_of_another_network_say_expected_and_got(
    keras: ModuleType, path: Path, change: dict[str, object], words: str
) -> None:
    model, description = described(keras)
    other = rewritten(path, replace(description, **change))  # type: ignore[arg-type]
    with pytest.raises(UsageError) as problem:
        kerasfile.set_weights(model, other)
    expected = "does not hold the weights of the network compact for images (16, 16, 2) and 3 classes: "
    assert problem.value.message == f"{other} {expected}{words}"


def test_a_description_that_promises_too_much_is_found_out(keras: ModuleType, path: Path) -> None:
    _, description = described(keras)
    other = rewritten(path, replace(description, architecture="resnet18"))
    with pytest.raises(UsageError, match="does not hold the weights of the network resnet18"):
        kerasfile.load(keras, other)


def test_what_is_no_model_is_refused(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    broken = tmp_path / "broken.keras"
    for damage in (b"", b"weights", content[:-30], content[: len(content) // 2]):
        broken.write_bytes(damage)
        with pytest.raises(UsageError, match="is not a Keras model, or damaged"):
            kerasfile.read_description(broken)
    changed = bytearray(content)
    changed[len(content) // 2] ^= 255
    broken.write_bytes(changed)
    with pytest.raises(UsageError, match="is damaged, or a Keras model without culpa's description"):
        kerasfile.read_description(broken)
    with pytest.raises(UsageError, match="without culpa's description"):
        kerasfile.read_description(tmp_path / "saved.keras")
    with pytest.raises(CulpaError, match="No such file"):
        kerasfile.read_description(tmp_path / "nothing.keras")


@pytest.mark.parametrize(
    ("place", "value"), [(8, 1), (10, 99), (10, 8)], ids=["encrypted", "unknown method", "not deflated"]
)
def test_an_archive_of_another_kind_is_refused(tmp_path: Path, place: int, value: int) -> None:
    """Flags and method stand in the table at the end of an archive; the header before a part has them two earlier."""
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(kerasfile.MEMBER, b"\xff" * 100)
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\1\2", 0), (b"PK\3\4", -2)):
        content[content.index(magic) + place + offset] = value
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is not a Keras model, or damaged"):
        kerasfile.read_description(path)


def test_the_network_is_built_by_us_not_by_the_file(keras: ModuleType, path: Path, tmp_path: Path) -> None:
    """A configuration that Keras would refuse, or worse, is not even looked at."""
    evil = tmp_path / "evil.keras"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(evil, "w") as target:
        for name in source.namelist():
            target.writestr(
                name, b'{"module": "os", "class_name": "system"}' if name == "config.json" else source.read(name)
            )
    assert kerasfile.load(keras, evil).name == "compact"
