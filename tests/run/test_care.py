"""Nothing is lost, taken on trust or written behind a back: files that come and go, folders of others, two at once."""

import errno
import json
import logging
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import h5py
import pytest

from culpa.acquire.frames import write_ffl
from culpa.acquire.sources import Source
from culpa.errors import CulpaError, NoDataError, UsageError
from culpa.run import pipeline, whole
from culpa.run.assignment import Assignment
from culpa.run.lock import locked
from culpa.run.perform import Done, perform
from culpa.run.plan import Job
from culpa.run.records import Records, write_receipt
from culpa.run.registry import plan_of
from culpa.run.verify import verify

from .days import DATE, closure, contents, different, due, make, small, write_settings
from .days import MAIN as MOCK_MAIN
from .test_own_data import LENGTH, MAIN, MIDNIGHT, RATE, WITNESS, own, samples, write_frames

Culpa = Callable[..., Any]
SPAN = 64
MOCK_WITNESS = "K1:IMC-CAV_REFL_IR_I_OUT_DQ"
LISTS = ["raw/raw.ffl", "raw/raw.lcf"]


@pytest.fixture
def mine(tmp_path: Path) -> Assignment:
    """A day of somebody's own frames, listed in an FFL; not carried out."""
    start = MIDNIGHT - SPAN
    frames = write_frames(tmp_path / "frames", start, MIDNIGHT, [start + 30.5], MAIN, WITNESS)
    write_ffl(tmp_path / "own.ffl", frames)
    return own(tmp_path, source=[str(tmp_path / "own.ffl")])


def frame(of: Assignment, number: int) -> Path:
    return Path(of.recording.files[number].path)


