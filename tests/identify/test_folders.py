"""Folders of images: order, labels, and everything that a user can have in them."""

from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from culpa.errors import CulpaError, NoDataError
from culpa.evaluate.predictions import snake_case
from culpa.identify.folders import (
    UNLABELLED,
    check_trainable,
    class_name,
    list_labelled,
    list_unlabelled,
    read_images,
)
from culpa.identify.imagefiles import write_image
from culpa.identify.images import GlitchImage, ImageForm, file_name

FORM = ImageForm(height=8, width=8)


def put(
    path: Path, seed: int, gps: float = nan, channel: str = "K1:A-B", form: ImageForm = FORM, group: str = ""
) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, form.shape, dtype=np.uint8)
    write_image(path, GlitchImage(pixels, form, channel, gps, group))
    return path


def test_classes_and_files_are_in_order(tmp_path: Path) -> None:
    for seed, name in enumerate(["Tomte/b.png", "Koi_Fish/z.png", "Tomte/a.PNG", "blip/c.png"]):
        put(tmp_path / name, seed, seed * 100.0, group=f"g{seed}")
    images = read_images(list_labelled(tmp_path))
    assert [path.name for path in images.files] == ["c.png", "z.png", "a.PNG", "b.png"]
    assert images.classes == ("blip", "koi_fish", "tomte")
    assert images.labels.tolist() == [0, 1, 2, 2]
    assert images.gps.tolist() == [300.0, 100.0, 200.0, 0.0]
    assert images.group.tolist() == ["g3", "g1", "g2", "g0"]
    assert images.channel.tolist() == ["K1:A-B"] * 4
    assert images.counts() == {"blip": 1, "koi_fish": 1, "tomte": 2}
    for row, seed in enumerate([3, 1, 2, 0]):
        expected = np.random.default_rng(seed).integers(0, 256, FORM.shape, dtype=np.uint8)
        assert np.array_equal(images.images[row], expected)


def test_images_without_a_class(tmp_path: Path) -> None:
    put(tmp_path / "sub" / file_name("K1:A-B", 5), 1)
    put(tmp_path / "a.png", 2)
    images = read_images(list_unlabelled(tmp_path))
    assert [path.name for path in images.files] == ["a.png", "K1-A_B-5_000000-plain.png"]
    assert images.labels.tolist() == [UNLABELLED, UNLABELLED]
    assert images.classes == ()
    assert isnan(images.gps[0])


def test_some_of_a_set(tmp_path: Path) -> None:
    for seed in range(4):
        put(tmp_path / "ab"[seed % 2] / f"{seed}.png", seed, float(seed))
    images = read_images(list_labelled(tmp_path))
    some = images.take(np.array([3, 0]))
    assert some.gps.tolist() == [3.0, 0.0]
    assert [path.name for path in some.files] == ["3.png", "0.png"]
    assert some.classes == images.classes
    assert len(images.take(images.labels == 1)) == 2


def test_what_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path / "blip" / "a.png", 1)
    put(tmp_path / "blip" / ".hidden.png", 2)
    put(tmp_path / ".git" / "b.png", 3)
    put(tmp_path / "blip" / file_name("K1:A-B", 5, "0.5"), 4)
    (tmp_path / "blip" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "blip" / "folder.png").mkdir()
    (tmp_path / "truth.csv").write_text("gps\n")
    assert [path.name for path in list_labelled(tmp_path).files] == ["a.png"]
    assert [path.name for path in list_unlabelled(tmp_path).files] == ["a.png"]


def test_progress_is_told_of_each_image(tmp_path: Path) -> None:
    for seed in range(3):
        put(tmp_path / f"{seed}.png", seed)
    seen: list[None] = []
    listing = list_unlabelled(tmp_path)
    read_images(listing, FORM, lambda: seen.append(None))
    assert len(seen) == len(listing) == 3


def test_empty_folders_are_said(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="no folder"):
        list_labelled(tmp_path / "none")
    with pytest.raises(NoDataError, match="no class folder in"):
        list_labelled(tmp_path)
    with pytest.raises(NoDataError, match="no image in"):
        list_unlabelled(tmp_path)
    put(tmp_path / "blip" / "a.png", 1)
    (tmp_path / "tomte").mkdir()
    with pytest.raises(NoDataError, match=r"no image in .*tomte"):
        list_labelled(tmp_path)


