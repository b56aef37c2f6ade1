"""The model that comes with culpa: what it knows, and that the commands that are documented would make it again."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from culpa import settings as toml
from culpa.identify.description import Description
from culpa.identify.images import ImageForm
from culpa.identify.inference import Classifier
from culpa.identify.rendering import CLASSES, RenderSettings
from culpa.identify.settings import TrainSettings
from culpa.identify.shipped import MODEL

PAGE = (Path(__file__).parents[2] / "docs" / "classify.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def known() -> Description:
    return Classifier(MODEL).description


def changed(settings: Any) -> dict[str, Any]:
    """The settings that are not the defaults."""
    usual = type(settings)()
    values = {each.name: getattr(settings, each.name) for each in fields(settings)}
    return {name: value for name, value in values.items() if value != getattr(usual, name)}


def test_it_is_small_and_knows_all_classes(known: Description) -> None:
    assert MODEL.stat().st_size < 10e6
    assert {*known.classes} == {*CLASSES}
    assert known.form == ImageForm()


def test_its_images_are_those_of_the_documented_commands(known: Description) -> None:
    """A default that is changed makes other images: then the model is to be trained anew."""
    (data,) = known.training["data"]
    settings = toml.build(RenderSettings, data["settings"], "part")
    assert {*changed(settings)} == {"per_class", "seed"}
    assert f"culpa training-set -o training_set --per-class {settings.per_class} --seed {settings.seed}" in PAGE


def test_it_is_trained_as_the_documented_command_does(known: Description) -> None:
    settings = toml.build(TrainSettings, known.training["settings"], "train")
    assert changed(settings) == {"epochs": 12}
    assert "culpa train --images training_set --framework both --epochs 12 -o model" in PAGE
