"""A day with a model of its own: `culpa run --train`, from rendered images to classes."""

import importlib.util
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.errors import CulpaError, UsageError
from culpa.evaluate.predictions import read_predictions
from culpa.identify.imagefiles import read_image, write_image
from culpa.identify.images import ImageForm
from culpa.identify.inference import Classifier
from culpa.identify.networks import ARCHITECTURES
from culpa.identify.rendering import RenderSettings
from culpa.identify.shipped import OWN, ClassesSettings
from culpa.run.assignment import Assignment, recorded
from culpa.run.registry import plan_of
from culpa.run.scoring import PREDICTIONS
from culpa.run.stages import page, training, training_set
from culpa.run.training_parts import Part, put_part
from culpa.run.verify import verify

from .days import (
    DATE,
    MAIN,
    START,
    TRAINED,
    contents,
    different,
    due,
    followers,
    framework,
    kill_when,
    make,
    small,
    start,
    write_settings,
)
from .test_train import draw

Culpa = Callable[..., Any]
TRAINING = {training_set.NAME, training.NAME}
AFTER = {"classes", "score", "page"}


def of_model(results: Path, **changes: Any) -> Assignment:
    """A small day with a model of its own; tables with keys changed."""
    tables = {name: {**TRAINED.get(name, {}), **changes.get(name, {})} for name in {**TRAINED, **changes}}
    return small(results, DATE, **tables)


def copy(of: Assignment, results: Path) -> Path:
    return Path(shutil.copytree(of.day.folder, results / of.day.folder.name))


def stages(jobs: Any) -> set[str]:
    return {name.partition("/")[0] for name in jobs}


@pytest.fixture(scope="module")
def needs_framework() -> None:
    """Skips a test where nothing can train; with CULPA_NEEDS_ML=1 that is a failure."""
    if not framework():
        absent = pytest.fail if os.environ.get("CULPA_NEEDS_ML") == "1" else pytest.skip
        absent("needs torch or tensorflow: pip install 'culpa[torch]'")