def test_two_folders_of_one_class_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "Koi_Fish" / "a.png", 1)
    put(tmp_path / "koi-fish" / "b.png", 2)
    with pytest.raises(CulpaError, match=r"Koi_Fish and .*koi-fish are both class koi_fish"):
        list_labelled(tmp_path)


def test_a_folder_that_cannot_be_a_class_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "흠집" / "a.png", 1)
    with pytest.raises(CulpaError, match="'흠집' cannot be the name of a class"):
        list_labelled(tmp_path)


def test_mixed_forms_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "a.png", 1)
    put(tmp_path / "b.png", 2, form=ImageForm(height=8, width=8, fmax=1000.0))
    with pytest.raises(CulpaError, match=r"b\.png: expected .*10-2048 Hz.*got .*10-1000 Hz"):
        read_images(list_unlabelled(tmp_path))
    with pytest.raises(CulpaError, match=r"a\.png: expected .* of 4 x 4 pixels|64 x 64"):
        read_images(list_unlabelled(tmp_path), ImageForm())


def test_a_glitch_has_one_class(tmp_path: Path) -> None:
    put(tmp_path / "blip" / "a.png", 1, 1000.25)
    put(tmp_path / "blip" / "b.png", 2, 1000.25)  # twice in one class: no contradiction
    put(tmp_path / "tomte" / "c.png", 3, 1000.25, channel="K1:C-D")  # nor another channel
    assert len(read_images(list_labelled(tmp_path))) == 3
    put(tmp_path / "tomte" / "d.png", 4, 1000.25)
    with pytest.raises(CulpaError, match=r"in two classes: .*a\.png is blip and .*d\.png is tomte"):
        read_images(list_labelled(tmp_path))


def test_equal_pixels_have_one_class(tmp_path: Path) -> None:
    put(tmp_path / "blip" / "a.png", 1, 1000.25)
    put(tmp_path / "tomte" / "b.png", 1, 2000.25)
    with pytest.raises(CulpaError, match=r"in two classes: .*a\.png is blip and .*b\.png is tomte"):
        read_images(list_labelled(tmp_path))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Scattered_Light", "scattered_light"), ("Koi Fish", "koi_fish"), ("None_of_the_Above", "none_of_these"),
        ("No_Glitch", "no_glitch"), ("1080Lines", "1080_lines"), ("low-frequency--burst", "low_frequency_burst"),
        ("none_of_these", "none_of_these"), ("_blip_", "blip"),
    ],
)  # fmt: skip
def test_names_of_classes(given: str, expected: str) -> None:
    assert class_name(given) == class_name(expected) == expected


@pytest.mark.parametrize("name", ["KoiFish", "1400Ripples", "Low_Frequency_Burst", "koi-fish", "LIGO blip"])
def test_a_class_is_called_what_the_score_calls_its_family(name: str) -> None:
    assert class_name(name) == snake_case(name)


@pytest.mark.parametrize("name", ["", "..", ".", "_", "a/b", "../a", "a.b", "a\n", "É", "a\0", "\u212a", "=cmd"])
def test_other_names_of_classes_are_refused(name: str) -> None:
    with pytest.raises(CulpaError, match="cannot be the name of a class"):
        class_name(name)


def test_what_cannot_be_learned_is_said() -> None:
    check_trainable(np.array([0, 0, 1, 1]), ("blip", "tomte"))
    with pytest.raises(NoDataError, match=r"too few examples of tomte \(1\): a class needs at least 2"):
        check_trainable(np.array([0, 0, 1]), ("blip", "tomte"))
    with pytest.raises(NoDataError, match=r"blip \(2\), dot \(0\): a class needs at least 3"):
        check_trainable(np.array([0, 0, 1, 1, 1]), ("blip", "tomte", "dot"), least=3)
    with pytest.raises(NoDataError, match="got only blip"):
        check_trainable(np.array([0, 0]), ("blip",))
    with pytest.raises(NoDataError, match="got no class"):
        check_trainable(np.array([-1]), ())
