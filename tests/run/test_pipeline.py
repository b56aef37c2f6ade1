"""A day carried out: nothing is done twice, what changed is, and the bytes do not depend on how it came about."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from culpa.errors import CulpaError
from culpa.run import pipeline, registry, whole
from culpa.run.assignment import Assignment
from culpa.run.plan import Job, Plan
from culpa.run.records import Record, Records
from culpa.run.registry import plan_of
from culpa.run.verify import verify

from .days import DATE, MAIN, START, closure, contents, different, due, followers, make, small, write_settings

Culpa = Callable[..., Any]
WITNESS = "K1:IMC-CAV_REFL_IR_I_OUT_DQ"
LISTS = {"raw/raw.ffl", "raw/raw.lcf", "manifest.json"}
"""What holds the absolute path of the day."""


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


# again


def test_again_does_nothing(culpa: Culpa, day: Assignment, tmp_path: Path) -> None:
    before = times(day.day.folder)
    del before[day.day.folder / ".culpa/seen.json"], before[day.day.folder / "manifest.json"]
    given = (DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path)
    done = culpa("run", *given)
    assert (done.code, done.out) == (0, f"{day.day.folder}/index.html\n")
    assert f"{day.day.folder}: all {len(plan_of(day))} jobs are done: nothing to do\n" in done.err
    after = times(day.day.folder)
    assert {path: after[path] for path in before} == before
    assert culpa("run", *given, "-q", "-j", 2) == (0, done.out, "")


def test_a_copy_is_recognised_by_its_contents(undisturbed: Assignment, tmp_path: Path) -> None:
    """Other inodes and times; only the lists, which hold absolute paths, are written anew."""
    of = small(tmp_path)
    shutil.copytree(undisturbed.day.folder, of.day.folder, copy_function=shutil.copyfile)
    assert set(due(of)) == {"mock/lists"}
    assert make(of) == 1
    assert different(contents(of.day.folder), contents(undisturbed.day.folder)) == sorted(LISTS)
    assert verify(of.day.folder)[1] == []


def test_a_touched_file_is_no_changed_file(day: Assignment) -> None:
    for path in day.day.folder.rglob("*"):
        if path.is_file():
            os.utime(path)
    assert due(day) == {}
    assert make(day) == 0


# one thing changed


def changed(of: Assignment, table: str, **changes: Any) -> Assignment:
    return replace(of, **{table: replace(getattr(of, table), **changes)})


@pytest.mark.parametrize(
    ("table", "changes", "beginnings"),
    [
        ("mock", {"seed": 1}, ("mock/", "page/")),
        ("mock", {"uncoupled": 5.0}, ("mock/", "page/")),
        ("triggers", {"snr": 7.0}, ("triggers/settings", "triggers/search", "page/settings")),
        ("triggers", {"cluster": 0.2}, ("triggers/settings", "triggers/search", "triggers/write", "page/settings")),
        ("hveto", {"minimum_significance": 6.0}, ("hveto/", "page/settings")),
        ("hveto", {"unsafe": (WITNESS,)}, ("hveto/", "page/settings")),
        ("data", {"formats": ("hdf5",)}, ("triggers/write", "page/settings")),
        ("data", {"formats": ("root", "xml")}, ("triggers/write", "page/settings")),
    ],
)
def test_a_changed_setting_redoes_what_depends_on_it(
    undisturbed: Assignment, table: str, changes: dict[str, Any], beginnings: tuple[str, ...]
) -> None:
    of = changed(undisturbed, table, **changes)
    assert set(due(of)) == followers(of, *beginnings)
    assert due(undisturbed) == {}


@pytest.mark.parametrize(
    "changes",
    [
        [("mock", {"seed": 1}), ("triggers", {"chunk": 128.0}), ("data", {"formats": ("root",)})],
        [("hveto", {"minimum_significance": 3.0}), ("mock", {"auxiliary": 1}), ("triggers", {"snr": 7.0})],
    ],
)
def test_a_changed_day_is_as_if_it_had_never_been_another(
    day: Assignment, changes: list[tuple[str, dict[str, Any]]]
) -> None:
    of = day
    for table, values in changes:
        of = changed(of, table, **values)
        expected = len(due(of))
        assert 0 < make(of) == expected
        assert make(of) == 0
        assert verify(of.day.folder)[1] == []
    found = contents(of.day.folder)
    shutil.rmtree(of.day.folder)
    make(of)
    assert different(found, contents(of.day.folder)) == []


@pytest.mark.parametrize("stage", ["mock", "triggers", "hveto", "score", "page"])
def test_other_code_redoes_its_stage(undisturbed: Assignment, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    current = registry.code_of

    def other(name: str) -> Mapping[str, str]:
        return {**current(name), "source": "other"} if name == stage else current(name)

    monkeypatch.setattr(registry, "code_of", other)
    assert set(due(undisturbed)) == followers(undisturbed, f"{stage}/")


# one file gone, or changed


def only(of: Assignment, pattern: str) -> str:
    return min(path.relative_to(of.day.folder).as_posix() for path in of.day.folder.glob(pattern))


@pytest.mark.parametrize(
    ("pattern", "job"),
    [
        ("raw/*.gwf", f"mock/frames/{START}"),
        ("raw/raw.ffl", "mock/lists"),
        ("raw/truth.csv", "mock/truth"),
        (".culpa/parts/K1/CAL*/*.h5", f"triggers/search/{MAIN}/{START + 2}"),
        ("omicron/triggers.toml", "triggers/settings"),
        ("omicron/K1/CAL*/*/*.h5", f"triggers/write/{MAIN}"),
        ("omicron/K1/CAL*/*/*.root", f"triggers/write/{MAIN}"),
        ("omicron/K1/IMC*/*/*.xml.gz", f"triggers/write/{WITNESS}"),
        ("hveto/round-1/histogram.png", "hveto/rounds"),
        ("hveto/summary.json", "hveto/rounds"),
        ("score.csv", "score/table"),
        ("index.html", "page/day"),
        ("culpa.toml", "page/settings"),
    ],
)
@pytest.mark.parametrize("how", ["gone", "another byte"])
def test_an_output_is_made_again_with_what_follows(day: Assignment, pattern: str, job: str, how: str) -> None:
    before, path = contents(day.day.folder), day.day.folder / only(day, pattern)
    bytes_ = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(bytes_[:-1] + bytes([bytes_[-1] ^ 1]))
    expected = closure(plan_of(day), [job])
    assert set(due(day)) == expected
    assert make(day) == len(expected)
    assert path.read_bytes() == bytes_
    assert different(contents(day.day.folder), before) == []
    assert make(day) == 0


def test_without_the_manifest_everything_is_done_again(day: Assignment) -> None:
    before = contents(day.day.folder)
    (day.day.folder / "manifest.json").unlink()
    assert make(day) == len(plan_of(day))
    assert different(contents(day.day.folder), before) == []


def test_what_was_seen_only_saves_reading(day: Assignment) -> None:
    before = contents(day.day.folder)
    (day.day.folder / ".culpa/seen.json").unlink()
    assert make(day) == 0
    assert different(contents(day.day.folder), before) == []


def test_without_the_intermediate_files_the_search_is_made_again(day: Assignment) -> None:
    before = contents(day.day.folder)
    shutil.rmtree(day.day.folder / ".culpa")
    lost = ("triggers/search", "coherence/sums", "coherence/windows", "coherence/overall", "coherence/glitch")
    expected = set().union(*(followers(day, name) for name in lost))
    assert set(due(day)) == expected
    assert make(day) == len(expected)
    assert different(contents(day.day.folder), before) == []


# the same bytes


def test_the_same_bytes_however_it_is_made(culpa: Culpa, undisturbed: Assignment, tmp_path: Path) -> None:
    """By one process and by two, at once, stage after stage, command after command; always in the same place."""
    of = small(tmp_path)
    given = (DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path, "-q")
    ways: dict[str, list[tuple[object, ...]]] = {
        "at once": [("run", *given)],
        "two processes": [("run", *given, "-j", 2)],
        "stage after stage": [("run", *given, "--until", stage) for stage in registry.STAGES],
        "backwards": [("run", *given), ("run", *given, "--until", "mock"), ("run", *given)],
        "command after command": [(stage, *given) for stage in ("mock", "triggers", "hveto")] + [("run", *given)],
    }
    found = {}
    for way, commands in ways.items():
        for command in commands:
            done = culpa(*command)
            assert (done.code, done.err) == (0, ""), (way, command)
        found[way] = contents(of.day.folder)
        shutil.rmtree(of.day.folder)
    for way in found:
        assert different(found[way], found["at once"]) == [], way
    assert different(found["at once"], contents(undisturbed.day.folder)) == sorted(LISTS)


def test_stage_commands_say_what_they_did(culpa: Culpa, tmp_path: Path) -> None:
    """`culpa run` has nothing to do of what they did, nor they of what it did."""
    of = small(tmp_path)
    given = (DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path, "-q")
    commands = {"mock": "mock", "triggers": "triggers", "hveto": "hveto", "qscan": "qscans", "classify": "classes"}
    for command, stage in commands.items():
        assert culpa(command, *given).code == 0
        assert stage not in {name.partition("/")[0] for name in due(of)}
    assert {name.partition("/")[0] for name in due(of)} == {"coherence", "score", "page"}
    assert culpa("coherence", "glitch", *given).code == 0
    assert set(due(of)) == {"score/table", "page/day"}
    assert make(of) == 2
    before = times(of.day.folder)
    for command in (*commands, "coherence"):
        assert culpa(command, *(("overall",) if command == "coherence" else ()), *given).code == 0
    assert culpa("score", DATE, "-o", tmp_path, "-q").code == 0
    assert make(of) == 0
    after = times(of.day.folder)
    assert {path.name for path in before if before[path] != after[path]} <= {
        "manifest.json", "seen.json", "score.csv", "score.json",
    }  # fmt: skip


def test_up_to_a_stage(culpa: Culpa, tmp_path: Path) -> None:
    of = small(tmp_path)
    given = (DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path)
    assert culpa("run", *given, "-q", "--until", "triggers").code == 0
    there = {path.name for path in of.day.folder.iterdir()}
    assert there == {"raw", "omicron", "index.html", "culpa.toml", "manifest.json", ".culpa"}
    assert make(of, until="triggers") == 0
    done = culpa("run", *given, "--until", "trigers")
    assert (done.code, done.err) == (
        2,
        "culpa: no stage 'trigers'\n  did you mean triggers or training or training_set?\n",
    )


# what is no longer wanted


def test_a_shorter_day_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    long, short = (small(tmp_path, mock={"duration": seconds}) for seconds in (144, 100))
    make(long)
    (long.day.raw / "mine.txt").write_text("mine")
    (long.day.triggers / "K1/mine").mkdir()
    (long.day.triggers / "K1/mine/notes").write_text("mine")
    make(short)
    found = contents(short.day.folder)
    assert found.pop("raw/mine.txt") == found.pop("omicron/K1/mine/notes") == b"mine"
    assert [one.path for one in verify(short.day.folder)[1]] == ["omicron/K1/mine/notes", "raw/mine.txt"]
    shutil.rmtree(short.day.folder)
    make(short)
    assert different(found, contents(short.day.folder)) == []


def test_a_file_that_another_job_wrote_too_stays(tmp_path: Path) -> None:
    """As where a file went from one job to another, and the run was killed in between."""
    for name in ("a", "both", "deep/b"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    gone = Record({}, {}, {}, {}, {"a": "00", "both": "00", "deep/b": "00"})
    records = Records(tmp_path, {"one/gone": gone, "one/here": replace(gone, outputs={"both": "00"})}, {})
    pipeline.remove_dropped(records, Plan((Job("one/here", "", {}, {}, (), ("both",)),)))
    assert {path.name for path in tmp_path.iterdir()} == {"both", "manifest.json", ".culpa"}
    assert set(Records.load(tmp_path).jobs) == {"one/here"}


def test_fewer_channels_leave_no_empty_folder(day: Assignment) -> None:
    make(changed(day, "mock", auxiliary=1))
    left = {path.name for path in (day.day.triggers / "K1").iterdir()}
    assert left == {name.replace("K1:", "").replace("-", "_", 1) + "_OMICRON" for name in plan_of_channels(day, 1)}
    assert len(left) == len(list((day.day.folder / ".culpa/parts/K1").iterdir())) == 2  # of three


def plan_of_channels(of: Assignment, auxiliary: int) -> list[str]:
    return list(changed(of, "mock", auxiliary=auxiliary).recording.rates)


def test_foreign_files_are_no_outputs(day: Assignment) -> None:
    (day.day.hveto / "notes.txt").write_text("mine")
    make(changed(day, "hveto", minimum_significance=6.0))
    assert [(one.kind, one.path) for one in verify(day.day.folder)[1]] == [("not in the manifest", "hveto/notes.txt")]


# when something goes wrong


def spoil(of: Assignment) -> Path:
    """A file where the triggers of one auxiliary channel belong."""
    path = of.day.triggers / "K1/IMC_CAV_REFL_IR_I_OUT_DQ_OMICRON"
    path.parent.mkdir(parents=True)
    path.write_text("in the way")
    return path


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_job_that_fails_lets_the_others_finish(
    culpa: Culpa, undisturbed: Assignment, tmp_path: Path, jobs: int
) -> None:
    of = small(tmp_path)
    path = spoil(of)
    done = culpa("run", DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path, "-q", "-j", jobs)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"culpa: triggers/write/{WITNESS}: ")
    needing = closure(plan_of(of), [f"triggers/write/{WITNESS}"])
    assert f"{len(needing) - 1} that need what failed were left out" in done.err
    assert set(due(of)) == needing
    page = (of.day.folder / "index.html").read_text()
    shown = '<td class="state text-nowrap" data-state="failed">'
    assert shown in page
    assert shown not in (undisturbed.day.folder / "index.html").read_text()
    path.unlink()
    assert make(of) == len(needing)
    assert different(contents(of.day.folder), contents(undisturbed.day.folder)) == sorted(LISTS)


def test_the_first_of_several_problems_is_told(tmp_path: Path) -> None:
    """Each of two stages has a file where it needs a folder."""
    of = small(tmp_path)
    make(of, until="mock")
    (of.day.folder / "hveto").write_text("in the way")
    (of.day.folder / "score.csv").mkdir()
    (of.day.folder / "score.csv/x").touch()
    with pytest.raises(CulpaError) as caught:
        make(of)
    assert "hveto" in caught.value.message
    done = set(Records.load(of.day.folder).jobs)
    assert {name for name in done if name.startswith("triggers/")} == {
        job.name for job in plan_of(of) if job.stage == "triggers"
    }


# several days


def test_days_know_their_neighbours(culpa: Culpa, tmp_path: Path) -> None:
    of = small(tmp_path, mock={"duration": 64})
    last = DATE + timedelta(days=1)
    given = ("run", "-f", tmp_path / "settings.toml", "-o", tmp_path)
    assert culpa(*given, DATE, "-q").code == 0
    alone = contents(of.day.folder)
    assert f"{last}_mock" not in alone["index.html"].decode()
    done = culpa(*given, DATE, "--to", last)
    assert (done.code, done.out) == (0, f"{tmp_path}\n")
    pages = [contents(one.folder)["index.html"].decode() for one in (of.day, of.day.neighbour(1))]
    assert f"{last}_mock/index.html" in pages[0]
    assert f"{DATE}_mock/index.html" in pages[1]
    done = culpa(*given, DATE, "--to", last)
    assert done.err.count("nothing to do") == 2
    assert [verify(one.folder)[1] for one in (of.day, of.day.neighbour(1))] == [[], []]
    shutil.rmtree(of.day.neighbour(1).folder)
    assert set(due(of)) == {"page/day"}
    make(of)
    assert different(contents(of.day.folder), alone) == []
    done = culpa(*given, last, "--to", DATE)
    assert (done.code, done.err) == (2, f"culpa: the last day, {DATE}, is before the first, {last}\n")


def test_a_day_that_fails_does_not_end_the_others(tmp_path: Path) -> None:
    settings = write_settings(tmp_path / "settings.toml", mock={"duration": 32, "auxiliary": 0})
    of = whole.assignments([DATE, DATE + timedelta(days=1)], tmp_path, settings)
    of[0].day.folder.mkdir(parents=True)
    (of[0].day.folder / "raw").write_text("in the way")
    with pytest.raises(CulpaError, match="raw"):
        whole.make(of, None, 1, True)
    assert (of[1].day.folder / "index.html").exists()


# what is only told


def test_a_dry_run_tells_and_does_nothing(culpa: Culpa, day: Assignment, tmp_path: Path) -> None:
    (day.day.folder / "score.csv").unlink()
    before = times(tmp_path)
    given = (DATE, "-f", tmp_path / "settings.toml", "-o", tmp_path)
    (told,) = json.loads(culpa("run", *given, "--dry-run").out)["days"]
    assert told["due"] == {"score/table": ["output missing: score.csv"], "page/day": ["it follows score/table"]}
    assert told["stages"]["score"] == {"jobs": 1, "due": 1}
    why = json.loads(culpa("run", *given, "--why", "score/*", "--json").out)
    assert why == {"days": [{"folder": str(day.day.folder), "jobs": {"score/table": ["output missing: score.csv"]}}]}
    why = json.loads(culpa("run", *given, "--why", "mock/lists", "--json").out)
    assert why["days"][0]["jobs"] == {"mock/lists": []}
    assert "output missing: score.csv" in culpa("run", *given, "--why", "score/table").out
    done = culpa("run", *given, "--why", "score/tabel")
    assert (done.code, done.err.splitlines()[0]) == (2, "culpa: the plan has no job 'score/tabel'")
    assert "did you mean score/table" in done.err
    assert times(tmp_path) == before
    culpa("run", DATE, "-o", tmp_path / "none", "--dry-run")
    assert not (tmp_path / "none").exists()


def test_the_summary_says_what_each_stage_gave(tmp_path: Path) -> None:
    of = small(tmp_path)
    said = pipeline.make(of, 1, True)
    assert (said["jobs"], said["done now"]) == (len(plan_of(of)),) * 2
    assert sum(stage["done now"] for stage in said["stages"].values()) == said["done now"]
    (score,) = said["stages"]["score"]["results"].values()
    assert score["found"] <= score["expected"]
    again = pipeline.make(of, 1, True)
    assert again["stages"]["triggers"]["results"] == said["stages"]["triggers"]["results"]
    assert again["stages"]["triggers"]["done now"] == 0


@pytest.mark.parametrize(("seconds", "auxiliary"), [(1, 0), (2, 3), (64, 0)])
def test_a_day_with_next_to_nothing_in_it_is_a_day(tmp_path: Path, seconds: int, auxiliary: int) -> None:
    of = small(tmp_path, mock={"duration": seconds, "auxiliary": auxiliary})
    assert make(of) == len(plan_of(of))
    assert make(of) == 0
    assert (of.day.folder / "index.html").exists()
    assert not (of.day.folder / "hveto").exists()