def test_an_input_that_goes_while_a_job_reads_fails_it(mine: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Source.read
    path = frame(mine, 1)

    def goes(source: Source, channel: str, start: float, end: float) -> Any:
        if channel == WITNESS and path.exists():
            path.rename(path.with_suffix(".away"))
        return read(source, channel, start, end)

    monkeypatch.setattr(Source, "read", goes)
    with pytest.raises(CulpaError, match="changed, came or went while triggers/search/K1:PEM-MIC"):
        make(mine)
    monkeypatch.undo()
    path.with_suffix(".away").rename(path)
    make(mine)
    assert verify(mine.day.folder)[1] == []
    searched = Records.load(mine.day.folder).jobs[f"triggers/write/{WITNESS}"].result
    assert searched["livetime"] == Records.load(mine.day.folder).jobs[f"triggers/write/{MAIN}"].result["livetime"]


def test_an_input_that_cannot_be_read_for_a_while_fails_the_job(
    mine: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file itself never changes, as when a storage does not answer."""
    read, gaps = Source.read, ["cannot read it now"]

    def hiccups(source: Source, channel: str, start: float, end: float) -> Any:
        source.told.update(gaps[:1])
        gaps.clear()
        return read(source, channel, start, end)

    monkeypatch.setattr(Source, "read", hiccups)
    with pytest.raises(CulpaError, match="cannot read it now; at another time not"):
        make(mine)


def test_a_damaged_frame_is_a_gap_that_is_told_each_time(mine: Assignment, caplog: pytest.LogCaptureFixture) -> None:
    frame(mine, 2).write_bytes(b"IGWD")
    for _ in range(2):
        caplog.clear()
        make(mine)
        assert any("K-K1_OWN-" in text and "all channels" in text for text in caplog.messages)
    result = Records.load(mine.day.folder).jobs[f"triggers/write/{MAIN}"].result
    assert 0 < result["livetime"] < SPAN - LENGTH


def test_what_is_no_file_is_a_gap(mine: Assignment) -> None:
    """Like a file that may not be read: it is there, but has no contents to go by."""
    frame(mine, 2).unlink()
    frame(mine, 2).mkdir()
    make(mine)
    result = Records.load(mine.day.folder).jobs[f"triggers/write/{MAIN}"].result
    assert 0 < result["livetime"] < SPAN - LENGTH
    assert due(mine) == {}


def test_nothing_that_can_be_read_is_no_data(mine: Assignment) -> None:
    for number in range(len(mine.recording.files)):
        frame(mine, number).write_bytes(b"IGWD")
    with pytest.raises(NoDataError):
        make(mine)


def test_a_list_that_has_lost_files_loses_no_results(mine: Assignment, tmp_path: Path) -> None:
    make(mine)
    before = contents(mine.day.folder)
    lines = (tmp_path / "own.ffl").read_text().splitlines(keepends=True)
    (tmp_path / "own.ffl").write_text("".join(lines[2:]))
    again = own(tmp_path, source=[str(tmp_path / "own.ffl")])
    with pytest.raises(NoDataError, match=r"source no more: .* and 1 further file"):
        make(again)
    assert contents(mine.day.folder) == before


def test_a_listed_file_that_is_gone_loses_no_results(mine: Assignment) -> None:
    make(mine)
    before = contents(mine.day.folder)
    frame(mine, 1).rename(frame(mine, 1).with_suffix(".away"))
    for ask in (make, due, lambda of: pipeline.why(of, "*")):
        with pytest.raises(NoDataError, match=r"were made from cannot be read now: .*-16\.gwf"):
            ask(mine)
    assert contents(mine.day.folder) == before


def test_own_data_cannot_take_the_place_of_a_mock_day(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="label: mock is that of simulated days"):
        own(tmp_path, source=["x.ffl"], label="mock")


def test_own_settings_mean_the_same_from_any_folder(
    mine: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    of = own(tmp_path, source=["own.ffl"])
    assert of.data.source == (str(tmp_path / "own.ffl"),)
    assert plan_of(of).jobs == plan_of(mine).jobs


def test_frames_of_others_stay(day: Assignment) -> None:
    foreign = day.day.raw / "H-MINE-1-1.gwf"
    foreign.write_text("mine")
    (day.day.raw / "raw.ffl").unlink()
    make(day)
    assert foreign.read_text() == "mine"


def test_what_will_be_removed_is_said_before_and_after(
    day: Assignment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fewer = small(tmp_path, mock={"auxiliary": 1})
    told = pipeline.preview(fewer)["removed"]
    there = set(contents(day.day.folder))
    make(fewer)
    assert told
    gone = there - set(contents(day.day.folder))
    # a job that stays may find less to draw: that is not known before
    assert {path for path in told if not path.startswith(".culpa")} == {p for p in gone if not p.startswith("qscans/")}
    assert any(text.startswith("removed, as it is not part of the day any more: omicron/") for text in caplog.messages)


def test_a_stage_leaves_the_settings_of_the_others(culpa: Culpa, day: Assignment, tmp_path: Path) -> None:
    """`culpa mock` is given a file that says nothing of the search."""
    before = contents(day.day.folder)
    only = tmp_path / "mock.toml"
    only.write_text(write_settings(tmp_path / "x.toml").read_text().partition("[triggers]")[0])
    assert culpa("mock", DATE, "-f", only, "-o", tmp_path, "-q").code == 0
    assert different(contents(day.day.folder), before) == []
    assert due(day) == {}


@pytest.mark.parametrize(
    "command",
    [("score",), ("triggers", "--channel", "K1:CAL*"), ("hveto", "--primary-channel", "K1:IMC-CAV_REFL_IR_I_OUT_DQ")],
)
def test_commands_by_hand_wait_for_nobody(culpa: Culpa, day: Assignment, tmp_path: Path, command: tuple[str]) -> None:
    before = contents(day.day.folder)
    with locked(day.day.folder):
        done = culpa(*command, DATE, "-o", tmp_path)
    assert done.code == 1
    assert f"another run is at work in {day.day.folder}: process {os.getpid()} on " in done.err
    assert contents(day.day.folder) == before


def test_stages_without_anything_to_do_say_so(culpa: Culpa, tmp_path: Path) -> None:
    alone = small(tmp_path / "alone", mock={"auxiliary": 0})
    make(alone)
    done = culpa("hveto", DATE, "-o", tmp_path / "alone")
    assert (done.code, "no auxiliary channel" in done.err) == (3, True)
    short = ("-f", tmp_path / "alone" / "settings.toml", "-o", tmp_path / "short")
    assert culpa("mock", DATE, *short, "--duration", 3).code == 0
    done = culpa("triggers", DATE, *short)
    assert (done.code, "no stretch of at least 4 s" in done.err) == (3, True)


def test_a_neighbour_that_cannot_be_written_is_left_alone(day: Assignment, tmp_path: Path) -> None:
    other = day.day.neighbour(1).folder
    other.mkdir()
    (other / "index.html").write_text("a page")
    (other / ".culpa").write_text("in the way")
    assert make(day) == 1  # the page, which has a neighbour now
    assert due(day) == {}


def test_a_link_is_brief_work(day: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    def spied(job: Job, folder: Path, *more: Any) -> Done:
        said.append(json.loads((folder / ".culpa/lock").read_text()))
        return perform(job, folder, *more)

    said: list[dict[str, Any]] = []
    other = day.day.neighbour(1)
    other.folder.mkdir()
    (other.folder / "index.html").touch()
    monkeypatch.setattr(pipeline, "perform", spied)
    pipeline.link(day.day)
    assert [one["brief"] for one in said] == [True]


def test_up_to_a_stage_there_is_a_page_of_what_is_done(day: Assignment, tmp_path: Path) -> None:
    new = small(tmp_path / "new")
    make(new, until="mock")
    assert (new.day.folder / "index.html").exists()
    before = contents(day.day.folder)
    assert make(day, until="triggers") == 0
    assert different(contents(day.day.folder), before) == []
    (day.day.raw / "mock.toml").unlink()
    assert make(day, until="mock") == 1
    assert different(contents(day.day.folder), before) == []


def test_a_finished_day_needs_no_lock(day: Assignment) -> None:
    with locked(day.day.folder):
        assert make(day) == 0


def test_formats_of_the_file_are_those_of_the_command(culpa: Culpa, tmp_path: Path) -> None:
    of = small(tmp_path, data={"formats": ["hdf5"]})
    make(of)
    given = (DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path, "-q")
    assert culpa("triggers", *given).code == 0
    assert due(of) == {}
    assert culpa("triggers", *given, "--format", "hdf5,root").code == 0
    plan = plan_of(of)
    changed = [job.name for job in plan if job.name.startswith(("triggers/write/", "page/settings"))]
    assert set(due(of)) == closure(plan, changed)


@pytest.mark.parametrize("stage", ["triggers", "hveto"])
def test_stages_of_own_data_are_those_of_a_run(culpa: Culpa, mine: Assignment, tmp_path: Path, stage: str) -> None:
    done = culpa(stage, mine.day.date, "-f", tmp_path / "own.toml", "-o", tmp_path)
    assert done.code == 2
    assert done.err.rstrip().endswith(f"--until {stage}")


def test_receipts_that_came_since_are_kept(day: Assignment) -> None:
    records = Records.load(day.day.folder)
    name, record = next(iter(records.jobs.items()))
    write_receipt(day.day.folder, "late/one", record, {})
    records.settle()
    assert "late/one" in Records.load(day.day.folder).jobs
    assert name in Records.load(day.day.folder).jobs


def test_one_process_says_a_thing_once_too(mine: Assignment, caplog: pytest.LogCaptureFixture) -> None:
    frame(mine, 0).unlink()
    caplog.set_level(logging.WARNING)
    make(mine)
    assert sum("is not there; its span is treated as a gap" in text for text in caplog.messages) == 1


def test_a_job_that_is_gone_is_forgotten_though_another_has_its_files(day: Assignment) -> None:
    records = Records.load(day.day.folder)
    records.jobs["score/old"] = records.jobs["score/table"]
    records.settle()
    (day.day.folder / "score.csv").unlink()
    make(day)
    assert verify(day.day.folder)[1] == []
    assert "score/old" not in Records.load(day.day.folder).jobs


def test_fewer_files_than_the_time_before_are_what_followers_see(day: Assignment, tmp_path: Path) -> None:
    """A veto without a channel to blame writes nothing, and removes what it wrote before."""
    without = small(tmp_path, hveto={"unsafe": ["*"]})
    make(without)
    assert not (day.day.hveto / "summary.json").exists()
    assert due(without) == {}
    new = small(tmp_path / "new", hveto={"unsafe": ["*"]})
    make(new)
    assert different(contents(without.day.folder), contents(new.day.folder)) == ["manifest.json", *LISTS]


@pytest.mark.parametrize("channel", [MOCK_MAIN, MOCK_WITNESS])
def test_a_disk_that_fails_once_is_no_result(
    day: Assignment, undisturbed: Assignment, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    (lists,) = [job.outputs for job in plan_of(day) if job.name == f"triggers/write/{channel}"]
    (day.day.hveto / "summary.json").unlink()
    read = Path.read_bytes
    broken = [day.day.folder / path for path in lists if path.endswith(".h5")]

    def fails(path: Path) -> bytes:
        if path in broken:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return read(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fails)
        with pytest.raises(CulpaError, match=r"hveto/rounds: cannot read the trigger file .*Input/output error"):
            make(day)
    make(day)
    assert different(contents(day.day.folder), contents(undisturbed.day.folder)) == ["manifest.json", *LISTS]


def test_what_others_left_stays_and_what_is_replaced_is_told(
    day: Assignment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draft = day.day.folder / ".draft.tmp"
    folder = next(day.day.triggers.glob(f"K1/{MOCK_WITNESS[3:].replace('-', '_')}_OMICRON/*"))
    foreign = folder / f"{folder.parent.name.join(['K1-', '-1451260850-10'])}.h5"
    for path in (draft, foreign):
        path.write_text("mine")
    make(small(tmp_path, triggers={"snr": 7.0}))
    assert draft.read_text() == "mine"
    assert not foreign.exists()
    assert f"removed, as its times were searched again: {foreign}" in caplog.messages


def test_what_is_previewed_up_to_a_stage_is_what_is_done(day: Assignment, tmp_path: Path) -> None:
    assert pipeline.preview(day, "triggers")["due"] == {}
    assert pipeline.why(day, "page/*", "triggers") == {"page/settings": [], "page/day": []}
    louder = small(tmp_path, triggers={"snr": 7.0})
    told = pipeline.preview(louder, "triggers")["due"]
    assert "page/day" in told
    make(louder, until="triggers")
    assert pipeline.preview(louder, "triggers")["due"] == {}


def test_a_failure_on_the_way_to_a_stage_is_on_the_page(day: Assignment, tmp_path: Path) -> None:
    louder = small(tmp_path, triggers={"snr": 7.0})
    (path,) = day.day.triggers.glob("K1/*CAL_CS*")
    shutil.rmtree(path)
    path.write_text("in the way")
    with pytest.raises(CulpaError, match="triggers/write"):
        make(louder, until="triggers")
    page = (day.day.folder / "index.html").read_text(encoding="utf-8")
    assert "The trigger search failed: " in page
    assert '<td class="state text-nowrap" data-state="not run">' in page  # the veto of other triggers is not theirs


def test_what_needs_what_failed_was_not_run(day: Assignment) -> None:
    shutil.rmtree(day.day.hveto)
    day.day.hveto.write_text("in the way")
    with pytest.raises(CulpaError, match="hveto/rounds"):
        make(day)
    page = (day.day.folder / "index.html").read_text(encoding="utf-8")
    assert "The hierarchical veto failed: " in page
    assert "it needs what failed" in page


def test_a_stage_that_waits_for_what_another_run_does_says_so(culpa: Culpa, tmp_path: Path) -> None:
    of = small(tmp_path)
    make(of, until="triggers")
    next(of.day.triggers.rglob("*.h5")).unlink()
    with locked(of.day.folder):
        done = culpa("hveto", DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path)
    assert done.code == 1
    assert "another run is at work in " in done.err


def test_a_file_in_place_of_a_day_is_named(culpa: Culpa, tmp_path: Path) -> None:
    (tmp_path / "2026-01-01_mock").write_text("mine")
    done = culpa("run", DATE, "-o", tmp_path)
    assert done.code == 1
    assert done.err.endswith("manifest.json: Not a directory\n")


def test_a_day_that_the_system_refuses_does_not_end_the_others(tmp_path: Path) -> None:
    settings = write_settings(tmp_path / "settings.toml", mock={"duration": 32, "auxiliary": 0})
    of = whole.assignments([DATE, DATE + timedelta(days=1)], tmp_path, settings)
    of[0].day.folder.mkdir(parents=True)
    (of[0].day.folder / ".culpa").write_text("in the way")
    with pytest.raises(CulpaError, match=r"2026-01-01_mock/\.culpa"):
        whole.make(of, None, 1, True)
    assert (of[1].day.folder / "index.html").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes")
def test_folders_that_are_not_utf_8(culpa: Culpa, tmp_path: Path) -> None:
    start = MIDNIGHT - SPAN
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/lat\xe9"))
    folder.mkdir()
    with h5py.File(folder / "own.hdf5", "w") as file:
        for channel in (MAIN, WITNESS):
            file[channel] = samples(channel, start, [start + 30.5]).values
            file[channel].attrs.update({"x0": float(start), "dx": 1 / RATE})
    of = own(tmp_path, source=[str(tmp_path / "lat*/*.hdf5")])
    make(of)
    assert due(of) == {}
    assert verify(of.day.folder)[1] == []
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xff"))
    done = culpa("run", DATE, "-f", write_settings(tmp_path / "mock.toml"), "-o", odd, "-q")
    assert done.code == 1
    assert "mock/lists: a name is not in UTF-8" in done.err
    assert done.err.endswith("  rename it\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("closed", ["2>&-", "2>&1 | true"])
def test_nobody_needs_to_listen(tmp_path: Path, closed: str) -> None:
    words = write_settings(tmp_path / "settings.toml", hveto={"unsafe": ["K1:NONE"]})  # of which a warning tells
    command = f"{shlex.quote(sys.executable)} -m culpa run {DATE} -f {shlex.quote(str(words))} -o {tmp_path} {closed}"
    subprocess.run(["sh", "-c", command], check=False, capture_output=True)
    of = small(tmp_path, hveto={"unsafe": ["K1:NONE"]})
    assert due(of) == {}
    assert (of.day.hveto / "summary.json").exists()


def test_the_demonstration_replaces_nothing(culpa: Culpa, day: Assignment, tmp_path: Path) -> None:
    before = contents(day.day.folder)
    done = culpa("demo", "-o", tmp_path)
    assert done.code == 2
    assert "is a mock day of other settings: the demonstration would replace it" in done.err
    assert contents(day.day.folder) == before
