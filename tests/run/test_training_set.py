"""`culpa training-set`: folders of labelled images, made in four ways."""

import csv
import json
import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tomli_w

from culpa.errors import CulpaError
from culpa.evaluate.truth import Truth
from culpa.identify.folders import list_labelled, read_images
from culpa.identify.imagefiles import read_image, write_image
from culpa.identify.images import GlitchImage, ImageForm
from culpa.run.hashes import read_file
from culpa.run.training_day import Labelled, label
from culpa.run.training_parts import Part, put_part, remove_part
from culpa.types import Events, Segments

from .days import contents, start

Culpa = Callable[..., Any]
FORM = {"views": [0.25, 1.0], "height": 16, "width": 16}
CLASSES = ["blip", "dot", "no_glitch"]
DAY: dict[str, Any] = {
    "mock": {
        "duration": 448,
        "main_rate": 1024,
        "rates": [256],
        "auxiliary": 1,
        "frame": 64,
        "glitches": ["blip", "sine_gaussian"],
        "unwitnessed": 0,
        "uncoupled": 0,
        "families": {name: {"rate": 120, "snr": [12, 40]} for name in ("blip", "sine_gaussian")},
    },
    "triggers": {"segment": 16, "psd_length": 64, "chunk": 64},
}


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Small images of three classes, and a short day with loud blips and what is of no class."""
    path = tmp_path / "settings.toml"
    path.write_text(tomli_w.dumps({"training_set": {"classes": CLASSES, "form": FORM}, **DAY}))
    return path


@pytest.fixture
def make(culpa: Culpa, settings: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Runs the command on a folder of that name and gives what it says."""

    def run(folder: str, *options: object) -> dict[str, Any]:
        answer = culpa("training-set", "-o", tmp_path / folder, "-f", settings, "--json", "-q", *options)
        assert answer.code == 0, answer.err
        said: dict[str, Any] = json.loads(answer.out)
        return said

    return run


def test_the_number_of_processes_and_interruptions_change_no_byte(make: Culpa, tmp_path: Path) -> None:
    said = make("one", "--per-class", 12, "--seed", 5)
    assert said["classes"] == dict.fromkeys(CLASSES, 12)
    assert said["images"] == 36
    one = contents(tmp_path / "one")
    assert len({content for name, content in one.items() if name.endswith(".png")}) == 36
    make("two", "--per-class", 4, "--seed", 5)
    make("two", "--per-class", 12, "--seed", 5, "-j", 2)
    assert contents(tmp_path / "two") == one
    gone = sorted((tmp_path / "one").rglob("*.png"))[7:30:4]
    kept = sorted((tmp_path / "one").rglob("*.png"))[0]
    before = kept.stat().st_mtime_ns
    for path in gone:
        path.unlink()
    make("one", "--per-class", 12, "--seed", 5)
    assert contents(tmp_path / "one") == one
    assert kept.stat().st_mtime_ns == before


