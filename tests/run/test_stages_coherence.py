"""The coherence stage: what its jobs read and write, what redoes it, and days of which there is little to compare."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from culpa import gpstime
from culpa.acquire.frames import write_gwf
from culpa.decompose.welch import Windows
from culpa.explain.coherence.settings import CoherenceSettings
from culpa.run.assignment import Assignment, assignment
from culpa.run.blocks import REACH
from culpa.run.coherence.windows import from_arrays
from culpa.run.plan import Job
from culpa.run.registry import STAGES, plan_of
from culpa.run.stages import coherence, hveto, page, score
from culpa.run.verify import verify
from culpa.types import Segments, Series

from .coherence import recordings
from .coherence.recordings import APART, CELL, COUPLED, MAIN, SPAN, START, burst_times, columns, said
from .days import contents, due, make, small

Culpa = Callable[..., Any]
DAY = date(2011, 9, 14)
SEARCH = {"segment": 16.0, "psd_length": 64.0, "chunk": 64.0, "fmin": 20.0, "qmax": 30.0, "snr": 6.0}
CHANNELS = [COUPLED, APART]


def own(results: Path, source: Path, channels: list[str] = CHANNELS, **tables: dict[str, Any]) -> Assignment:
    """The day of the recording, which two cells of the time grid share."""
    results.mkdir(parents=True, exist_ok=True)
    data = {"source": [str(source)], "main": MAIN, "formats": ["hdf5"], "channels": channels}
    given: dict[str, Any] = {"data": data, "triggers": SEARCH, "hveto": {"shifts": 9}}
    given |= {"coherence": {"rotations": 999}}
    given |= {name: given.get(name, {}) | table for name, table in tables.items()}
    (results / "own.toml").write_text(tomli_w.dumps(given))
    return assignment(DAY, results, results / "own.toml")


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of 48 s."""
    values = {name: of for name, of in recordings.channels(3.0).items() if name in (MAIN, *CHANNELS)}
    return recordings.write_cut(tmp_path_factory.mktemp("frames"), values, range(48, SPAN, 48), "gwf")


