"""`culpa detect` from a file to files: the planted anomalies, the sensors to blame, and the same from any format."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.acquire.tables import writing
from culpa.detect.rows.settings import DetectSettings
from culpa.errors import CulpaError, NoDataError, UsageError
from culpa.run.sensors import detection, told
from culpa.run.sensors.opened import Asked

from .conftest import BURST, GOOD, SHIFT, SPIKE, columns

KNOWN = f"row < {GOOD}"


def found(path: Path, output: Path, reference: str | None = KNOWN, **changes: Any) -> dict[str, Any]:
    return detection.make(Asked(path, reference=reference), DetectSettings(**changes), output)


@pytest.fixture(scope="module")
def summary(table: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return found(table, tmp_path_factory.mktemp("detect"), false_alarms="1/3000 rows")


def covering(summary: dict[str, Any], row: int) -> list[dict[str, Any]]:
    return [event for event in summary["events"] if event["first_row"] <= row <= event["last_row"]]


def test_each_planted_anomaly_is_an_event_of_about_its_rows(summary: dict[str, Any]) -> None:
    (shift,) = covering(summary, SHIFT[20])
    assert abs(shift["first_row"] - SHIFT[0]) <= 6
    assert abs(shift["last_row"] - SHIFT[-1]) <= 6
    assert sum(bool(covering(summary, row)) for row in BURST) >= len(BURST) / 2
    (spike,) = covering(summary, SPIKE)
    assert spike["first_row"] == spike["last_row"] == SPIKE
    assert spike["kind"] == "point"


def test_events_name_the_sensor_they_were_made_of(summary: dict[str, Any]) -> None:
    burst = next(row for row in BURST if covering(summary, row))
    for row, sensor in ((SHIFT[20], "flow"), (SPIKE, "voltage"), (burst, "current")):
        (event,) = covering(summary, row)
        first = event["contributions"][0]
        assert first["feature"] == sensor
        assert first["share"] > 0.7


def test_hardly_anything_else_is_an_event(summary: dict[str, Any]) -> None:
    planted = {id(event) for row in (*SHIFT, SPIKE, *BURST) for event in covering(summary, row)}
    assert sum(id(event) not in planted for event in summary["events"]) <= 3


def test_rows_are_compared_within_the_tool(table: Path, tmp_path: Path) -> None:
    """Without groups the level of tool B hides in the scale: a deviation within a tool counts less."""
    grouped = found(table, tmp_path / "a")
    plain = detection.make(Asked(table, groups=(), reference=KNOWN), DetectSettings(), tmp_path / "b")
    assert grouped["columns"]["groups"] == ["tool"]
    assert plain["columns"]["groups"] == []
    assert any("tool" in line for line in grouped["explanation"])
    assert not any("tool" in line for line in plain["explanation"])
    assert grouped["events"][0]["group"] in ("A", "B")


def test_the_result_is_the_same_from_csv_and_parquet(table: Path, tmp_path: Path, summary: dict[str, Any]) -> None:
    path = tmp_path / "process.parquet"
    writing.write(path, [columns()])
    other = found(path, tmp_path / "out", false_alarms="1/3000 rows")
    assert other["events"] == summary["events"]
    assert other["threshold"] == summary["threshold"]


def test_files_hold_what_was_found(table: Path, tmp_path: Path) -> None:
    summary = found(table, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "detect.json",
        "events.csv",
        "groups.csv",
        "index.html",
        "scores.csv",
        "scores.png",
    ]
    assert json.loads((tmp_path / "detect.json").read_text()) == summary
    lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert len(lines) == 1 + summary["rows"]
    assert lines[0] == '"time","tool","score","above"'
    assert sum(line.endswith(",true") for line in lines) == summary["above"]
    assert len((tmp_path / "events.csv").read_text().splitlines()) == 1 + len(summary["events"])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{name}"' in page for name in ("detect.json", "events.csv", "scores.csv", "scores.png"))
    assert 'href="units.csv"' not in page


def test_units_of_an_earlier_search_do_not_stay(table: Path, wafers: Path, tmp_path: Path) -> None:
    detection.make(Asked(wafers, unit=("wafer",)), DetectSettings(), tmp_path)
    assert (tmp_path / "units.csv").exists()
    assert (tmp_path / "traces.csv").exists()
    found(table, tmp_path)
    assert not (tmp_path / "units.csv").exists()
    assert not (tmp_path / "traces.csv").exists()


def test_odd_wafers_and_their_sensor_are_found(wafers: Path, tmp_path: Path) -> None:
    summary = detection.make(Asked(wafers, unit=("wafer",)), DetectSettings(), tmp_path)
    order = sorted(summary["units"], key=lambda unit: -unit["score"])
    odd = [unit for unit in order if unit["anomalous"]]
    faulty = {f"W{wafer:02d}" for wafer in range(7, 60, 12)}
    assert {unit["unit"] for unit in order[: len(faulty)]} == faulty
    assert len(faulty) - 2 <= len(odd) <= len(faulty) + 2
    for unit in odd:
        if unit["unit"] in faulty:
            assert unit["contributions"][0]["feature"] == "flow"
            assert unit["statistics"][0]["step"] == "2"


def test_units_can_be_judged_against_good_ones(wafers: Path, tmp_path: Path) -> None:
    asked = Asked(wafers, unit=("wafer",), reference='fault == ""')
    summary = detection.make(asked, DetectSettings(), tmp_path)
    assert sum(unit["reference"] for unit in summary["units"]) == 55
    scores = {unit["unit"]: unit["score"] for unit in summary["units"]}
    faulty = [scores.pop(f"W{wafer:02d}") for wafer in range(7, 60, 12)]
    assert min(faulty) > max(scores.values())


def test_a_share_of_rows_can_be_flagged(table: Path, tmp_path: Path) -> None:
    summary = found(table, tmp_path, contamination=0.02)
    assert summary["above"] == pytest.approx(0.02 * summary["known"], abs=1)
    assert summary["threshold"]["rate"] is None


def test_more_false_alarms_make_a_lower_limit(table: Path, tmp_path: Path) -> None:
    limits = [found(table, tmp_path, false_alarms=rate)["threshold"]["value"] for rate in ("1/week", "1/day", "1/hour")]
    assert limits == sorted(limits, reverse=True)
    assert len(set(limits)) == 3


def test_a_rate_in_time_needs_times(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    writing.write(path, [{"a": np.random.default_rng(0).normal(size=100)}])
    with pytest.raises(UsageError, match="1 per day needs times"):
        found(path, tmp_path / "out", None, false_alarms="1/day")


def test_a_reference_without_rows_is_no_data(table: Path, tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match=r"no row of .* is in the reference 'row < 0'"):
        found(table, tmp_path, "row < 0")


def test_an_unknown_detector_names_the_nearest(table: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown detector 'florest'") as problem:
        found(table, tmp_path, detector="florest")
    assert "forest" in problem.value.hint


def test_a_table_larger_than_memory_allows_is_read_again(
    table: Path, tmp_path: Path, summary: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from culpa.run.sensors import opened

    monkeypatch.setattr(opened, "_IN_MEMORY", 10)
    assert found(table, tmp_path, false_alarms="1/3000 rows")["events"] == summary["events"]


def test_groups_with_more_events_are_told(tmp_path: Path) -> None:
    """Spikes in tool B alone: its rate differs, that of A with it, as there are two."""
    block = columns(4000)
    spikes = np.flatnonzero(block["tool"] == "B")[10::160]
    block["voltage"][spikes] += 12
    path = tmp_path / "b.csv"
    writing.write(path, [block])
    summary = found(path, tmp_path / "out", None)
    groups = {group["name"]: group for group in summary["groups"]}
    assert groups["B"]["events"] > 3 * max(groups["A"]["events"], 1)
    assert groups["B"]["p_rate"] < 0.01
    assert "tool B" in told.tell(summary)


def test_every_detector_finds_the_burst_or_is_a_control(table: Path, tmp_path: Path) -> None:
    for name in ("pca", "robust-z", "rolling-variance", "pca+forest"):
        summary = found(table, tmp_path / name, detector=name, false_alarms="1/500 rows")
        assert any(covering(summary, row) for row in BURST), name


def test_a_machine_that_is_off_is_not_looked_at(tmp_path: Path) -> None:
    """Off, all sensors are at 0, which is nothing like the rest: neither learnt from nor found."""
    block = columns(2000)
    off = np.arange(2000) % 200 < 60
    for name in ("temperature", "pressure", "flow", "voltage", "current"):
        block[name][off] = 0
    path = tmp_path / "shifts.csv"
    writing.write(path, [block])
    asked = Asked(path, reference="row < 1000", running="pressure > 1")
    summary = detection.make(asked, DetectSettings(), tmp_path / "out")
    assert summary["known"] == (~off).sum()
    assert summary["columns"]["running"] == "pressure > 1"
    assert len(summary["events"]) <= 2


def test_the_traces_of_units_are_written(wafers: Path, tmp_path: Path) -> None:
    detection.make(Asked(wafers, unit=("wafer",)), DetectSettings(), tmp_path)
    lines = (tmp_path / "traces.csv").read_text().splitlines()
    assert len(lines) == 61
    assert '"mean of flow in step 2"' in lines[0]


def test_what_deserves_to_be_said_of_a_table_is_said(tmp_path: Path) -> None:
    block = columns(200)
    block["time"][[10, 11]] = block["time"][[11, 10]]
    path = tmp_path / "back.csv"
    writing.write(path, [block])
    summary = detection.make(Asked(path), DetectSettings(), tmp_path / "out")
    assert "note: " in told.tell(summary)


def test_a_limit_taken_from_the_scores_gives_the_same_scores_and_events(table: Path, tmp_path: Path) -> None:
    """Then scores are read again from where they were kept, not computed twice."""
    limited = found(table, tmp_path / "a", false_alarms="1/3000 rows")
    share = float(np.mean(np.array(scores_of(tmp_path / "a")) > limited["threshold"]["value"]))
    shared = found(table, tmp_path / "b", contamination=share)
    assert scores_of(tmp_path / "b") == scores_of(tmp_path / "a")
    assert shared["above"] == limited["above"]
    assert [event["first_row"] for event in shared["events"]] == [event["first_row"] for event in limited["events"]]


def scores_of(folder: Path) -> list[float]:
    lines = (folder / "scores.csv").read_text().splitlines()
    return [float(line.split(",")[-2]) for line in lines[1:]]


def test_a_file_that_grows_meanwhile_is_refused(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from culpa.run.sensors import learning, opened

    monkeypatch.setattr(opened, "_IN_MEMORY", 10)
    path = tmp_path / "growing.csv"
    path.write_bytes(table.read_bytes())
    learn = learning.learn

    def meanwhile(*arguments: Any) -> Any:
        with path.open("a") as file:
            file.write(table.read_text().splitlines()[-1] + "\n")
        return learn(*arguments)

    monkeypatch.setattr(learning, "learn", meanwhile)
    with pytest.raises(CulpaError, match="has changed while it was looked at"):
        found(path, tmp_path / "out")
    assert not (tmp_path / "out" / "scores.csv").exists()


def test_the_page_knows_the_times_of_all_rows(table: Path) -> None:
    found = detection.detect(Asked(table, reference=KNOWN), DetectSettings(), lambda parts: list(parts))
    assert found.starts is not None
    times = columns()["time"][found.overview.edges[:-1]]
    assert found.starts.tolist() == [f"{time}.000Z" for time in times]


def test_a_table_without_times_has_a_page_too(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    writing.write(path, [{"a": np.random.default_rng(0).normal(size=300)}])
    assert detection.detect(Asked(path), DetectSettings(), lambda parts: list(parts)).starts is None
    detection.make(Asked(path), DetectSettings(), tmp_path / "out")
    assert (tmp_path / "out" / "index.html").exists()


def test_sensors_of_which_the_reference_says_little_are_named(tmp_path: Path) -> None:
    block = columns(600)
    block["flow"][:400] = np.nan
    block["voltage"] = np.where(np.arange(600) == 500, 1.0, 0.0)
    path = tmp_path / "late.csv"
    writing.write(path, [block])
    summary = found(path, tmp_path / "out", "row < 300")
    assert "nothing is expected of what the reference has no reading of: flow" in summary["explanation"]
    assert "hardly ever moving in the reference: voltage" in summary["explanation"]


def test_a_search_that_is_cut_off_leaves_no_page_of_an_earlier_one(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(table, tmp_path)
    with pytest.raises(NoDataError):
        found(table, tmp_path, "row < 0")  # before anything is written
    assert (tmp_path / "index.html").exists()

    def full(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(detection.plots, "scores", full)
    with pytest.raises(OSError, match="disk full"):
        found(table, tmp_path, false_alarms="1/50 rows")
    assert not (tmp_path / "index.html").exists()
    assert not (tmp_path / "detect.json").exists()