def test_a_killed_call_is_continued(make: Culpa, settings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    process = start("training-set", "-o", folder, "--per-class", 25, "-f", settings, "-j", 2, "-q")
    until = time.monotonic() + 60
    while len(list(folder.rglob("[!.]*.png"))) < 6 and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert 6 <= len(list(folder.rglob("[!.]*.png"))) < 75
    (folder / "blip" / ".blip-d4d4683e-000001.png.3564-73ae8806.tmp").touch()  # as a kill within a write leaves it
    make("killed", "--per-class", 25)
    make("whole", "--per-class", 25)
    assert contents(folder) == contents(tmp_path / "whole")


def test_other_seeds_are_further_images_of_the_same_folder(make: Culpa, tmp_path: Path) -> None:
    make("set", "--per-class", 2, "--seed", 1)
    said = make("set", "--per-class", 3, "--seed", 2)
    assert said["classes"] == dict.fromkeys(CLASSES, 5)
    assert said["part"]["images"] == dict.fromkeys(CLASSES, 3)
    parts = json.loads((tmp_path / "set" / "training_set.json").read_text())["parts"]
    assert [(part["kind"], part["details"]["settings"]["seed"]) for part in parts] == [("rendered", 1), ("rendered", 2)]
    images = read_images(list_labelled(tmp_path / "set"))
    assert (len(images), images.form.views) == (15, (0.25, 1.0))


def test_twins_do_not_come_into_one_folder(make: Culpa, culpa: Culpa, settings: Path, tmp_path: Path) -> None:
    """Glitches of one seed are drawn alike under any settings; a split would put some on either side."""
    make("set", "--per-class", 2)
    tables = tomllib.loads(settings.read_text())
    tables["training_set"]["snr"] = [20.0, 50.0]
    other = tmp_path / "other.toml"
    other.write_text(tomli_w.dumps(tables))
    before = contents(tmp_path / "set")
    options = ("training-set", "-o", tmp_path / "set", "--per-class", 2, "-f", other)
    answer = culpa(*options)
    assert answer.code == 2
    assert "has glitches of seed 0 already" in answer.err
    assert contents(tmp_path / "set") == before
    assert culpa(*options, "--seed", 1).code == 0


def test_noise_that_is_there_already_is_refused(make: Culpa, culpa: Culpa, settings: Path, tmp_path: Path) -> None:
    options = (
        "--per-class",
        2,
        "--channel",
        "K1:PEM-MIC",
        "--background",
        noise(tmp_path / "K-A-1000000000-64.h5", 64),
    )
    make("set", *options)
    later = noise(tmp_path / "K-B-1000000064-64.h5", 64, 1e9 + 64)
    again = (*options, "--background", later, "--seed", 1)
    answer = culpa("training-set", "-o", tmp_path / "set", "-f", settings, *again)
    assert answer.code == 2
    assert "has images on some of this noise already" in answer.err
    make("set", *options[:-1], later, "--seed", 2)


def test_an_image_in_another_class_is_not_made_again(make: Culpa, tmp_path: Path) -> None:
    said = make("set", "--per-class", 2)
    moved = sorted((tmp_path / "set" / "blip").iterdir())[0]
    moved = moved.rename(tmp_path / "set" / "dot" / moved.name)
    again = make("set", "--per-class", 3)
    assert again["classes"] == {"blip": 2, "dot": 4, "no_glitch": 3}
    assert again["part"]["images"] == {"blip": 2, "dot": 3, "no_glitch": 3}
    assert moved.exists()
    fewer = make("set", "--per-class", 1)
    assert (fewer["part"]["images"], fewer["images"]) == (again["part"]["images"], 9)
    assert fewer["part"]["details"]["settings"]["per_class"] == 3
    assert said["part"]["identity"] == fewer["part"]["identity"]


@pytest.mark.parametrize("name", ["Blip", "v1.2"])
def test_folders_of_classes_are_spelled_as_ours(culpa: Culpa, settings: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "set" / name).mkdir(parents=True)
    answer = culpa("training-set", "-o", tmp_path / "set", "--per-class", 1, "-f", settings)
    assert answer.code == 1
    assert name in answer.err
    assert not list(tmp_path.glob("set/*/*.png"))


def noise(path: Path, seconds: int, start: float = 1e9) -> Path:
    values = np.random.default_rng(1).normal(size=seconds * 512)
    with h5py.File(path, "w") as file:
        file.create_dataset("K1:PEM-MIC", data=values).attrs.update(
            {"x0": start, "dx": 1 / 512, "channel": "K1:PEM-MIC"}
        )
    return path


def test_recorded_noise_is_named_and_divides_the_set(make: Culpa, tmp_path: Path) -> None:
    frame = noise(tmp_path / "K-MIC-1000000000-128.h5", 128)
    options = ("--per-class", 6, "--background", frame, "--channel", "K1:PEM-MIC")
    said = make("one", *options)
    details = said["part"]["details"]
    assert details["files"] == [{"path": str(frame), "sha256": getattr(read_file(frame), "sha256", None)}]
    assert details["stretches"] == [[1e9, 64.0], [1e9 + 64, 64.0]]
    images = read_images(list_labelled(tmp_path / "one"))
    assert {name: int(np.sum(images.group == name)) for name in {*images.group.tolist()}} == {
        "K1 from 1000000000": 9, "K1 from 1000000064": 9,
    }  # fmt: skip
    assert {*images.channel.tolist()} == {"K1:PEM-MIC"}
    assert np.isnan(images.gps).all()
    make("two", *options, "-j", 2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_noise_that_is_too_short_is_refused(culpa: Culpa, settings: Path, tmp_path: Path) -> None:
    frame = noise(tmp_path / "K-MIC-1000000000-12.h5", 12)
    answer = culpa(
        *("training-set", "-o", tmp_path / "set", "-f", settings, "--per-class", 2),
        *("--background", frame, "--channel", "K1:PEM-MIC"),
    )
    assert answer.code == 3
    assert "no 8 s without a gap or a loud transient in K1:PEM-MIC" in answer.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["2026-01-01", "--gravity-spy", "x"], "a DATE and --gravity-spy: one at a time"),
        (["--relabelled", "x", "--per-class", 3], "--per-class does not go with --relabelled"),
        (["--metadata", "x"], "--metadata does not go with rendering"),
        (["2026-01-01", "--background", "x"], "--background does not go with a DATE"),
        (["--apart", 1], "--apart does not go with rendering"),
        (["2026-01-01", "--apart", -1], "Invalid value for '--apart'"),
        (["--background", "x"], "--background and --channel go together"),
        (["--channel", "x"], "--background and --channel go together"),
        (["--per-class", 0], "per_class: expected at least 1, got 0"),
        (["-y", 2026], "-y, -m and -d go together"),
    ],
)
def test_what_does_not_go_together_is_refused(
    culpa: Culpa, tmp_path: Path, options: list[object], message: str
) -> None:
    answer = culpa("training-set", "-o", tmp_path / "set", *options)
    assert answer.code == 2
    assert message in answer.err
    assert not (tmp_path / "set").exists()