@pytest.fixture(scope="module")
def made(undisturbed: Assignment, needs_framework: None, tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """A day that was made without a model of its own, then with `--train`; not to be changed."""
    results = tmp_path_factory.mktemp("trained")
    copy(undisturbed, results)
    of_model(results, classes={"train": False})
    process = start("run", DATE, "--train", "-f", results / "settings.toml", "-o", results, "-j", 2)
    out, err = process.communicate()
    assert (process.returncode, out) == (0, f"{results}/2026-01-01_mock/index.html\n"), err
    assert "  training: macro-F1 " in err
    return of_model(results)


@pytest.fixture
def copied(made: Assignment, tmp_path: Path) -> Assignment:
    of = of_model(tmp_path)
    copy(made, tmp_path)
    make(of)
    return of


def test_the_option_and_the_setting_are_the_same_and_nothing_is_done_twice(made: Assignment) -> None:
    assert due(made) == {}
    assert {*training.OUTPUTS, training_set.PARTS} <= {*contents(made.day.folder)}
    assert verify(made.day.folder)[1] == []
    without = replace(made, classes=ClassesSettings())
    assert [job.name for job in plan_of(without)] == [job.name for job in plan_of(made) if job.stage not in TRAINING]
    assert not {"training_set", "train"} & {*without.tables()}
    assert {"training_set", "train"} < {*made.tables()}


def test_the_images_are_those_of_the_command(made: Assignment, culpa: Culpa, tmp_path: Path) -> None:
    """The plan made them with two processes, the command does with one."""
    settings = made.day.results / "settings.toml"
    assert culpa("training-set", "-o", tmp_path / "set", "-f", settings).code == 0
    assert different(contents(made.day.folder / training_set.FOLDER), contents(tmp_path / "set")) == []
    assert len(list((tmp_path / "set").glob("*/*.png"))) == 36


def test_the_day_is_classified_by_its_own_model(made: Assignment) -> None:
    model = Classifier(made.day.folder / OWN).description
    assert model.training["data"][0]["kind"] == "rendered"
    table = read_predictions(made.day.folder / PREDICTIONS)
    assert table.classes == model.classes == ("blip", "line", "no_glitch")
    assert model.form == ImageForm(views=(0.5, 1.0), height=16, width=16)
    view = page.view(plan_of(made)[page.JOB], made.day.folder)
    score = model.training["test"]
    said = {one.name: (one.state, one.text) for one in view.stages}
    assert said["training_set"] == ("done", "36 simulated images of 3 classes")
    assert said["training"] == (
        "done", f"a network with a macro-F1 of {score['macro_f1']:.3f} on {score['images']} test images",
    )  # fmt: skip
    assert said["classes"][1].endswith("; by the network that was trained for it")
    assert 'href="machine_learning/model_card.md"' in (made.day.folder / page.PAGE).read_text()


def test_what_is_damaged_is_trained_again_and_killed_goes_on_to_the_same(made: Assignment, tmp_path: Path) -> None:
    of = of_model(tmp_path)
    folder = copy(made, tmp_path)
    (folder / OWN).write_bytes(b"damaged")
    times = {path: path.stat().st_mtime_ns for path in (folder / training_set.FOLDER).rglob("*.png")}
    given = ("run", DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path, "-q")
    state = folder / "machine_learning/.culpa/training/state.npz"
    kill_when(state, *given)
    assert (folder / OWN).read_bytes() == b"damaged"
    assert not [one for one in verify(folder)[1] if ".culpa" in one.path]
    assert stages(due(of)) == {"training", *AFTER}
    make(of)
    assert {path: path.stat().st_mtime_ns for path in times} == times
    timed = {f"machine_learning/{name}" for name in ("model.keras", "model_card.md", "metrics.json")}
    lists = {"manifest.json", "raw/raw.ffl", "raw/raw.lcf"}
    assert {*different(contents(folder), contents(made.day.folder))} <= timed | lists
    assert "Interrupted" in (folder / "machine_learning/model_card.md").read_text()
    assert not state.exists()


def test_what_was_trained_stays_when_another_model_classifies(copied: Assignment) -> None:
    without = small(copied.day.results, DATE)
    assert stages(due(without)) == AFTER
    model = (copied.day.folder / OWN).read_bytes()
    make(without)
    assert len(read_predictions(copied.day.folder / PREDICTIONS).classes) > 3
    view = page.view(plan_of(without)[page.JOB], copied.day.folder)
    assert view.stage("classes").text.endswith("; by the model that comes with culpa")
    assert TRAINING.isdisjoint(one.name for one in view.stages)
    assert (copied.day.folder / OWN).read_bytes() == model
    assert (make(without), verify(copied.day.folder)[1]) == (0, [])
    assert stages(due(copied)) == AFTER
    (copied.day.folder / OWN).unlink()
    make(without)
    assert not (copied.day.folder / "machine_learning/model.keras").exists()
    assert (copied.day.folder / training_set.PARTS).exists()
    assert verify(copied.day.folder)[1] == []


def test_commands_of_stages_know_that_it_was_trained(copied: Assignment, culpa: Culpa) -> None:
    found = recorded(copied.day)
    assert found is not None
    assert found.tables() == copied.tables()
    given = ("-o", copied.day.results)
    assert culpa("hveto", DATE, *given, "--shifts", 9).code == 0
    assert due(copied) == {}
    shown = culpa("classify", DATE, *given, "-f", copied.day.results / "settings.toml", "--dry-run")
    assert f'"model": "{copied.day.folder / OWN}"' in shown.out
    assert culpa("classify", DATE, *given, "-f", copied.day.results / "settings.toml").code == 0
    assert due(copied) == {}
    classes = {**TRAINED["classes"], "framework": framework()}
    with_framework = write_settings(copied.day.results / "framework.toml", **{**TRAINED, "classes": classes})
    before = read_predictions(copied.day.folder / PREDICTIONS)
    answer = culpa("classify", DATE, *given, "-f", with_framework)
    assert answer.code == 0, answer.err
    assert stages(due(copied)) == AFTER
    now = read_predictions(copied.day.folder / PREDICTIONS)
    np.testing.assert_allclose(now.probability, before.probability, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"train": {"epochs": 3}}, ("training/",)),
        ({"training_set": {"seed": 5}}, ("training_set/",)),
        ({"classes": {"framework": "pytorch"}}, ("classes/table",)),
        ({"classes": {"trained_with": "tensorflow" if framework() == "pytorch" else "pytorch"}}, ("training/",)),
    ],
)
def test_a_setting_matters_where_it_counts(made: Assignment, changes: Any, first: tuple[str, ...]) -> None:
    tables = {name: {**TRAINED[name], **changes.get(name, {})} for name in TRAINED}
    before = (made.day.results / "settings.toml").read_text()
    try:
        of = small(made.day.results, DATE, **tables)
    finally:
        (made.day.results / "settings.toml").write_text(before)
    table = ("classes/table",) if "classes" in changes else ()  # it tells what the file says
    assert {*due(of)} == followers(of, *first, *table, "page/settings")


def test_more_images_are_added(tmp_path: Path) -> None:
    some, more = (of_model(tmp_path, training_set={"per_class": count}) for count in (260, 600))
    first, second = ({job.name: job for job in training_set.jobs(of) if job.action == "render"} for of in (some, more))
    same = {name for name in first if second.get(name) == first[name]}
    assert same == {name for name in first if name.endswith("/0")}
    assert [len(second[f"training_set/render/blip/{at}"].outputs) for at in (0, 250, 500)] == [250, 250, 100]
    strangers = replace(some, training_set=RenderSettings(per_class=12, classes=("dot", "none_of_these")))
    assert [len(job.outputs) for job in training_set.jobs(strangers)] == [1, 12, 36]


def test_without_a_framework_all_else_is_done(
    undisturbed: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = of_model(tmp_path, classes={"trained_with": "pytorch"})
    folder = copy(undisturbed, tmp_path)
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else there(name))
    with pytest.raises(CulpaError, match="training with pytorch needs the package torch, which is not in") as caught:
        make(of)
    assert "culpa[torch]" in caught.value.hint
    text = (folder / page.PAGE).read_text()
    assert "needs the package torch" in text
    assert len(list((folder / training_set.FOLDER).rglob("*.png"))) == 36
    assert stages(due(of)) == {"training", *AFTER}


