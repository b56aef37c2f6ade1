"""`culpa classify` as a user types it: the table, the folders, and what is said where there can be none."""

import csv
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.acquire.frames import write_gwf
from culpa.acquire.sources import open_source
from culpa.acquire.triggerfolder import load_triggers
from culpa.identify.imagefiles import read_image, write_image
from culpa.identify.images import GlitchImage, ImageForm
from culpa.identify.predictions import COLUMNS, read_predictions
from culpa.run.assignment import Assignment
from culpa.run.glitches import look
from culpa.run.lock import locked
from culpa.run.verify import verify
from culpa.types import Series

from . import models
from .days import DATE, MAIN, START, contents, different, due, make, small
from .models import CLASSES, FORM, write_model

WITNESS, SLOW = "K1:IMC-CAV_REFL_IR_I_OUT_DQ", "K1:PEM-VOLT_REFL_TABLE_GND_OUT_DQ"
TAG = "K1-CAL_CS_PROC_DARM_STRAIN_DBL_DQ"
TIMES = [START + at for at in (5, 16.34, 60.53, 61, 110)]
Culpa = Callable[..., Any]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "model.onnx")


@pytest.fixture(scope="module")
def made(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """A day classified by that model; not to be changed."""
    of = small(tmp_path_factory.mktemp("made"), classes={"model": str(model)})
    make(of)
    return of


@pytest.fixture
def copied(made: Assignment, model: Path, tmp_path: Path) -> Assignment:
    of = small(tmp_path, classes={"model": str(model)})
    shutil.copytree(made.day.folder, of.day.folder)
    make(of)
    return of


@pytest.fixture
def own(culpa: Culpa, made: Assignment, model: Path, tmp_path: Path) -> Culpa:
    """The command on the frames of a day, as own data, into a folder."""

    def run(*more: object, channel: str = MAIN, gps: object = TIMES[1], output: Path = tmp_path / "out") -> Any:
        source = ("--source", made.day.raw / "raw.ffl", "--channel", channel, "--gps", gps)
        return culpa("classify", *source, "-o", output, "--model", model, *more)

    return run


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder, with folders in it, of eight images."""
    folder = tmp_path / "images"
    for number in range(8):
        row = 255 * np.random.default_rng(number).integers(0, 2, (1, 8, 2), dtype=np.uint8)
        pixels = np.broadcast_to(row, FORM.shape).copy()
        name = f"{number}.png" if number % 2 else f"some/ü{number}.png"
        write_image(
            folder / name, GlitchImage(pixels, FORM, "K1:ÄB-C", float(START + number) if number < 6 else np.nan)
        )
    return folder


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sound(folder: Path, classes: tuple[str, ...] = CLASSES) -> list[dict[str, str]]:
    """The rows of a table that is in order, and agrees with the folders beside it."""
    table = rows(folder)
    assert list(table[0]) == [*COLUMNS, *(f"p_{name}" for name in classes)]
    for row in table:
        shares = {name: float(row[f"p_{name}"]) for name in classes}
        ranking = sorted(shares, key=lambda name: -shares[name])
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert [row["class"], row["runner_up"]] == ranking[:2]
        assert float(row["probability"]) == shares[row["class"]]
        assert row["flag"] in ("", "unknown")
    return table


def sorted_into(folder: Path) -> dict[str, str]:
    """The class that each image below `classified` lies in."""
    return {path.name: path.parent.name for path in (folder / "classified").rglob("*.png")}


# own data


@pytest.mark.parametrize("changed", [False, True])
def test_noise_that_the_model_has_learned_from_is_named(
    culpa: Culpa, made: Assignment, tmp_path: Path, changed: bool
) -> None:
    """By the content of the file: one that only goes by the same name is another recording."""
    frames = sorted(made.day.raw.rglob("*.gwf"))
    files = [{"path": path.name, "sha256": sha256(path.read_bytes()).hexdigest()} for path in frames]
    if changed:
        files = [file | {"sha256": "0" * 64} for file in files]
    model = write_model(tmp_path / "model.onnx", {"data": [{"kind": "rendered", "files": files}]})
    where = ("--source", made.day.raw / "raw.ffl", "--channel", MAIN, "--gps", TIMES[1])
    done = culpa("classify", *where, "--model", model, "-o", tmp_path / "out")
    assert done.code == 0
    assert ("the model has learned from the noise of this file" in done.err) is not changed


def test_a_time_and_a_channel(own: Culpa, tmp_path: Path) -> None:
    done = own(gps=f"{START + 70}.25")
    assert (done.code, done.out) == (0, f"{tmp_path / 'out' / 'predictions.csv'}\n")
    (row,) = sound(tmp_path / "out")
    assert (row["gps"], row["channel"]) == (f"{START + 70}.25", MAIN)
    assert row["image"] == f"classified/{row['class']}/{TAG}-{START + 70}_250000-plain.png"
    image = read_image(tmp_path / "out" / row["image"], FORM)
    assert (image.gps, image.channel) == (START + 70.25, MAIN)
    assert done.err == f"classes of 1 image: 1 {row['class']}; {int(row['flag'] == 'unknown')} flagged unknown\n"


def test_the_shipped_model_is_the_default(culpa: Culpa, made: Assignment, tmp_path: Path) -> None:
    source = ("--source", made.day.raw, "--channel", MAIN, "--gps", START + 86.68)
    assert culpa("classify", *source, "-o", tmp_path / "out", "-q").code == 0
    classes = read_predictions(tmp_path / "out/predictions.csv").classes
    assert {"blip", "no_glitch", "none_of_these"} < {*classes}
    sound(tmp_path / "out", classes)


def test_several_times_and_channels(own: Culpa, tmp_path: Path) -> None:
    more = [word for gps in reversed(TIMES) for word in ("--gps", gps)]
    done = own("--channel", "K1:IMC*", *more, "--json")
    table = sound(tmp_path / "out")
    assert [(row["channel"], float(row["gps"])) for row in table] == [(c, t) for c in (MAIN, WITNESS) for t in TIMES]
    said = json.loads(done.out)
    counts = Counter(row["class"] for row in table)
    flagged = sum(row["flag"] == "unknown" for row in table)
    assert said == {
        "output": str(tmp_path / "out"), "images": 10, "classes": dict(counts), "unknown": flagged, "problems": [],
    }  # fmt: skip
    assert sorted_into(tmp_path / "out") == {Path(row["image"]).name: row["class"] for row in table}


def test_results_do_not_depend_on_jobs_or_on_what_else_is_asked(own: Culpa, tmp_path: Path) -> None:
    more = [word for gps in [*TIMES, START - 40, START + 120.5] for word in ("--gps", gps)]
    said = [
        json.loads(own("--channel", WITNESS, *more, "-j", jobs, "--json", output=tmp_path / str(jobs)).out)
        for jobs in (1, 2)
    ]
    assert {**said[0], "output": ""} == {**said[1], "output": ""}
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    own(gps=TIMES[2], output=tmp_path / "alone")
    (row,) = sound(tmp_path / "alone")
    assert row in rows(tmp_path / "1")


def test_a_time_given_twice_is_one_image(own: Culpa, tmp_path: Path) -> None:
    same = f"{START + 70}.0000003", "2026-01-01T00:01:10Z", START + 70
    words = [word for gps in same for word in ("--gps", gps)]
    assert json.loads(own(*words, "--dry-run", gps=START + 70).out)["images"] == 1
    assert own(*words, gps=START + 70).code == 0
    assert len(sound(tmp_path / "out")) == 1


def test_moments_of_one_name_are_one_image(made: Assignment) -> None:
    """Of two triggers at one time; the first counts."""
    seen = look(open_source([made.day.raw]), MAIN, [START + 70.0, START + 71.0, START + 70.0000002], FORM)
    assert seen.gps.tolist() == [START + 70.0, START + 71.0]
    assert seen.pixels.shape == (2, *FORM.shape)


def test_an_image_is_that_of_all_the_data(own: Culpa, made: Assignment, tmp_path: Path) -> None:
    """Also beside the blocks that processes share."""
    border = 256 * (START // 256 + 1)
    assert START < border < START + 144
    times = [border - 0.75, border + 0.75]
    own(*(word for gps in times for word in ("--gps", gps)), gps=START + 50)
    seen = look(open_source([made.day.raw]), MAIN, [START + 50, *times], FORM)
    for row, pixels in zip(rows(tmp_path / "out"), seen.pixels, strict=True):
        np.testing.assert_array_equal(read_image(tmp_path / "out" / row["image"], FORM).pixels, pixels)


def test_channels_whose_images_would_have_one_name(own: Culpa, tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal(64 * 256)
    names = "K1:PEM-A_B", "K1:PEM-A-B"
    write_gwf(tmp_path / f"K-K1_TEST-{START}-64.gwf", [Series(values, START, 256, name) for name in names])
    done = own("--source", tmp_path / f"K-K1_TEST-{START}-64.gwf", "--channel", names[1], channel=names[0])
    assert (done.code, done.out) == (2, "")
    assert "files of the same name" in done.err


def test_what_has_no_data_is_left_out_and_said(own: Culpa, tmp_path: Path) -> None:
    done = own("--gps", START + 1000)
    assert done.code == 0
    assert done.err.splitlines()[1].startswith(f"{MAIN}: no data, or less than 4 s, at {START + 1000} (")
    assert len(sound(tmp_path / "out")) == 1
    done = own(*(word for second in range(7) for word in ("--gps", second)))
    assert done.err.splitlines()[-1] == "and 2 further problems"


def test_classifying_again_leaves_nothing_of_before(own: Culpa, tmp_path: Path) -> None:
    own("--gps", TIMES[2], "--gps", TIMES[3])
    (tmp_path / "out/classified/mine").mkdir()
    (tmp_path / "out/classified/mine/notes.txt").write_text("keep me")
    own(gps=TIMES[4])
    (row,) = sound(tmp_path / "out")
    assert sorted_into(tmp_path / "out") == {Path(row["image"]).name: row["class"]}
    assert (tmp_path / "out/classified/mine/notes.txt").exists()


def test_a_dry_run_says_how_much_and_writes_nothing(own: Culpa, model: Path, tmp_path: Path) -> None:
    said = json.loads(own("--channel", WITNESS, "--gps", TIMES[0], "--dry-run").out)
    assert said == {"output": str(tmp_path / "out"), "model": str(model), "images": 4, "classes": list(CLASSES)}
    assert not (tmp_path / "out").exists()


# a folder of images


def test_a_folder_of_images(culpa: Culpa, images: Path, model: Path, tmp_path: Path) -> None:
    before = contents(images)
    done = culpa("classify", "--images", images, "--model", model, "-o", tmp_path / "out", "--json")
    table = sound(tmp_path / "out")
    assert json.loads(done.out)["images"] == len(table) == 8
    assert [(tmp_path / "out" / row["image"]).resolve() for row in table] == sorted(images.rglob("*.png"))
    by_name = {Path(row["image"]).name: row for row in table}
    assert (by_name["ü2.png"]["gps"], by_name["ü2.png"]["channel"]) == (str(START + 2), "K1:ÄB-C")
    assert by_name["7.png"]["gps"] == ""
    assert len({row["class"] for row in table}) > 1
    assert sorted_into(tmp_path / "out") == {name: row["class"] for name, row in by_name.items()}
    assert contents(images) == before


def test_one_at_a_time_in_a_folder(culpa: Culpa, images: Path, model: Path, tmp_path: Path) -> None:
    options = ("classify", "--images", images, "--model", model, "-o", tmp_path / "out")
    with locked(tmp_path / "out"):
        done = culpa(*options)
    assert done.code == 1
    assert "another run" in done.err
    assert culpa(*options).code == 0


def test_links_to_images(culpa: Culpa, images: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "a.png").symlink_to(Path("..") / images.name / "3.png")
    assert culpa("classify", "--images", tmp_path / "links", "--model", model, "-o", tmp_path / "out").code == 0
    (sorted_one,) = (tmp_path / "out" / "classified").rglob("*.png")
    assert sorted_one.read_bytes() == (images / "3.png").read_bytes()


def test_a_name_that_no_table_can_have(culpa: Culpa, images: Path, model: Path, tmp_path: Path) -> None:
    try:
        shutil.copy(images / "3.png", os.fsencode(images) + b"/gl\xfctch.png")
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    done = culpa("classify", "--images", images, "--model", model, "-o", tmp_path / "out")
    assert done.code == 1
    assert "is not in UTF-8" in done.err
    assert not (tmp_path / "out").exists()


def test_images_of_the_data_classify_as_the_data(own: Culpa, culpa: Culpa, model: Path, tmp_path: Path) -> None:
    own(*(word for gps in TIMES for word in ("--gps", gps)))
    culpa("classify", "--images", tmp_path / "out/classified", "--model", model, "-o", tmp_path / "again", "-j", 2)
    first, again = (
        sorted((row | {"image": ""} for row in rows(tmp_path / name)), key=lambda row: row["gps"])
        for name in ("out", "again")
    )
    assert again == first


def test_a_dry_run_of_images(culpa: Culpa, images: Path, model: Path, tmp_path: Path) -> None:
    done = culpa("classify", "--images", images, "--model", model, "-o", tmp_path / "out", "--dry-run")
    assert json.loads(done.out)["images"] == 8
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged"),
        (b"not a picture", "not a PNG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged"),
        (..., "damaged"),
    ],
)
def test_damaged_images_are_named(
    culpa: Culpa, images: Path, model: Path, tmp_path: Path, content: Any, message: str
) -> None:
    path = images / "3.png"
    path.write_bytes(path.read_bytes()[:-30] if content is ... else content)
    done = culpa("classify", "--images", images, "--model", model, "-o", tmp_path / "out")
    assert (done.code, done.out) == (1, "")
    assert str(path) in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", [ImageForm(views=(0.5, 2.0), height=8, width=8), ImageForm(views=(0.5, 1.0))])
def test_images_of_another_form(culpa: Culpa, images: Path, model: Path, tmp_path: Path, form: ImageForm) -> None:
    write_image(images / "3.png", GlitchImage(np.zeros(form.shape, np.uint8), form))
    done = culpa("classify", "--images", images, "--model", model, "-o", tmp_path / "out")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"culpa: {images / '3.png'}: expected the image of a glitch ")


def test_no_image(culpa: Culpa, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "none"):
        done = culpa("classify", "--images", tmp_path / folder, "--model", model, "-o", tmp_path / "out")
        assert (done.code, done.out) == (3, "")
        assert str(tmp_path / folder) in done.err


# models


def test_models_that_cannot_be_used(own: Culpa, tmp_path: Path) -> None:
    bad = tmp_path / "bad.onnx"
    for content, code, message in (
        (None, 3, f"no model {bad}"),
        (b"", 2, f"{bad} is not an ONNX model, or damaged"),
        (b"\x80\x04\x95pickle", 2, f"{bad} is not an ONNX model, or damaged"),
    ):
        if content is not None:
            bad.write_bytes(content)
        for more in ((), ("--dry-run",)):
            done = own("--model", bad, *more)
            assert (done.code, done.out) == (code, "")
            assert done.err.startswith("culpa: " + message)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["../../escaped", "/tmp/escaped", "", "a/b", "ünïcode", "Blip", ".hidden"])
def test_a_model_cannot_make_folders_elsewhere(
    own: Culpa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(models, "CLASSES", (name, name + "1", name + "2"))
    hostile = write_model(tmp_path / "deep/er/hostile.onnx")
    before = sorted(tmp_path.rglob("*"))
    done = own("--model", hostile, output=tmp_path / "deep/er/out")
    assert (done.code, done.out) == (1, "")
    assert "name of a class" in done.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_model_of_views_that_no_scan_has(own: Culpa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "FORM", ImageForm(views=(0.5, 500.0), height=8, width=8))
    done = own("--model", write_model(tmp_path / "long.onnx"))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("culpa: views: view: expected more than 0 and at most 120 s, got 500")


def test_the_model_of_a_file_and_that_of_the_command(own: Culpa, culpa: Culpa, model: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[classes]\nmodel = "none.onnx"\n')
    assert own("-f", tmp_path / "settings.toml").code == 0  # --model counts
    (tmp_path / "settings.toml").write_text(f"[classes]\nmodel = '{model}'\n")
    where = ("--images", tmp_path / "out/classified", "-o", tmp_path / "again")
    done = culpa("classify", *where, "-f", tmp_path / "settings.toml")
    assert done.code == 0
    assert len(sound(tmp_path / "again")) == 1


# what cannot be


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (("--channel", "K1:NONE"), 3, "no channel 'K1:NONE' in "),
        (("--gps", "soon"), 2, "'soon' is not a time\n"),
        (("--gps", "inf"), 2, "'inf' is not a time\n"),
        (("--source", "none.gwf"), 3, "no file matches none.gwf\n"),
        (("2026-01-01",), 2, "classify what? give a DATE, or --images, or --source with --channel and --gps\n"),
        (("--images", "x"), 2, "classify what? give a DATE, or --images, or --source with --channel and --gps\n"),
        (("-f", "none.toml"), 2, "cannot read the configuration none.toml: "),
    ],
)
def test_what_cannot_be_meant(own: Culpa, tmp_path: Path, more: tuple[str, ...], code: int, message: str) -> None:
    done = own(*more)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("culpa: " + message)
    assert not (tmp_path / "out").exists()


def test_half_of_the_words(culpa: Culpa, made: Assignment, images: Path) -> None:
    for words, message in (
        ((), "classify what? give a DATE, or "),
        (("--images", images), "where to? -o is missing\n"),
        (("--source", made.day.raw, "--gps", START, "-o", "out"), "--channel missing\n"),
        (("--channel", MAIN, "-o", "out"), "--source and --gps missing\n"),
        (("-y", 2026), "-y, -m and -d go together\n"),
    ):
        done = culpa("classify", *words)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("culpa: " + message)


def test_no_data_at_any_moment(own: Culpa, tmp_path: Path) -> None:
    done = own(gps=START - 100)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"culpa: {MAIN}: no data, or less than 4 s, at {START - 100} (")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be(own: Culpa, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("keep me")
    done = own()
    assert (done.code, done.out) == (1, "")
    assert str(tmp_path / "out") in done.err
    assert (tmp_path / "out").read_text() == "keep me"


def test_nothing_is_written_through_a_link(own: Culpa, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/classified").symlink_to(tmp_path / "elsewhere")
    done = own()
    assert done.code == 1
    assert "is a link" in done.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


# a day


def test_every_trigger_of_a_day_is_classified(made: Assignment) -> None:
    folder = made.day.folder / "machine_learning"
    table = sound(folder)
    events = load_triggers(made.day.triggers)[0][MAIN]
    assert [float(row["gps"]) for row in table] == events["time"].tolist()
    assert {row["channel"] for row in table} == {MAIN}
    assert sorted_into(folder) == {Path(row["image"]).name: row["class"] for row in table}


def test_the_command_does_what_the_plan_does(culpa: Culpa, copied: Assignment, model: Path) -> None:
    before = contents(copied.day.folder)
    done = culpa("classify", DATE, "-o", copied.day.results, "--model", model, "-j", 2, "--json")
    said = json.loads(done.out)
    table = rows(copied.day.folder / "machine_learning")
    assert (said["output"], said["images"]) == (str(copied.day.folder / "machine_learning"), len(table))
    assert said["classes"] == dict(Counter(row["class"] for row in table))
    assert different(before, contents(copied.day.folder)) == []
    assert due(copied) == {}


def test_another_model_leaves_nothing_of_the_first(
    culpa: Culpa, copied: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "CLASSES", ("line", "tomte", "whistle"))
    other = write_model(tmp_path / "other.onnx")
    done = culpa("classify", "-y", 2026, "-m", 1, "-d", 1, "-o", copied.day.results, "--model", other)
    folder = copied.day.folder / "machine_learning"
    assert (done.code, done.out) == (0, f"{folder / 'predictions.csv'}\n")
    table = sound(folder, ("line", "tomte", "whistle"))
    assert sorted_into(folder) == {Path(row["image"]).name: row["class"] for row in table}
    assert done.err.startswith(f"classes of {len(table)} images: ")
    assert {one.job for one in verify(copied.day.folder)[1]} <= {"score/table"}  # a later stage, not done again


def test_what_was_killed_on_its_way_is_tidied(copied: Assignment) -> None:
    """Images that nobody knows of, of a run that came to no end, are none of the day's."""
    folder = copied.day.folder / "machine_learning"
    before = contents(folder)
    (folder / "predictions.csv").unlink()
    path = min((folder / "classified").rglob("*.png"))
    (folder / "classified/koi_fish").mkdir()
    shutil.copy(path, folder / "classified/koi_fish" / path.name)
    make(copied)
    assert contents(folder) == before


def test_a_dry_run_of_a_day(culpa: Culpa, made: Assignment, model: Path) -> None:
    before = contents(made.day.folder)
    done = culpa("classify", DATE, "-o", made.day.results, "--model", model, "--dry-run")
    said = json.loads(done.out)
    assert said["images"] == len(rows(made.day.folder / "machine_learning"))
    assert said["output"] == str(made.day.folder / "machine_learning")
    assert different(before, contents(made.day.folder)) == []


def test_days_that_cannot_be_classified(culpa: Culpa, copied: Assignment, model: Path, tmp_path: Path) -> None:
    words = ("-o", copied.day.results, "--model", model)
    done = culpa("classify", "2026-01-02", *words)
    assert done.code == 3
    assert "culpa run 2026-01-02" in done.err
    (tmp_path / "own.toml").write_text('[data]\nsource = ["*.gwf"]\nmain = "K1:A"\n')
    done = culpa("classify", DATE, *words, "-f", tmp_path / "own.toml")
    assert done.code == 2
    assert done.err.endswith("--until classes\n")
    (copied.day.folder / ".culpa").rename(tmp_path / "gone")
    (copied.day.folder / "manifest.json").unlink()
    for more in ((), ("--dry-run",)):
        done = culpa("classify", DATE, *words, *more)
        assert done.code == 3
        assert "was not made by a plan" in done.err


def test_an_earlier_stage_that_is_not_done_is_named_as_its_command(culpa: Culpa, model: Path, tmp_path: Path) -> None:
    of = small(tmp_path, classes={"model": str(model)})
    make(of, until="triggers")
    done = culpa("classify", DATE, "-o", tmp_path, "--model", model)
    assert done.code == 3
    assert "the stage hveto is not done" in done.err
    assert f"make it first: culpa hveto {DATE}, or all of it" in done.err


def test_a_day_without_a_trigger(culpa: Culpa, model: Path, tmp_path: Path) -> None:
    of = small(tmp_path, classes={"model": str(model)}, triggers={"snr": 1e5})
    make(of)
    done = culpa("classify", DATE, "-o", tmp_path, "--model", model)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(f"culpa: no trigger of {MAIN} on {DATE}: nothing to classify")


@pytest.mark.parametrize(("option", "value", "expected"), [("--framework", "pytorch", 2), ("--model", "none.onnx", 3)])
def test_what_cannot_classify_costs_nothing_that_is_there(
    culpa: Culpa, copied: Assignment, model: Path, option: str, value: str, expected: int
) -> None:
    before = contents(copied.day.folder)
    done = culpa("classify", DATE, "-o", copied.day.results, option, value)
    assert (done.code, done.out) == (expected, "")
    assert different(before, contents(copied.day.folder)) == []


@pytest.mark.parametrize("where", ["", "out"])
def test_results_do_not_go_among_the_images(culpa: Culpa, images: Path, model: Path, where: str) -> None:
    """A second time the sorted ones would be images, too."""
    done = culpa("classify", "--images", images, "--model", model, "-o", images / where)
    assert (done.code, done.out) == (2, "")
    assert "give another folder with -o" in done.err
    assert sorted(images.rglob("*.csv")) == []


def test_images_that_were_sorted_are_not_sorted_again(culpa: Culpa, copied: Assignment, model: Path) -> None:
    before, folder = contents(copied.day.folder), copied.day.folder / "machine_learning"
    done = culpa("classify", "--images", folder / "classified", "--model", model, "-o", folder)
    assert (done.code, done.out) == (2, "")
    assert different(before, contents(copied.day.folder)) == []


# correcting it


def test_a_list_for_people(culpa: Culpa, images: Path, model: Path, tmp_path: Path) -> None:
    """From the list to a training set; a list that is written again keeps what was written into it."""
    out, learned = tmp_path / "out", tmp_path / "set"
    classify = ("classify", "--images", images, "--model", model, "-o", out)
    assert culpa(*classify).code == 0
    assert not (out / "relabel.csv").exists()
    done = culpa(*classify, "--relabel", 3)
    assert done.err.splitlines()[-1] == f"{out}/relabel.csv: 3 images to look at; write classes into column label"
    header, first, *others = (out / "relabel.csv").read_text("utf-8").splitlines()
    assert (len(others), header.split(",")[-1]) == (2, "label")
    assert first.split(",")[0] in {row["image"] for row in rows(out)}
    (out / "relabel.csv").write_text("\n".join([header, f"{first}koi_fish", *others, ""]), "utf-8")
    said = json.loads(culpa(*classify, "--relabel", 5, "--json").out)
    assert said["relabel"] == {"list": str(out / "relabel.csv"), "images": 5}
    assert culpa("training-set", "--relabelled", out / "relabel.csv", "-o", learned).code == 0
    (path,) = learned.glob("*/*.png")
    assert (path.parent.name, path.name) == ("koi_fish", Path(first.split(",")[0]).name)


def test_a_list_of_a_day_is_no_part_of_its_plan(culpa: Culpa, copied: Assignment, model: Path) -> None:
    done = culpa("classify", DATE, "-o", copied.day.results, "--model", model, "--relabel", 2)
    assert done.code == 0
    assert len((copied.day.folder / "machine_learning/relabel.csv").read_text("utf-8").splitlines()) == 3
    assert due(copied) == {}
    assert {one.kind for one in verify(copied.day.folder)[1]} == {"not in the manifest"}
