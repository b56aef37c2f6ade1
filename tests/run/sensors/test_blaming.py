"""`culpa blame`: the sensors that explain a target, by the veto that detectors use."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.acquire.tables import writing
from culpa.errors import NoTriggersError, UsageError
from culpa.run.sensors import blaming, told
from culpa.run.sensors.opened import Asked


@pytest.fixture(scope="module")
def culprits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty marked rows with a spike of the valve, fifteen with one of the pump, and spikes of the fan anywhere."""
    generator = np.random.default_rng(11)
    rows = 6000
    values = {name: generator.normal(size=rows) for name in ("valve", "pump", "fan")}
    marked = generator.choice(np.arange(50, rows - 50, 40), size=45, replace=False)
    values["valve"][marked[:30]] += 9
    values["pump"][marked[30:]] -= 9
    values["fan"][generator.choice(rows, size=60, replace=False)] += 9
    fault = np.zeros(rows, dtype=int)
    fault[marked] = 1
    time = np.datetime64("2026-01-01T00:00:00") + np.arange(rows) * np.timedelta64(1, "s")
    path = tmp_path_factory.mktemp("blame") / "plant.csv"
    writing.write(path, [{"time": np.array([str(one) for one in time], dtype=object), **values, "fault": fault}])
    return path


def blamed(path: Path, target: str, output: Path, **changes: Any) -> dict[str, Any]:
    asked = Asked(path, **changes)
    return blaming.make(asked, target, minimum=5.0, shifts=50, seed=0, output=output)


def test_the_culprits_win_their_rounds_and_the_innocent_does_not(culprits: Path, tmp_path: Path) -> None:
    found = blamed(culprits, "fault", tmp_path)
    first, second = found["rounds"]
    assert [first["winner"], second["winner"]] == ["valve", "pump"]
    assert first["efficiency"] == pytest.approx(30 / 45, abs=0.05)
    assert second["efficiency"] > 0.8
    assert first["use_percentage"] > 90
    assert first["false_alarm_probability"] == pytest.approx(1 / 51)
    assert (tmp_path / "index.html").exists()
    words = told.tell_blamed(found).splitlines()
    assert words[0] == "plant.csv: 45 events of fault"
    assert words[1].startswith("  1. valve: significance")


def test_a_sensor_can_be_the_target(culprits: Path, tmp_path: Path) -> None:
    """Nothing explains the fan, whose spikes come by themselves; and it does not explain itself."""
    found = blamed(culprits, "fan", tmp_path)
    assert found["events"] >= 60
    assert found["rounds"] == []
    assert "no sensor explains them" in told.tell_blamed(found)


def test_without_times_rows_are_the_clock(culprits: Path, tmp_path: Path) -> None:
    found = blamed(culprits, "fault", tmp_path, time="")
    assert [one["winner"] for one in found["rounds"]] == ["valve", "pump"]


def test_a_target_that_is_not_there_names_the_nearest(culprits: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'faults'") as problem:
        blamed(culprits, "faults", tmp_path)
    assert "fault" in problem.value.hint


def test_a_time_is_no_target(culprits: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a target"):
        blamed(culprits, "time", tmp_path)


def test_a_target_without_events_is_told(tmp_path: Path) -> None:
    path = tmp_path / "quiet.csv"
    values = np.random.default_rng(0).normal(size=(200, 2))
    writing.write(path, [{"a": values[:, 0], "b": values[:, 1], "fault": np.zeros(200, dtype=int)}])
    with pytest.raises(NoTriggersError, match="'fault' has no event"):
        blamed(path, "fault", tmp_path / "out")


def told_by(page: Path) -> str:
    """What a page says without its scripts and styles."""
    text = page.read_text(encoding="utf-8")
    return re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)


@pytest.mark.parametrize("target", ["fault", "fan"])
def test_the_page_speaks_of_sensors(culprits: Path, tmp_path: Path, target: str) -> None:
    blamed(culprits, target, tmp_path)
    said = told_by(tmp_path / "index.html").replace("channels.csv", "")
    assert not re.search(r"SNR|GPS|glitch|[Cc]hannel", said)
    assert "From, to (UTC)" in said
    assert "2025-12-31 23:59:59 to 2026-01-01 01:39:59" in said
    assert "Efficiency and deadtime of every sensor" in said
    assert "deviation ≥" in said


def test_the_page_of_a_table_without_times_counts_rows(culprits: Path, tmp_path: Path) -> None:
    blamed(culprits, "fault", tmp_path, time="")
    said = told_by(tmp_path / "index.html")
    assert "6,000 rows in 1 segment" in said
    assert "UTC" not in said
    assert "Window (rows)" in said


def test_all_marks_are_the_same_so_none_is_the_largest(culprits: Path, tmp_path: Path) -> None:
    blamed(culprits, "fault", tmp_path)
    assert "largest removed" not in told_by(tmp_path / "index.html")
    assert "largest of them" not in told_by(tmp_path / "index.html")


def test_a_sensor_of_two_values_is_a_label(tmp_path: Path) -> None:
    """Its name says nothing, and 1 after 0 is no deviation of so many usual ones."""
    generator = np.random.default_rng(3)
    flag, valve = np.zeros(4000), generator.normal(size=4000)
    marked = generator.choice(np.arange(50, 3950, 40), size=30, replace=False)
    flag[marked], valve[marked] = 1, 9
    flag[7] = np.nan
    path = tmp_path / "flag.csv"
    writing.write(path, [{"level": flag, "valve": valve, "pump": generator.normal(size=4000)}])
    found = blamed(path, "level", tmp_path / "out", features=("level", "valve", "pump"))
    assert found["events"] == 30
    assert [one["winner"] for one in found["rounds"]] == ["valve"]