def own_images(results: Path) -> Path:
    return draw(results / "images", 10)


def test_images_of_ones_own(undisturbed: Assignment, needs_framework: None, tmp_path: Path) -> None:
    images = own_images(tmp_path)
    of = of_model(tmp_path, classes={"images": str(images)})
    copy(undisturbed, tmp_path)
    plan = plan_of(of)
    assert not [job for job in plan if job.stage == training_set.NAME]
    assert {Path(path) for path in plan["training/network"].inputs} >= {*images.glob("*/*.png")}
    make(of)
    assert Classifier(of.day.folder / OWN).description.classes == ("dot", "line", "whistle")
    assert due(of) == {}
    (images / "dot" / "new.png").write_bytes(next((images / "line").iterdir()).read_bytes())
    assert followers(of, "training/network") == {*due(of)}


def test_it_learns_from_no_other_images(undisturbed: Assignment, tmp_path: Path) -> None:
    """No framework is needed to refuse."""
    images = own_images(tmp_path)
    of = of_model(tmp_path, classes={"images": str(images)})
    folder = copy(undisturbed, tmp_path)
    job = plan_of(of)["training/network"]
    put_part(images, Part("day", "1", {"day": str(folder), "files": []}))
    with pytest.raises(CulpaError, match="has glitches of this day"):
        training.ACTIONS["network"](job, folder)
    (images / "training_set.json").unlink()
    known = next((images / "dot").iterdir())
    write_image(known, replace(read_image(known), channel=MAIN, gps=START + 7.5))
    with pytest.raises(CulpaError, match="has glitches of this day"):
        training.ACTIONS["network"](job, folder)
    shutil.copy(next((images / "dot").iterdir()), images / "dot" / "late.png")
    with pytest.raises(CulpaError, match=r"has 1 images that are not in the plan, such as late\.png"):
        training.ACTIONS["network"](job, folder)
    rendered = of_model(tmp_path)
    put_part(folder / training_set.FOLDER, Part("day", "1", {"day": str(folder), "files": []}))
    with pytest.raises(CulpaError, match=r"has images that this plan does not make \(day\)"):
        make(rendered)


def test_what_cannot_be_meant_is_refused_before_anything_is_done(culpa: Culpa, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="either a model is trained or one is given"):
        of_model(tmp_path, classes={"model": "some.onnx"})
    (tmp_path / "given.toml").write_text('[classes]\nmodel = "some.onnx"\n')
    answer = culpa("run", DATE, "--train", "-f", tmp_path / "given.toml", "-o", tmp_path)
    assert (answer.code, "either a model is trained or one is given" in answer.err) == (2, True)
    (tmp_path / "unknown.toml").write_text('[train]\narchitecture = "resnet19"\n')
    answer = culpa("run", DATE, "--train", "-f", tmp_path / "unknown.toml", "-o", tmp_path)
    assert (answer.code, "no network 'resnet19'; did you mean resnet18" in answer.err) == (2, True)
    (tmp_path / "framework.toml").write_text('[classes]\nframework = "pytorch"\n')
    answer = culpa("run", DATE, "-f", tmp_path / "framework.toml", "-o", tmp_path)
    assert (answer.code, "runs on onnxruntime, not on pytorch" in answer.err) == (2, True)
    assert not (tmp_path / f"{DATE}_mock" / "raw").exists()
    assert {*ARCHITECTURES} == {*training._SECONDS}
    missing = of_model(tmp_path, classes={"images": str(tmp_path / "nowhere")})
    with pytest.raises(CulpaError, match=r"no folder .*nowhere"):
        plan_of(missing)


def test_what_it_needs_is_told_before(culpa: Culpa, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[mock]\nduration = 144\n[train]\nthreads = 3\n")
    given = ("run", DATE, "--train", "-f", tmp_path / "settings.toml", "-o", tmp_path)
    told = culpa(*given, "--estimate", "--json")
    needed = json.loads(told.out)["stages"]
    assert needed["training_set"]["files"] == 14_001
    assert needed["training_set"]["core_hours"] == pytest.approx(14_000 * 0.028 / 3600, rel=0.3)
    assert 0.05 < needed["training"]["core_hours"] < 0.2
    assert 1500 < needed["training"]["memory"] < 2500
    assert json.loads(culpa(*given, "--dry-run").out)["days"][0]["stages"]["training"] == {"jobs": 1, "due": 1}
    assert not (tmp_path / f"{DATE}_mock").exists()
    submitted = culpa("submit", *given[1:], "--no-submit", "--json")
    assert submitted.code == 0, submitted.err
    there = tmp_path / f"{DATE}_mock" / "condor"
    assert "request_cpus = 3\n" in (there / "training-network.sub").read_text()
    assert "request_cpus = 1\n" in (there / "training_set-render.sub").read_text()
    assert "request_cpus = 1\n" in (there / "gather.sub").read_text()
