"""`culpa blind-spots`: what each detector sees of anomalies of known size."""

import json
from pathlib import Path

import pytest

from culpa.detect.rows.settings import DetectSettings
from culpa.errors import NoDataError
from culpa.run.sensors import blindspots, told
from culpa.run.sensors.opened import Asked

SETTINGS = DetectSettings(false_alarms="1/1000 rows")


def test_each_detector_has_its_own_blind_spots(table: Path, tmp_path: Path) -> None:
    asked = Asked(table, reference="row < 1200")
    found = blindspots.make(asked, SETTINGS, ("auto", "robust-z", "rolling-variance"), 0, tmp_path)
    seen = {card["detector"]: card["smallest"] for card in found["detectors"]}
    assert seen["auto"]["step"] < seen["robust-z"]["step"]
    assert seen["rolling-variance"]["spike"] is None or seen["rolling-variance"]["spike"] > seen["robust-z"]["spike"]
    assert seen["robust-z"]["spike"] <= 8
    for card in found["detectors"]:
        assert card["found"]["step"][-1] >= card["found"]["step"][0]
    assert json.loads((tmp_path / "blind_spots.json").read_text()) == found
    lines = told.tell_blind_spots(found).splitlines()
    assert lines[1].split() == ["detector", "spike", "step", "drift", "burst", "variance"]
    assert len(lines) == 5


def test_the_same_seed_gives_the_same_card(table: Path, tmp_path: Path) -> None:
    asked = Asked(table, reference="row < 1200")
    assert blindspots.make(asked, SETTINGS, ("robust-z",), 1, tmp_path) == blindspots.make(
        asked, SETTINGS, ("robust-z",), 1, tmp_path
    )


def test_too_few_rows_outside_the_reference_are_no_data(table: Path, tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match=r"100 rows of .* are outside the reference: expected at least 800"):
        blindspots.make(Asked(table, reference="row < 2900"), SETTINGS, ("robust-z",), 0, tmp_path)
