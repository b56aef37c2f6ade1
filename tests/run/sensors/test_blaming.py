"""`culpa blame`: the sensors that explain a target, by the veto that detectors use."""

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