@pytest.fixture(scope="module")
def made(frames: Path, tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """A day of own data, up to and including this stage."""
    of = own(tmp_path_factory.mktemp("own"), frames)
    make(of, until="coherence")
    return of


def jobs(of: Assignment) -> dict[str, Job]:
    return {job.name.removeprefix("coherence/"): job for job in coherence.jobs(of)}


def mocked(tmp_path: Path, **mock: Any) -> Assignment:
    return small(tmp_path, mock=mock)


# jobs


def test_the_recording_lies_in_this_day() -> None:
    assert gpstime.day_start(DAY) <= START < START + SPAN <= gpstime.day_start(DAY) + 86_400


def test_a_job_for_each_cell_and_three_for_the_whole(frames: Path, tmp_path: Path) -> None:
    of = own(tmp_path, frames)
    found = jobs(of)
    first, second = CELL - 4096, CELL
    assert list(found) == [
        f"sums/{first}", f"sums/{second}", f"windows/{first}", f"windows/{second}", "overall", "glitch", "findings",
    ]  # fmt: skip
    lists = [path for job in hveto.jobs(of) for path in job.inputs]
    assert lists
    summary, hidden = "hveto/summary.json", ".culpa/coherence"
    for name, reach in (("sums", 3.0), ("windows", REACH)):
        before = () if name == "sums" else (summary, *lists)
        for start in (first, second):
            job = found[f"{name}/{start}"]
            files = of.recording.paths(start - reach, start + 4096 + reach)
            assert job.inputs == (*before, *files)
            assert job.outputs == (f"{hidden}/{name}-{start}.npz",)
            assert job.settings == {"coherence": {**job.settings["coherence"], "rotations": 999}}
    assert len(found[f"sums/{first}"].inputs) < len(found[f"windows/{first}"].inputs) - len(lists) - 1
    assert len(found[f"sums/{first}"].inputs) + len(found[f"sums/{second}"].inputs) == 10 + 2  # beside the border
    sums, windows = ([f"{hidden}/{name}-{start}.npz" for start in (first, second)] for name in ("sums", "windows"))
    assert found["overall"].inputs == (*sums, summary)
    assert found["overall"].outputs == (f"{hidden}/overall.json", "coherence/overall.json")
    assert found["glitch"].inputs == (*windows, summary, *lists)
    assert found["glitch"].outputs == (f"{hidden}/glitch.json",)
    assert found["findings"].inputs == (f"{hidden}/overall.json", f"{hidden}/glitch.json", "coherence/overall.json")
    assert found["findings"].outputs == ("coherence/coherence.json",)


def test_the_veto_is_read_before_what_it_leaves_out(frames: Path, tmp_path: Path) -> None:
    for leave_out in (False, True):
        of = own(tmp_path, frames, coherence={"leave_out_vetoed": leave_out})
        reading = [name for name, job in jobs(of).items() if "hveto/summary.json" in job.inputs]
        assert any(name.startswith("sums/") for name in reading) == leave_out


def test_cells_without_data_have_no_job(tmp_path: Path) -> None:
    """A window is of the cell that it begins in; the data end with a cell."""
    for duration, cells in ((144, 1), (4096 * 2, 3)):
        of = mocked(tmp_path, duration=duration)
        spans = of.recording.stretches[of.recording.main]
        sums = [job for name, job in jobs(of).items() if name.startswith("sums/")]
        assert len(sums) == cells
        starts = [job.parameters["cell"][0] for job in sums]
        assert all(start % 4096 == 0 for start in starts)
        assert starts[0] <= spans.bounds[0][0] < starts[0] + 4096
        assert starts[-1] < spans.bounds[-1][1] <= starts[-1] + 4096


def test_cells_in_a_gap_have_no_job(tmp_path: Path) -> None:
    for offset in (0, 20_000):
        one = [Series(np.ones(64), float(START + offset), 1.0, name) for name in (MAIN, *CHANNELS)]
        write_gwf(tmp_path / f"K-K1_TEST-{START + offset}-64.gwf", one)
    found = jobs(own(tmp_path / "results", tmp_path))
    assert [name for name in found if name.startswith("sums/")] == [f"sums/{CELL - 4096}", f"sums/{CELL + 4 * 4096}"]


def test_what_lies_beyond_midnight_is_of_another_day(tmp_path: Path) -> None:
    """A search looks at it; windows and quiet times do not."""
    midnight = gpstime.day_start(DAY) + 86_400
    for start in (midnight - 128, midnight - 64, midnight, midnight + 64):
        one = [Series(np.ones(64), float(start), 1.0, name) for name in (MAIN, *CHANNELS)]
        write_gwf(tmp_path / f"K-K1_TEST-{start}-64.gwf", one)
    of = own(tmp_path / "results", tmp_path)
    assert of.recording.stretches[MAIN].bounds == ((midnight - 128, midnight + 128),)
    for job in jobs(of).values():
        if job.action in ("sums", "windows"):
            assert job.parameters["spans"] == [[midnight - 128, midnight]]
            assert job.parameters["cell"][0] < midnight


def test_nothing_to_compare_with_no_jobs(tmp_path: Path, frames: Path) -> None:
    assert jobs(mocked(tmp_path, auxiliary=0)) == {}
    alone = own(tmp_path / "own", frames, [MAIN])
    assert jobs(alone) == {}
    assert coherence.SAID not in [path for job in plan_of(alone) for path in job.inputs]


def test_without_a_veto_there_are_no_glitches(tmp_path: Path) -> None:
    """Too short to be searched: overall alone."""
    of = mocked(tmp_path, duration=2)
    assert list(hveto.jobs(of)) == []
    assert [name.partition("/")[0] for name in jobs(of)] == ["sums", "overall", "findings"]
    assert jobs(of)["findings"].inputs == (".culpa/coherence/overall.json", "coherence/overall.json")


def test_the_page_and_the_score_read_what_it_says(tmp_path: Path) -> None:
    of = mocked(tmp_path)
    (table,) = score.jobs(of)
    assert coherence.SAID in table.inputs
    assert coherence.SAID in plan_of(of)[page.JOB].inputs
    assert coherence.SAID == "coherence/coherence.json"
    alone = mocked(tmp_path, auxiliary=0)
    assert not [job.name for job in plan_of(alone) if coherence.SAID in job.inputs]


def test_until_this_stage(tmp_path: Path) -> None:
    of = mocked(tmp_path)
    stages = [stage for stage in plan_of(of, "coherence").stages if stage != "page"]
    assert stages == ["mock", "triggers", "hveto", "qscans", "coherence"]
    assert [*STAGES].index("coherence") == [*STAGES].index("qscans") + 1


# what redoes it


@pytest.mark.parametrize("changes", [{"window": 1.0}, {"fft": 4.0}, {"rotations": 99}, {"leave_out_vetoed": True}])
def test_its_settings_redo_it_and_what_shows_it(undisturbed: Assignment, changes: dict[str, Any]) -> None:
    changed = replace(undisturbed, coherence=replace(undisturbed.coherence, **changes))
    assert due(undisturbed) == {}
    again = due(changed)
    assert {name.partition("/")[0] for name in again} == {"coherence", "page", "score"}
    assert {name for name in again if name.startswith("coherence/")} == {job.name for job in coherence.jobs(changed)}


def test_others_settings_do_not(undisturbed: Assignment) -> None:
    changed = replace(undisturbed, qscan=replace(undisturbed.qscan, most=1))
    assert "coherence" not in {name.partition("/")[0] for name in due(changed)}


# results


def test_the_coupling_is_found(made: Assignment) -> None:
    folder = made.day.folder / "coherence"
    one = said(folder)["round-1"]
    assert (one["channel"], one["coherent_at_glitches"]) == (COUPLED, True)
    assert one["p_at_quiet_times"] > 0.01
    assert one["windows_at_glitches"] >= 25
    names = {path.name for path in folder.iterdir()}
    assert names >= {"both_round-1.png", "contributions.png", "overall.csv", "by_frequency.csv"}
    assert not any("C_APART" in name for name in names)
    assert make(made, until="coherence") == 0
    assert due(made).keys() == {job.name for job in plan_of(made) if job.stage == "classes"} | {page.JOB}
    assert verify(made.day.folder)[1] == []


def test_windows_are_shared_by_the_cells(made: Assignment) -> None:
    paths = [path for job in coherence.jobs(made) if job.action == "windows" for path in job.outputs]
    parts = [from_arrays(np.load(made.day.folder / path)) for path in paths]
    times = [part["round-1"].at_glitches.gps for part in parts]
    assert len(times) == 2
    assert times[0].max() < CELL <= times[1].min()
    carried = columns(made.day.folder / "coherence/glitch_round-1_triggers.csv")["gps"]
    np.testing.assert_array_equal(np.sort(carried), np.concatenate(times))
    near = np.abs(carried[:, None] - burst_times()).min(axis=1)
    assert np.median(near) < 0.02


def test_the_command_on_the_same_data_writes_the_same_numbers(
    culpa: Culpa, made: Assignment, frames: Path, tmp_path: Path
) -> None:
    done = culpa("coherence", "overall", "--source", frames, "--main", MAIN, "-o", tmp_path, "-q")
    assert done.code == 0
    here, there = contents(tmp_path), contents(made.day.folder / "coherence")
    assert {"overall.csv", "by_frequency.csv", "overall.json", "contributions.png", "overall_B_COUPLED.csv"} <= {*here}
    assert [name for name in here if name != "coherence.json" and here[name] != there[name]] == []


def test_segments_limit_it(made: Assignment, frames: Path, tmp_path: Path) -> None:
    """Glitches, quiet times and windows alike; and what the veto removes, where that is wanted."""
    live = [(START + 20.0, START + 150.0), (START + 160.0, START + 400.5)]
    (tmp_path / "live.txt").write_text("".join(f"{a} {b}\n" for a, b in live))
    segments = Segments.of(live)
    of = own(tmp_path, frames, data={"segments": str(tmp_path / "live.txt")})
    make(of, until="coherence")
    folder = of.day.folder / "coherence"
    ranked = json.loads((folder / "overall.json").read_text())
    assert ranked["windows"] == len(Windows(2.0, 1.0).starts(segments)) == 129 + 239
    for path in (of.day.folder / ".culpa/coherence").glob("windows-*"):
        found = from_arrays(np.load(path))["round-1"]
        assert segments.contains(found.at_glitches.gps).all()
        assert segments.contains(found.at_quiet_times.gps - 0.25).all()
        assert segments.contains(found.at_quiet_times.gps + 0.25 - 1e-6).all()
        assert len(found.at_quiet_times.gps) > 5
    without = own(tmp_path, frames, data={"segments": str(tmp_path / "live.txt")}, coherence={"leave_out_vetoed": True})
    again = {name.partition("/")[0] for name in due(without)}
    assert again == {"coherence", "classes", "page"}
    glitches = {name: of for name, of in contents(folder).items() if name.startswith("glitch_")}
    make(without, until="coherence")
    fewer = json.loads((folder / "overall.json").read_text())["windows"]
    assert 0 < fewer < ranked["windows"]
    assert {name: of for name, of in contents(folder).items() if name.startswith("glitch_")} == glitches
    assert verify(of.day.folder)[1] == []


def test_a_day_without_a_trigger(made: Assignment, frames: Path, tmp_path: Path) -> None:
    """Nothing to veto is a success; what there was before of rounds is gone."""
    quiet = own(tmp_path, frames, triggers={"snr": 1000.0})
    shutil.copytree(made.day.folder, quiet.day.folder)
    make(quiet, until="coherence")
    folder = quiet.day.folder / "coherence"
    assert [name for name in contents(folder) if "round" in name or "glitch" in name] == []
    found = json.loads((folder / "coherence.json").read_text())
    assert found["overall"]["channels"] == 2
    assert [one["label"] for one in found["findings"]] == ["B_COUPLED"]  # overall
    assert make(quiet, until="coherence") == 0
    assert verify(quiet.day.folder)[1] == []


def test_windows_that_are_longer_than_what_a_cell_has(made: Assignment, frames: Path, tmp_path: Path) -> None:
    """They begin in one and end in another; where none fits nothing is said, and what was there is gone."""
    of = own(tmp_path, frames, coherence={"fft": 300.0})
    shutil.copytree(made.day.folder, of.day.folder)
    make(of, until="coherence")
    assert json.loads((of.day.folder / "coherence/overall.json").read_text())["windows"] == 2
    of = own(tmp_path, frames, coherence={"fft": 500.0})
    make(of, until="coherence")
    assert not [name for name in contents(of.day.folder / "coherence") if name.startswith(("overall", "both"))]
    one = said(of.day.folder / "coherence")["round-1"]
    assert (one["coherent_overall"], one["coherent_at_glitches"]) == (None, True)
    assert verify(of.day.folder)[1] == []


def test_what_somebody_left_in_the_folder_is_no_finding(made: Assignment, frames: Path, tmp_path: Path) -> None:
    of = own(tmp_path, frames, coherence={"fmax": 100.0})
    shutil.copytree(made.day.folder, of.day.folder)
    folder = of.day.folder / "coherence"
    for kind in ("overall", "glitch"):
        for ending in (".json", ".csv"):
            shutil.copy(folder / f"{kind}_round-1{ending}", folder / f"{kind}_round-2{ending}")
    make(of, until="coherence")
    assert [label for label in said(folder) if label.startswith("round")] == ["round-1"]
    assert not (folder / "both_round-2.png").exists()
    assert all(one.is_harmless for one in verify(of.day.folder)[1])


def test_a_winner_that_is_too_slow_does_not_cost_the_day(tmp_path: Path) -> None:
    """Of frequencies that no window has at its rate nothing is known."""
    values = recordings.channels(3.0)
    slow = {MAIN: values[recordings.FAST], COUPLED: values[COUPLED], APART: values[APART]}
    recordings.write_cut(tmp_path / "frames", slow, range(48, SPAN, 48), "gwf")
    of = own(tmp_path / "results", tmp_path / "frames", coherence={"fmin": 123.0, "fmax": 240.0})
    make(of, until="coherence")
    one = said(of.day.folder / "coherence")["round-1"]
    assert (one["channel"], one["coherent_at_glitches"], one["p_at_glitches"]) == (COUPLED, None, None)
    assert "at glitch times it is not known" in one["sentence"]


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="rotations"):
        CoherenceSettings(rotations=1)
