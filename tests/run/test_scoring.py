"""Scoring with and without predictions, from files to files and to the screen."""

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.acquire import triggerfiles
from culpa.run import class_words, scoring
from culpa.run.days import Day
from culpa.types import TRIGGER_COLUMNS, Events, Segments

MAIN = "K1:CAL-STRAIN"
GPS = 1_451_606_418
FAMILIES = ["blip", "Koi_Fish", "blip", "dot", "tomte"]
CALLED = ["blip", "koi_fish", "tomte", "blip"]  # the last one is not classified


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """Five glitches, the last without a prediction, and a trigger of noise."""
    day = Day(dt.date(2026, 1, 5), tmp_path)
    times = [GPS + 10.0 * i for i in range(len(FAMILIES))]
    truth = [f"{t},{f},{MAIN},100,8,{7 + i},False,{i}" for i, (t, f) in enumerate(zip(times, FAMILIES, strict=True))]
    day.raw.mkdir(parents=True)
    (day.raw / "truth.csv").write_text(
        "\n".join(["gps,family,channel,frequency,q,snr,coupled,event_id", *truth]) + "\n"
    )
    columns = {name: np.full(len(times) + 1, np.nan) for name in TRIGGER_COLUMNS}
    columns |= {"time": np.array([*times, GPS + 77.0]), "snr": np.full(len(times) + 1, 8.0)}
    live = Segments.of([(GPS - 10, GPS + 90)])
    path = day.triggers / f"K1-CAL_STRAIN_OMICRON-{GPS - 10}-100.h5"
    triggerfiles.write(Events(columns), path, channel=MAIN, span=live.bounds[0], searched=live)
    return day


def predict(day: Day, folder: str = "machine_learning") -> Path:
    path = day.folder / folder / "predictions.csv"
    path.parent.mkdir()
    rows = [
        f"x.png,{GPS + 10 * i:.6f},{MAIN},{name},0.9,,{'unknown' if i == 3 else ''},1,0,0,0"
        for i, name in enumerate(CALLED)
    ]
    rows.append(f"x.png,{GPS + 77:.6f},{MAIN},no_glitch,0.8,,,0,0,0,1")
    path.write_text(
        "\n".join(["image,gps,channel,class,probability,runner_up,flag,p_blip,p_tomte,p_koi_fish,p_no_glitch", *rows])
    )
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_predictions_of_a_day_are_scored(day: Day) -> None:
    predict(day)
    totals, path = scoring.make(day.date, day.results, None, None)
    rows = rows_of(path)
    assert [row["class"] for row in rows] == [*CALLED, ""]
    assert [row["class_right"] for row in rows] == ["True", "True", "False", "True", "False"]
    assert [row["class_flag"] for row in rows] == ["", "", "", "unknown", ""]
    assert [row["probability"] for row in rows] == ["0.9"] * 4 + ["nan"]
    every = totals["classes"]["all"]
    assert (every["found"], every["classified"], every["known"], every["right"]) == (5, 4, 3, 2)
    assert totals["classes"]["without_injection"]["called"] == {"no_glitch": 1}
    assert totals["classes"]["class"]["no_glitch"]["f1"] is None
    assert json.loads((day.folder / "score.json").read_text()) == totals


def test_equal_days_give_equal_bytes(day: Day) -> None:
    predict(day)
    files = [day.folder / name for name in ("score.csv", "score.json")]
    written = []
    for _ in range(2):
        scoring.make(day.date, day.results, None, None)
        written.append([file.read_bytes() for file in files])
    assert written[0] == written[1]


def test_without_predictions_nothing_is_said_of_classes(day: Day) -> None:
    totals, path = scoring.make(day.date, day.results, None, None)
    assert "classes" not in totals
    before = path.read_bytes(), (day.folder / "score.json").read_bytes()
    assert b"class" not in before[0] + before[1]
    predictions = predict(day, "elsewhere")
    with_them, _ = scoring.make(day.date, day.results, None, None, predictions=predictions)
    assert {name: entry for name, entry in with_them.items() if name != "classes"} == totals
    table = path.read_text().splitlines()
    assert [row.rsplit(",", 4)[0] for row in table] == before[0].decode().splitlines()


def test_any_table_of_predictions(day: Day, tmp_path: Path) -> None:
    predictions = predict(day)
    given = (day.raw / "truth.csv", day.triggers, None, predictions)
    totals, path = scoring.make(None, tmp_path / "out", *given)
    assert path == tmp_path / "out" / "score.csv"
    assert totals["classes"]["all"]["right"] == 2


def test_the_screen_tells_it_in_80_columns(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    predict(day)
    scoring.show(scoring.make(day.date, day.results, None, None)[0])
    told = capsys.readouterr().err
    assert max(map(len, told.splitlines())) <= 80
    words = " ".join(told.split())
    assert "class, of 4 classified of 5 glitches found" in words
    assert "all: macro-F1 0.833 (" in words  # blip 1 of 2, called once: 2/3; koi_fish: 1
    assert " SNR 6-8: macro-F1 1.000" in words
    assert "trigger SNR 8+: macro-F1 0.833" in words
    assert "flagged unknown: 0 of 3 (0 %) of known families" in words
    assert (
        "families the model does not know: 1 of 1 (100 %) flagged unknown; 1 flagged or called none_of_these" in words
    )
    assert "triggers without an injection: 1, called no_glitch 1" in words


def test_where_nothing_was_classified_the_screen_says_so(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    path = predict(day)
    path.write_text(path.read_text().splitlines()[0] + "\n")
    totals, _ = scoring.make(day.date, day.results, None, None)
    assert class_words.lines(totals["classes"]) == []
    scoring.show(totals)
    assert "0 classified" in capsys.readouterr().err


def test_glitches_that_share_a_trigger_are_told() -> None:
    none: dict[str, Any] = {"of": 0}
    quiet = {"all": {"known": 0}, "snr": {}, "trigger_snr": {}, "flags": {"known": none, "outside": none}}
    said = class_words.lines({**quiet, "shared": 3, "without_injection": {"predictions": 0}})
    assert said == ["not judged, as they share a trigger with a louder glitch: 3"]
