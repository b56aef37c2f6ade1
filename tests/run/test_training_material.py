"""What is said of the images of a training: where they are from, and how to make the model again."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from culpa import settings as toml
from culpa.identify.folders import ImageSet
from culpa.identify.images import ImageForm
from culpa.identify.rendering import RenderSettings
from culpa.identify.settings import TrainSettings
from culpa.identify.splits import Split
from culpa.run.training_material import Material, command, sources, without_places
from culpa.run.training_parts import Part

HOME = "/home/me"
FILES = [{"path": f"{HOME}/a.gwf", "sha256": "0a"}, {"path": f"{HOME}/b.gwf", "sha256": "0b"}]
USUAL = {"settings": toml.plain(RenderSettings(seed=5, per_class=20))}
OTHER = {"settings": toml.plain(RenderSettings(seed=6, per_class=10, least=6.0))}
NOISE = {"channel": "K1:A", "files": FILES, "stretches": [[0.0, 64.0]]}
OF_DAY = {
    "day": f"{HOME}/results/2026-01-01_mock",
    "channel": "K1:A",
    "apart": 0.25,
    "seed": 3,
    "files": ["blip/x.png"],
}
PARTS = {
    "culpa training-set -o DIR --per-class 20 --seed 5": Part("rendered", "aa", USUAL, {"blip": 20}),
    "culpa training-set -o DIR --per-class 10 --seed 6 --background a.gwf --background b.gwf --channel K1:A "
    "-f SETTINGS.toml": Part("rendered", "bb", OTHER | NOISE, {"blip": 10}),
    "culpa training-set 2026-01-01 --apart 0.25 --seed 3 -o DIR": Part("day", "cc", OF_DAY, {"blip": 1}),
    "culpa training-set --gravity-spy plots --metadata m.csv -o DIR": Part(
        "gravity_spy", "dd", {"folder": f"{HOME}/plots", "table": f"{HOME}/m.csv"}, {"blip": 3}
    ),
    "culpa training-set --gravity-spy plots -o DIR": Part(
        "gravity_spy", "ee", {"folder": f"{HOME}/plots", "table": None}, {"blip": 3}
    ),
    "culpa training-set --relabelled relabel.csv -o DIR": Part(
        "relabelled", "ff", {"table": f"{HOME}/relabel.csv"}, {"blip": 2}
    ),
}


def of(*parts: Part, images: int = 50) -> Material:
    form, labels = ImageForm((1.0,), 4, 4), np.zeros(images, np.int64)
    text = np.full(images, "")
    pixels = np.zeros((images, *form.shape), np.uint8)
    some = ImageSet(pixels, labels, ("blip",), np.full(images, np.nan), text, text, (Path("x"),) * images, form)
    return Material(some, Split(("train",), labels, np.arange(images)), parts)


@pytest.mark.parametrize("line", PARTS)
def test_each_part_has_the_command_that_makes_it(line: str) -> None:
    said = command(of(PARTS[line]), TrainSettings(), "pytorch", None)
    assert said == f"{line}\nculpa train --images DIR --framework pytorch -o OUT"


def test_settings_that_are_not_as_usual_are_options_or_in_a_file() -> None:
    said = command(of(), TrainSettings(epochs=3, architecture="resnet18"), "tensorflow", Path("/x/model.keras"))
    assert said == (
        "culpa train --images DIR --framework tensorflow --architecture resnet18 --epochs 3 --start model.keras -o OUT"
    )
    assert "-f SETTINGS.toml" in command(of(), TrainSettings(batch=8), "pytorch", None)


@pytest.mark.parametrize("part", PARTS.values())
def test_what_a_model_says_of_its_images_has_no_places(part: Part) -> None:
    told = without_places(part)
    assert HOME not in json.dumps(told)
    assert HOME in json.dumps(asdict(part)) or part.identity == "aa"
    assert (told["kind"], told["images"]) == (part.kind, part.images)
    assert "x.png" not in json.dumps(told)


def test_recorded_noise_is_known_by_its_hashes() -> None:
    told = without_places(PARTS[[*PARTS][1]])
    assert told["files"] == [{"path": "a.gwf", "sha256": "0a"}, {"path": "b.gwf", "sha256": "0b"}]


def test_the_sources_are_told_and_what_nobody_knows_of() -> None:
    found = sources(of(*PARTS.values()), Path("/somewhere/images"))
    assert [(source.images, source.seed) for source in found] == [
        (20, 5), (10, 6), (1, 3), (3, None), (3, None), (2, None), (11, None),
    ]  # fmt: skip
    assert found[0].detail == "simulated glitches on simulated noise"
    assert found[1].detail == "simulated glitches on noise of K1:A"
    assert len(found[1].sha256) == 64
    assert (found[2].name, found[-1].name) == ("2026-01-01_mock", "images")
    assert len(sources(of(PARTS[next(iter(PARTS))], images=20), Path("images"))) == 1
    moved = [part for part in PARTS.values() if part.kind in ("relabelled", "gravity_spy")]
    assert [source.images for source in sources(of(*moved, images=6), Path("images"))] == [3, 3, 2]  # 2 given anew


def test_equal_material_has_an_equal_digest_and_other_has_another() -> None:
    assert of().digest() == of(*PARTS.values()).digest()
    assert len({of(images=n).digest() for n in (50, 51)}) == 2


@pytest.mark.parametrize(("rarity", "strange"), [(0.1, 2), (1.0, 20), (0.001, 1)])
def test_an_exam_has_as_few_strangers_as_are_expected(rarity: float, strange: int) -> None:
    """Of 60 strangers among the test images, of which each of two classes has 20; other parts do not count."""
    form, names = ImageForm((1.0,), 4, 4), ("blip", "none_of_these", "tomte")
    labels = np.tile([1, 0, 1, 2, 1], 40)
    text, pixels = np.full(200, ""), np.zeros((200, *form.shape), np.uint8)
    files = tuple(Path(f"{number}.png") for number in range(200))
    images = ImageSet(pixels, labels, names, np.full(200, np.nan), text, text, files, form)
    material = Material(images, Split(("train", "test"), np.repeat([0, 1], 100), np.arange(200)), ())
    exam = material.exam(rarity)
    assert np.bincount(exam.labels, minlength=3).tolist() == [20, strange, 20]
    assert {int(path.stem) >= 100 for path in exam.files} == {True}


def test_an_exam_without_strangers_is_the_test() -> None:
    whole = of()
    alone = Material(whole.images, Split(("test",), whole.images.labels, np.arange(50)), ())
    assert len(alone.exam(0.1)) == 50