def test_images_of_another_form_are_not_mixed(culpa: Culpa, make: Culpa, tmp_path: Path) -> None:
    make("set", "--per-class", 1)
    answer = culpa("training-set", "-o", tmp_path / "set", "--per-class", 1)
    assert answer.code == 1
    assert "has images of views of 0.25, 1 s" in answer.err
    assert len(list((tmp_path / "set").rglob("*.png"))) == 3


def test_a_dry_run_says_what_and_does_nothing(culpa: Culpa, settings: Path, tmp_path: Path) -> None:
    answer = culpa("training-set", "-o", tmp_path / "set", "--per-class", 7, "-f", settings, "--dry-run")
    assert json.loads(answer.out) == {"seed": 0, "images": dict.fromkeys(CLASSES, 7)}
    assert not (tmp_path / "set").exists()


def test_the_counts_are_shown_and_the_folder_is_the_answer(culpa: Culpa, settings: Path, tmp_path: Path) -> None:
    answer = culpa("training-set", "-o", tmp_path / "set", "--per-class", 2, "-f", settings)
    assert answer.out == f"{tmp_path / 'set'}\n"
    assert [line.split() for line in answer.err.splitlines()[:4]] == [
        ["blip", "2"], ["dot", "2"], ["no_glitch", "2"], ["all", "6"],
    ]  # fmt: skip


