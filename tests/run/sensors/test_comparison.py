"""`culpa compare`: figures of merit of all detectors beside the controls."""

import json
from pathlib import Path

import numpy as np
import pytest

from culpa.acquire.tables import writing
from culpa.detect.rows.settings import DetectSettings
from culpa.errors import NoDataError, UsageError
from culpa.run.sensors import comparison, told
from culpa.run.sensors.opened import Asked

from .conftest import GOOD, columns

NAMES = ("auto", "robust-z", "random")


def test_auto_is_better_than_chance_and_chance_is_the_base_rate(table: Path, tmp_path: Path) -> None:
    asked = Asked(table, reference=f"row < {GOOD}")
    summary = comparison.make(asked, DetectSettings(false_alarms="1/1000 rows"), NAMES, tmp_path)
    judged = {one["detector"]: one for one in summary["detectors"]}
    assert tuple(judged) == NAMES
    assert summary["rows"] == 1000
    assert summary["anomalies"] == 3
    assert judged["auto"]["vus_pr"] > 0.7 > judged["random"]["vus_pr"]
    assert judged["random"]["auroc"] == pytest.approx(0.5, abs=0.1)
    assert judged["auto"]["events"]["recall"] == 1
    assert judged["auto"]["rows"]["f1"] > 0.8
    assert judged["auto"]["delay_rows"] <= 2
    low, high = judged["auto"]["auc_pr_interval"]
    assert low <= judged["auto"]["auc_pr"] <= high
    saved = json.loads((tmp_path / "compare.json").read_text())
    assert saved["detectors"][0]["vus_pr"] == judged["auto"]["vus_pr"]
    assert len((tmp_path / "compare.csv").read_text().splitlines()) == 4
    words = told.tell_compared(summary).splitlines()
    assert words[2].startswith("auto")
    assert any(line.startswith("random *") for line in words)


def test_rows_that_were_learnt_from_do_not_count(table: Path) -> None:
    known = comparison.read(Asked(table, reference="row < 2600"), DetectSettings())
    assert not known.counts[:2600].any()
    assert known.counts[2600:].all()


def test_where_all_normal_rows_are_learnt_from_it_is_said(table: Path) -> None:
    known = comparison.read(Asked(table, reference="anomaly == 0"), DetectSettings())
    assert known.counts.all()
    assert "flattered" in known.note


def test_two_labels_that_say_nothing_are_read_by_their_number(tmp_path: Path) -> None:
    """-1 passes and 1 fails in some tables, in others the other way round."""
    block = columns()
    block["anomaly"] = np.where(block["anomaly"] == 1, 1, -1)
    path = tmp_path / "secom.csv"
    writing.write(path, [block])
    known = comparison.read(Asked(path, label="anomaly", reference="row < 2000"), DetectSettings())
    assert known.truth.sum() == columns()["anomaly"].sum()
    assert "of the labels -1 and 1 the rarer, 1, is anomalous" in known.note


def test_without_a_label_it_asks_for_one(tmp_path: Path) -> None:
    block = columns(100)
    del block["anomaly"]
    path = tmp_path / "plain.csv"
    writing.write(path, [block])
    with pytest.raises(UsageError, match=r"which column of .* marks anomalies"):
        comparison.read(Asked(path), DetectSettings())


def test_a_label_that_never_marks_anything_is_no_data(tmp_path: Path) -> None:
    path = tmp_path / "quiet.csv"
    writing.write(path, [columns(300)])
    with pytest.raises(NoDataError, match=r"says of 0 of 200 rows outside the reference"):
        comparison.read(Asked(path, label="anomaly", reference="row < 100"), DetectSettings())


def test_a_sensor_is_no_label(table: Path) -> None:
    with pytest.raises(UsageError):
        comparison.read(Asked(table, features=("flow", "voltage"), label="flow"), DetectSettings())


def test_all_detectors_but_the_slow_one_are_compared() -> None:
    names = [one.name for one in comparison.chosen((), 1_000_000)]
    assert "matrix-profile" not in names
    assert {"auto", "pca", "forest", "random"} <= set(names)
    assert "matrix-profile" in [one.name for one in comparison.chosen((), 1000)]


def test_what_is_no_number_is_null(tmp_path: Path) -> None:
    """A detector that flags nothing has no precision."""
    block = columns()
    block["anomaly"] = (np.arange(len(block["anomaly"])) >= 2950).astype(int)
    path = tmp_path / "one.csv"
    writing.write(path, [block])
    found = comparison.make(
        Asked(path, reference="row < 2000"), DetectSettings(), ["robust-z", "random"], tmp_path / "out"
    )
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert json.loads((tmp_path / "out" / "compare.json").read_text()) == found
    assert found["detectors"][1]["rows"]["precision"] is None
    assert "random" in told.tell_compared(found)


def test_a_wider_border_forgives_more(table: Path, tmp_path: Path) -> None:
    asked = Asked(table, reference="row < 2000")
    narrow, wide = (
        comparison.make(asked, DetectSettings(), ["robust-z"], tmp_path, border)["detectors"][0]["vus_pr"]
        for border in (0, 200)
    )
    assert narrow != wide
