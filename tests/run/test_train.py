"""`culpa train`: from a folder of images to the files of a trained network."""

import csv
import importlib.util
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa import settings as toml
from culpa.errors import UsageError
from culpa.identify import kerasfile
from culpa.identify.drift import Reference, drift
from culpa.identify.features import image_features
from culpa.identify.folders import list_labelled, read_images
from culpa.identify.imagefiles import write_image
from culpa.identify.images import GlitchImage, ImageForm, file_name
from culpa.identify.inference import Classifier
from culpa.identify.settings import TrainSettings
from culpa.run.days import Day
from culpa.run.train import FILES, request
from culpa.run.training_material import PARTS, background_files, material
from culpa.run.training_model import is_done, prepare
from culpa.run.training_task import Task

from .days import kill_when, start

Culpa = Callable[..., Any]
FORM = ImageForm(views=(0.5, 1.0), height=16, width=16)
CLASSES = ("dot", "line", "whistle")
OPTIONS = ("--epochs", 3, "--seed", 4)
ML = {"torch": "torch", "tensorflow": "tensorflow", "keras": "torch", "onnx": "torch"}


def draw(folder: Path, each: int = 40, classes: tuple[str, ...] = CLASSES, seed: int = 1) -> Path:
    """Images of a dot, a line or a rising track in noise, two minutes after each other."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:16, :16]
    for number in range(each * len(classes)):
        name = classes[number % len(classes)]
        row, column = rows - random.uniform(6, 10), columns - 7.5
        shapes = (np.hypot(row, column) < 2.5, abs(row) < 1.5, abs(row - column) < 1.5)
        energies = random.exponential(size=(16, 16, 2))
        energies[shapes[number % len(classes)]] += random.uniform(50, 200)
        pixels = np.rint(np.minimum(255 * np.log1p(energies) / np.log(4096), 255)).astype(np.uint8)
        gps = 1e9 + 120 * number
        write_image(folder / name / file_name("K1:A-B", gps), GlitchImage(pixels, FORM, "K1:A-B", gps))
    return folder


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty images of each of three classes; not to be changed."""
    return draw(tmp_path_factory.mktemp("train") / "images")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    path.write_text("[train]\nbatch = 16\n")
    return path