def test_a_day_gives_its_triggers_with_the_classes_of_the_truth_table(
    culpa: Culpa, make: Culpa, settings: Path, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    for command in ("mock", "triggers"):
        assert culpa(command, "2026-01-01", "-o", results, "-f", settings, "-q").code == 0
    said = make("one", "2026-01-01", "--results", results)
    count = said["classes"]["blip"]
    assert said["classes"] == {"blip": count, "no_glitch": count}
    assert count > 4
    assert said["part"]["details"]["left out"]["sine_gaussian, which is no class"] > 4
    with (results / "2026-01-01_mock" / "raw" / "truth.csv").open() as file:
        truth = [(float(row["gps"]), row["family"]) for row in csv.DictReader(file) if "DARM" in row["channel"]]
    images = read_images(list_labelled(tmp_path / "one"))
    for gps, called in zip(images.gps.tolist(), images.labels.tolist(), strict=True):
        near = {family for time, family in truth if abs(time - gps) < 0.25}
        assert near == ({"blip"} if images.classes[called] == "blip" else set())
    make("two", "2026-01-01", "--results", results, "-j", 2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    make("two", "2026-01-01", "--results", results, "--seed", 9)  # other times without a glitch
    assert [len(list((tmp_path / "two" / name).iterdir())) for name in ("blip", "no_glitch")] == [count, count]
    assert {*(tmp_path / "one" / "no_glitch").iterdir()}.isdisjoint((tmp_path / "two" / "no_glitch").iterdir())


def test_a_day_without_triggers_is_told(culpa: Culpa, settings: Path, tmp_path: Path) -> None:
    answer = culpa("training-set", "2026-01-01", "--results", tmp_path, "-o", tmp_path / "set", "-f", settings)
    assert answer.code == 3
    assert "make it first: culpa mock 2026-01-01" in answer.err


def labelled(times: list[float], glitches: list[tuple[float, str]], **options: Any) -> Labelled:
    """The classes of triggers of 0.1 s, and of quiet times of 1000 s of data."""
    peaks = np.array(times)
    events = Events({"time": peaks, "tstart": peaks - 0.05, "tend": peaks + 0.05, "snr": np.full(len(peaks), 9.0)})
    gps, family = (np.array([glitch[i] for glitch in glitches]) for i in (0, 1))
    number, text = np.zeros(len(gps)), np.full(len(gps), "")
    truth = Truth(gps.astype(float), family.astype(str), text, number, number, number + 9, number > 0, text)
    searched = Segments(((0.0, 1000.0),))
    options = {"apart": 0.25, "here": np.ones(len(gps), bool), **options}
    return label(events, searched, truth, random=np.random.default_rng(0), **options)


def test_a_trigger_is_of_the_one_family_near_it() -> None:
    glitches = [(10.02, "blip"), (20.0, "blip"), (20.2, "dot"), (30.0, "blip"), (30.3, "dot"), (40.0, "sine_gaussian")]
    found = labelled([10.0, 20.0, 30.0, 40.0, 50.0, 61.0], [*glitches, (60.0, "blip")])
    assert {time: name for time, name in found.classes.items() if time in range(100)} == {
        10.0: "blip", 30.0: "blip", 50.0: "no_glitch",
    }  # fmt: skip
    assert found.left_out == {
        "near several families": 1, "near a glitch, and not its trigger": 1, "sine_gaussian, which is no class": 1,
    }  # fmt: skip
    assert 30.0 not in labelled([30.0], glitches, apart=0.4).classes
    everywhere = labelled([20.0], glitches, here=np.array([True, True, False, True, False, True]))
    assert everywhere.classes[20.0] == "blip"


def test_as_much_noise_is_taken_as_there_is_of_a_family_far_from_everything() -> None:
    triggers = [5.0 * number for number in range(1, 190)]
    found = labelled([*triggers, 970.0], [(time, "blip") for time in triggers])
    noise = np.array([time for time, name in found.classes.items() if name == "no_glitch"])
    assert len(noise) == 189
    assert np.abs(noise[:, None] - np.array([*triggers, 970.0])).min(axis=1)[noise != 970.0].min() >= 2.0
    assert labelled([1.0], [(1.0, "blip")]).counts() == {"blip": 1, "no_glitch": 1}


def test_labels_that_people_gave_are_added(make: Culpa, tmp_path: Path) -> None:
    form = ImageForm(views=(0.25, 1.0), height=16, width=16)
    pixels = np.random.default_rng(0).integers(0, 255, (2, *form.shape), dtype=np.uint8)
    for number, image in enumerate(pixels):
        write_image(tmp_path / f"{number}.png", GlitchImage(image, form))
    table = tmp_path / "relabel.csv"
    table.write_text("image,label\n0.png,Koi Fish\n1.png,\n")
    make("set", "--per-class", 1)
    said = make("set", "--relabelled", table)
    assert said["classes"] == {**dict.fromkeys(CLASSES, 1), "koi_fish": 1}
    assert said["part"]["kind"] == "relabelled"
    assert np.array_equal(read_image(tmp_path / "set" / "koi_fish" / "0.png").pixels, pixels[0])


def test_gravity_spy_is_imported_with_its_own_views(culpa: Culpa, tmp_path: Path) -> None:
    from matplotlib import colormaps
    from PIL import Image

    random = np.random.default_rng(0)
    for identity in ("aaaaaaaaaa", "bbbbbbbbbb"):
        for view in ("0.5", "1.0", "2.0", "4.0"):
            colours = np.rint(colormaps["viridis"](random.random((600, 800)))[:, :, :3] * 255).astype(np.uint8)
            path = tmp_path / "plots" / "Koi_Fish" / f"H1_{identity}_spectrogram_{view}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(colours).save(path, compress_level=1)
    (tmp_path / "plots" / "Koi_Fish" / "H1_bbbbbbbbbb_spectrogram_2.0.png").unlink()
    table = tmp_path / "metadata.csv"
    table.write_text("gravityspy_id,event_time,ifo,channel\naaaaaaaaaa,1130000000.5,H1,GDS-CALIB_STRAIN\n")
    answer = culpa(
        *("training-set", "-o", tmp_path / "set", "--gravity-spy", tmp_path / "plots", "--metadata", table, "--json")
    )
    assert json.loads(answer.out)["classes"] == {"koi_fish": 1}
    assert "left out: 1 x the view of 2 s is missing" in answer.err
    image = read_image(tmp_path / "set" / "koi_fish" / "H1_aaaaaaaaaa.png")
    assert (image.form.views, image.gps, image.channel) == ((0.5, 1, 2, 4), 1130000000.5, "H1:GDS-CALIB_STRAIN")


def test_a_damaged_record_is_told(culpa: Culpa, make: Culpa, settings: Path, tmp_path: Path) -> None:
    make("set", "--per-class", 1)
    (tmp_path / "set" / "training_set.json").write_text('{"parts": [{"kind": 3}]}')
    answer = culpa("training-set", "-o", tmp_path / "set", "--per-class", 1, "-f", settings)
    assert answer.code == 1
    assert "training_set.json cannot be read" in answer.err


@pytest.mark.parametrize("name", ["../x.png", "/etc/x.png", "blip/../x.png", "blip/.x.png", "x.png", "blip/x.txt"])
def test_a_folder_says_nothing_about_files_elsewhere(tmp_path: Path, name: str) -> None:
    """Another one may have written its `training_set.json`: images of a day are removed, where these are made anew."""
    part = Part("day", "1", {"day": "x", "files": ["blip/a.png", name]})
    put_part(tmp_path, part)
    (tmp_path / "blip").mkdir()
    (tmp_path / "blip" / "a.png").touch()
    with pytest.raises(CulpaError, match="among the images of a day"):
        remove_part(tmp_path, part)
    remove_part(tmp_path, replace(part, details={"files": ["blip/a.png"]}))
    assert not (tmp_path / "blip" / "a.png").exists()
