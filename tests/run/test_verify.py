"""Every kind of difference between a folder and its manifest is named."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from culpa.run.assignment import Assignment
from culpa.run.registry import plan_of
from culpa.run.verify import Difference, verify

from .days import START, contents, due

Culpa = Callable[..., Any]
FRAME = f"raw/K-K1_MOCK-{START}-16.gwf"


@pytest.fixture
def folder(undisturbed: Assignment, tmp_path: Path) -> Path:
    """A copy of a day that nothing was done to since."""
    return Path(shutil.copytree(undisturbed.day.folder, tmp_path / "day"))


def flip(path: Path) -> None:
    """Another last byte, with size and time as before."""
    status, bytes_ = path.stat(), path.read_bytes()
    path.write_bytes(bytes_[:-1] + bytes([bytes_[-1] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_day_as_it_was_made_and_a_copy_of_it(culpa: Culpa, undisturbed: Assignment, folder: Path) -> None:
    for one in (undisturbed.day.folder, folder):
        done = culpa("verify", one)
        between = {path for job in plan_of(undisturbed) for path in job.outputs if path.startswith(".culpa/")}
        files = len(contents(one)) - 1 + len(between)  # the manifest is none
        assert (done.code, done.err) == (0, "")
        assert done.out == f"{one}: {files} files, all as the manifest says\n"


@pytest.mark.parametrize("path", [FRAME, "hveto/round-1/histogram.png", "index.html", "culpa.toml", "raw/truth.csv"])
def test_a_byte_that_changed_is_seen_however_the_file_looks(culpa: Culpa, day: Assignment, path: str) -> None:
    folder = day.day.folder  # brought up to date where it lies: what was seen is what is there
    flip(folder / path)
    assert due(day) == {}
    done = culpa("verify", folder)
    assert done.code == 1
    first, last = done.out.splitlines()
    assert first.startswith(f"changed: {path} (")
    assert last.endswith(" files, 1 difference")


def test_each_kind_is_named(folder: Path) -> None:
    flip(folder / FRAME)
    (folder / "score.csv").unlink()
    (folder / "notes.txt").write_text("mine")
    part = next((folder / ".culpa/parts").rglob("*.h5")).relative_to(folder).as_posix()
    (folder / part).unlink()
    _, found = verify(folder)
    assert [(one.kind, one.path) for one in found] == [
        ("missing", part),
        ("not in the manifest", "notes.txt"),
        ("changed", FRAME),
        ("missing", "score.csv"),
    ]
    assert [one.job.partition("/")[0] for one in found] == ["triggers", "", "mock", "score"]
    assert [one.is_harmless for one in found] == [False, True, False, False]


def test_a_workflow_is_no_part_of_the_result(folder: Path) -> None:
    for path in ("condor/day.dag", "condor/logs/gather.log", "hveto/condor/mine"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    assert [one.path for one in verify(folder)[1]] == ["hveto/condor/mine"]


def test_inputs_that_were_others_then(folder: Path) -> None:
    """The record of one job says that it read something else: its result is not of the files that are there."""
    manifest = json.loads((folder / "manifest.json").read_text())
    key = manifest["jobs"]["score/table"]["inputs"]
    manifest["inputs"][key]["raw/truth.csv"] = "0" * 64
    manifest["inputs"][key]["raw/nowhere.csv"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    _, found = verify(folder)
    assert found == [
        Difference("input missing", "raw/nowhere.csv", "score/table"),
        Difference("input changed", "raw/truth.csv", "score/table"),
    ]


def test_json_and_exit_codes(culpa: Culpa, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    done = culpa("verify", folder, "--json")
    assert done.code == 0  # harmless
    told = json.loads(done.out)
    assert told["differences"] == [{"kind": "not in the manifest", "path": "notes.txt", "job": ""}]
    (folder / "index.html").unlink()
    done = culpa("verify", folder, "--json", "-j", 1)
    assert done.code == 1
    assert json.loads(done.out)["differences"][0] == {"kind": "missing", "path": "index.html", "job": "page/day"}
    assert json.loads(done.out)["files"] == told["files"]


def test_what_was_done_since_the_manifest_counts(undisturbed: Assignment, folder: Path) -> None:
    """A killed run leaves receipts."""
    from culpa.run.records import Records, write_receipt

    record = Records.load(folder).jobs["score/table"]
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["jobs"]["score/table"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert {one.kind for one in verify(folder)[1]} == {"not in the manifest"}
    write_receipt(folder, "score/table", record, {})
    assert verify(folder) == verify(undisturbed.day.folder)


def test_a_folder_without_a_manifest(culpa: Culpa, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        done = culpa("verify", folder)
        assert done.code == 3
        assert done.err == f"culpa: {folder} has no manifest.json\n  give the folder of a day that culpa run made\n"


@pytest.mark.parametrize("text", ["nonsense", '{"format": 99}', "[]"])
def test_a_manifest_that_is_none(culpa: Culpa, folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    done = culpa("verify", folder)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"culpa: cannot read the manifest {folder}/manifest.json: ")
    assert "Traceback" not in done.err


def test_nothing_is_written(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    verify(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