@pytest.fixture(scope="module")
def both(needs: Callable[..., None], images: Path, settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What both frameworks learned."""
    needs(*ML)
    folder = tmp_path_factory.mktemp("both") / "out"
    process = start("train", "--images", images, "--framework", "both", "-o", folder, "-f", settings, *OPTIONS)
    out, err = process.communicate()
    assert (process.returncode, out) == (0, f"{folder / 'model.onnx'}\n"), err
    assert "the model on top is that of" in err
    return folder


def numbers(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return found


def test_each_framework_leaves_all_its_files_and_the_better_one_is_on_top(both: Path) -> None:
    for folder in (both, both / "pytorch", both / "tensorflow"):
        assert {*FILES} <= {path.name for path in folder.iterdir()}
        assert not (folder / ".culpa" / "training").exists()
    (best,) = {numbers(both)["framework"]}
    for name in FILES:
        assert (both / name).read_bytes() == (both / best / name).read_bytes()
    with (both / "comparison.csv").open(newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert {*rows} == {"pytorch", "tensorflow"}
    for name, row in rows.items():
        assert float(row["macro_f1"]) == numbers(both / name)["judgements"][0]["macro_f1"]
        assert (row["epochs"], row["images"]) == ("3", "12")
        assert float(row["training_seconds"]) > 0
    assert {path.name for path in both.iterdir()} >= {"comparison.md", "disagreements.csv"}


def test_the_test_images_are_those_that_nothing_was_fitted_to(both: Path, images: Path) -> None:
    found = material(images, 4, quiet=True)
    assert found.counts() == numbers(both)["counts"]
    test = found.of("test")
    said = Classifier(both / "model.onnx")(test.images, test.form)
    right = int(np.sum(said.best == test.labels))
    judged = numbers(both)["judgements"][0]
    assert (judged["right"], judged["images"]) == (right, len(test))
    assert right > 8
    others = {path.name for path in found.of("train", "validation", "calibration").files}
    assert not others & {path.name for path in test.files}
    assert [len(found.of(name)) for name in PARTS] == [84, 12, 12, 12]


def test_the_model_says_what_it_was_made_from(both: Path, images: Path) -> None:
    description = Classifier(both / "model.onnx").description
    assert (description.classes, description.form) == (CLASSES, FORM)
    told = description.training
    framework = told["framework"]
    assert told["command"] == (
        f"culpa train --images DIR --framework {framework} --epochs 3 --seed 4 -f SETTINGS.toml -o OUT"
    )
    assert told["split"]["train"] == dict.fromkeys(CLASSES, 28)
    assert told["settings"]["batch"] == 16
    assert str(images.parent) not in json.dumps(told)
    card = (both / "model_card.md").read_text()
    for text in (told["command"], "## Where it fails", "28", numbers(both)["fingerprint"], "images per second"):
        assert text in card
    assert numbers(both)["parameters"] == numbers(both / "tensorflow")["parameters"] > 100_000
    known = kerasfile.read_description(both / "model.keras")
    assert (known.training, known.temperature) == (told, description.temperature)


def test_a_reference_for_drift_comes_with_the_model(both: Path, images: Path) -> None:
    classifier = Classifier(both / "model.onnx")
    reference = toml.build(Reference, classifier.description.training["drift"])
    assert sum(sum(row) for row in reference.counts["probability"]) == 24
    some = read_images(list_labelled(images)).take(slice(0, None, 2))
    said = classifier(some.images)
    features = image_features(some.images, some.form) | {"probability": said.probabilities.max(axis=1)}
    found = drift(reference, features, said.best)
    assert {change.verdict for change in found.features} == {"stable"}
    louder = np.maximum(some.images, 180)
    changed = drift(reference, image_features(louder, some.form) | {"probability": np.ones(len(louder))}, said.best)
    assert "large change" in {change.verdict for change in changed.features}


def test_a_killed_training_goes_on_to_the_same_model_wherever_it_lies(
    both: Path, images: Path, settings: Path, tmp_path: Path
) -> None:
    there = shutil.copytree(images, tmp_path / "copied")
    options = ("train", "--images", there, "-o", tmp_path / "out", "-f", settings, *OPTIONS)
    kill_when(tmp_path / "out" / ".culpa" / "training" / "state.npz", *options)
    assert not (tmp_path / "out" / "model.onnx").exists()
    out, err = (again := start(*options)).communicate()
    assert (again.returncode, out) == (0, f"{tmp_path / 'out' / 'model.onnx'}\n"), err
    assert (tmp_path / "out" / "model.onnx").read_bytes() == (both / "pytorch" / "model.onnx").read_bytes()
    assert "Interrupted: the time of training" in (tmp_path / "out" / "model_card.md").read_text()


def test_what_is_done_is_not_done_again(both: Path, culpa: Culpa, images: Path, settings: Path) -> None:
    files = [both / "pytorch" / name for name in FILES]
    before = [path.stat().st_mtime_ns for path in files]
    answer = culpa("train", "--images", images, "-o", both / "pytorch", "-f", settings, *OPTIONS, "--json")
    assert answer.code == 0
    assert "trained with these images and settings already" in answer.err
    assert json.loads(answer.out)["frameworks"]["pytorch"]["test"]["images"] == 12
    assert [path.stat().st_mtime_ns for path in files] == before


def test_other_images_settings_or_weights_are_another_training(both: Path, images: Path, tmp_path: Path) -> None:
    task = Task(material(images, 4, quiet=True), TrainSettings(epochs=3, seed=4, batch=16), "pytorch", both, images)
    assert is_done(both / "pytorch", task.identity())
    brighter = replace(
        task.material, images=replace(task.material.images, images=np.maximum(task.material.images.images, 1))
    )
    others = (
        replace(task, material=material(images, 5, quiet=True)),
        replace(task, material=brighter),
        replace(task, options=replace(task.options, epochs=4)),
        replace(task, framework="tensorflow"),
        replace(task, start=both / "model.keras"),
    )
    assert len({other.identity() for other in others} | {task.identity()}) == 6
    assert not is_done(both / "tensorflow", task.identity())
    shutil.copytree(both / "pytorch", tmp_path / "out")
    (tmp_path / "out" / "model.keras").unlink()
    assert not is_done(tmp_path / "out", task.identity())


def test_a_finished_training_is_recorded_once(
    needs: Callable[..., None], both: Path, culpa: Culpa, images: Path, settings: Path, tmp_path: Path
) -> None:
    needs("mlflow", "sqlalchemy", "alembic")
    store = tmp_path / "all.db"
    tracked = tmp_path / "tracked.toml"
    tracked.write_text(f'{settings.read_text()}[tracking]\non = true\nstore = "{store}"\n')
    answer = culpa("train", "--images", images, "-o", both / "pytorch", "-f", tracked, *OPTIONS)
    assert answer.code == 0, answer.err
    assert f"recorded as version 1 of the model in {store}\n" in answer.err
    with closing(sqlite3.connect(store)) as base:
        assert base.execute("SELECT status FROM runs").fetchall() == [("FINISHED",)]
        metrics = dict(base.execute("SELECT key, value FROM metrics WHERE key LIKE 'test%'").fetchall())
    assert metrics["test_macro_f1"] == numbers(both / "pytorch")["judgements"][0]["macro_f1"]


def test_an_unfinished_training_of_something_else_is_begun_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert not prepare(tmp_path / "work", "this")
    (tmp_path / "work" / "state.npz").write_text("epochs")
    assert prepare(tmp_path / "work", "this")
    assert (tmp_path / "work" / "state.npz").exists()
    assert not caplog.records
    assert not prepare(tmp_path / "work", "that")
    assert "unfinished training with other images or settings: begun anew" in caplog.text
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["identity"]


def test_a_removal_that_was_interrupted_leaves_nothing_to_go_on_from(tmp_path: Path) -> None:
    prepare(tmp_path / "work", "this")
    (tmp_path / "work" / "state.npz").write_text("epochs")
    (tmp_path / "work" / "identity").unlink()
    assert not prepare(tmp_path / "work", "that")
    assert not (tmp_path / "work" / "state.npz").exists()


@pytest.mark.parametrize("change", ["no file", "no keras", "classes", "architecture", "form"])
def test_a_wrong_start_is_refused(both: Path, culpa: Culpa, images: Path, tmp_path: Path, change: str) -> None:
    model, options, message = both / "model.keras", [], {
        "no file": "no model ",
        "no keras": "is not a Keras model",
        "classes": "has the classes dot, line, whistle; this training has dot, lines, whistle",
        "architecture": "has the architecture compact; this training has resnet18",
        "form": "has images of views of 0.5, 1 s",
    }[change]  # fmt: skip
    if change == "no file":
        model = tmp_path / "none.keras"
    if change == "no keras":
        model = both / "model.onnx"
    if change == "classes":
        images = shutil.copytree(images, tmp_path / "images")
        (images / "line").rename(images / "lines")
    if change == "architecture":
        options = ["--architecture", "resnet18"]
    if change == "form":
        for number in range(24):
            form = ImageForm(views=(0.5, 2.0), height=16, width=16)
            pixels = np.full(form.shape, number, np.uint8)
            write_image(tmp_path / "form" / CLASSES[number % 3] / f"{number}.png", GlitchImage(pixels, form))
        images = tmp_path / "form"
    answer = culpa("train", "--images", images, "-o", tmp_path / "out", "--start", model, *options)
    assert answer.code == (3 if change == "no file" else 2)
    assert message in answer.err
    assert not (tmp_path / "out" / "model.onnx").exists()


def damage(folder: Path, how: str) -> Path:
    """Images with something wrong."""
    if how in ("no folder", "no class"):
        if how == "no class":
            folder.mkdir()
        return folder
    draw(folder, 4)
    files = sorted((folder / "line").iterdir())
    if how == "empty class":
        (folder / "hum").mkdir()
    if how == "one example":
        (folder / "hum").mkdir()
        files[0].rename(folder / "hum" / "only.png")
    if how == "one class":
        for name in ("dot", "whistle"):
            shutil.rmtree(folder / name)
    if how == "corrupt":
        content = bytearray(files[1].read_bytes())
        content[-30] ^= 1
        files[1].write_bytes(content)
    if how == "odd size":
        form = ImageForm(views=(0.5, 1.0), height=17, width=16)
        write_image(files[2], GlitchImage(np.zeros(form.shape, np.uint8), form))
    if how == "two classes":
        shutil.copy(files[0], folder / "dot" / "same.png")
    return folder


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("no folder", 3, "no folder"),
        ("no class", 3, "no class folder in"),
        ("empty class", 3, "no image in"),
        ("one example", 3, "too few examples of hum (1): a class needs at least 2"),
        ("one class", 3, "expected two classes or more to tell apart, got only line"),
        ("corrupt", 1, "000000-plain.png is damaged: a check sum does not match"),
        ("odd size", 1, "got views of 0.5, 1 s, 17 x 16 pixels each"),
        ("two classes", 1, "one glitch in two classes"),
    ],
)
def test_images_that_cannot_be_used_are_named(culpa: Culpa, tmp_path: Path, how: str, code: int, message: str) -> None:
    folder = damage(tmp_path / "images", how)
    answer = culpa("train", "--images", folder, "-o", tmp_path / "out", "--dry-run")
    assert answer.code == code
    assert message in answer.err
    if not any(find_spec(package) is None for package in ML):
        full = culpa("train", "--images", folder, "-o", tmp_path / "out")
        assert (full.code, full.err) == (code, answer.err)


def test_too_few_independent_images_are_told(culpa: Culpa, tmp_path: Path) -> None:
    for number in range(12):
        pixels = np.full(FORM.shape, number, np.uint8)
        image = GlitchImage(pixels, FORM, "K1:A-B", group=f"stretch {number % 3}")
        write_image(tmp_path / "images" / CLASSES[number % 3] / f"{number}.png", image)
    answer = culpa("train", "--images", tmp_path / "images", "-o", tmp_path / "out", "--dry-run")
    assert answer.code == 1
    assert "3 independent stretch(es) of data, too few for 4 parts" in answer.err


def test_a_dry_run_says_how_the_images_are_divided(culpa: Culpa, images: Path, tmp_path: Path) -> None:
    answer = culpa("train", "--images", images, "-o", tmp_path / "out", "--dry-run")
    split = json.loads(answer.out)["split"]
    assert {name: sum(counts.values()) for name, counts in split.items()} == {
        "train": 84, "validation": 12, "calibration": 12, "test": 12,
    }  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_a_class_that_a_part_lacks_is_told(culpa: Culpa, tmp_path: Path) -> None:
    draw(tmp_path / "images", 10)
    for path in sorted((tmp_path / "images" / "dot").iterdir())[2:]:
        path.unlink()
    answer = culpa("train", "--images", tmp_path / "images", "-o", tmp_path / "out", "--dry-run")
    assert answer.code == 0
    assert "No image of dot is in the part 'test'" in answer.err


@pytest.mark.parametrize(
    ("framework", "package"), [("pytorch", "torch"), ("tensorflow", "tensorflow"), ("both", "keras")]
)
def test_a_missing_framework_names_its_extra(
    culpa: Culpa, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, framework: str, package: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else object())
    answer = culpa("train", "--images", images, "-o", tmp_path / "out", "--framework", framework)
    assert answer.code == 1
    assert f"needs the package {package}, which is not installed" in answer.err
    assert f"culpa[{ML[package]}]" in answer.err
    assert not (tmp_path / "out").exists()


def test_missing_mlflow_is_told_before_the_training(
    culpa: Culpa, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "mlflow" else object())
    answer = culpa("train", "--images", images, "-o", tmp_path / "out", "--track")
    assert answer.code == 1
    assert "culpa[tracking]" in answer.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "train with which images?"),
        (["2026-01-01", "--images", "x"], "train with which images?"),
        (["--images", "x"], "where should the model go?"),
        (["--images", "x", "-o", "y", "--framework", "torch"], "unknown framework 'torch'"),
        (["--images", "x", "-o", "y", "--epochs", 0], "epochs: expected at least 1, got 0"),
        (["--images", "x", "-o", "x"], "is in the folder of the images"),
        (["--images", "x", "-o", "x/y/z"], "is in the folder of the images"),
    ],
)
def test_what_cannot_be_meant_is_refused(culpa: Culpa, options: list[object], message: str) -> None:
    answer = culpa("train", *options)
    assert answer.code == 2
    assert message in answer.err


def test_where_a_day_and_its_trainings_lie(tmp_path: Path) -> None:
    of = request(date(2026, 1, 1), None, tmp_path, "pytorch")
    there = Day(date(2026, 1, 1), tmp_path).folder / "machine_learning"
    assert (of.output, of.images, of.store()) == (there, there / "training_set", tmp_path / "tracking" / "mlflow.db")
    with pytest.raises(UsageError, match="did you mean tensorflow"):
        request(None, tmp_path, tmp_path / "out", "tensorflw")


def test_backgrounds_are_known_by_their_hashes() -> None:
    files = [{"path": "a.gwf", "sha256": "f00"}, {"path": "b.gwf", "sha256": "ba4"}]
    assert background_files({"data": [{"kind": "rendered", "files": files}, {"kind": "day"}]}) == {
        "f00": "a.gwf", "ba4": "b.gwf",
    }  # fmt: skip
    assert background_files({}) == {}
