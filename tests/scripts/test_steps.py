"""The numbered steps, in their order, as a user runs them; and the smoke test that is shipped."""

import subprocess
import sys
from pathlib import Path

import pytest

from culpa.errors import CulpaError, UsageError
from culpa.run import smoke
from culpa.run.records import Records
from culpa.run.verify import verify

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
STEPS = sorted(SCRIPTS.glob("0[0-9]*_*.py"))


def step(path: Path, *more: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, path, "-y", "2026", "-m", "1", "-d", "1", *more]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def test_the_steps_in_their_order(tmp_path: Path) -> None:
    assert [path.stem for path in STEPS] == [
        "01_generate_mock", "02_process_omicron", "03_run_hveto", "04_generate_qscan",
        "05_a_overall_coherence", "05_b_glitch_coherence", "06_run_ml_pipeline",
    ]  # fmt: skip
    day = tmp_path / "2026-01-01_mock"
    small = {"01_generate_mock": ("--duration", 128, "--auxiliary", 2)}
    for path in STEPS:
        done = step(path, *small.get(path.stem, ()), "-o", tmp_path, "-q", "-j", 2)
        assert done.returncode in (0, 4), done.stderr  # 4: no trigger in two minutes is a result
        assert "Traceback" not in done.stderr
    stages = {name.partition("/")[0] for name in Records.load(day).jobs}
    assert stages == {"mock", "triggers", "hveto", "qscans", "coherence", "classes", "page"}
    assert verify(day)[1] == []
    manifest = (day / "manifest.json").read_bytes()
    for path in STEPS:  # and again: nothing changes
        step(path, *small.get(path.stem, ()), "-o", tmp_path, "-q")
    assert (day / "manifest.json").read_bytes() == manifest


def test_a_step_says_what_is_missing(tmp_path: Path) -> None:
    done = step(STEPS[1], "-o", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "culpa mock 2026-01-01" in done.stderr
    assert "Usage: 01_generate_mock.py mock" in step(STEPS[0], "--help").stdout


def test_the_step_about_classes_trains_if_it_is_told_to() -> None:
    path = STEPS[-1]
    assert f"Usage: {path.name} classify" in step(path, "--help").stdout
    assert f"Usage: {path.name} train" in step(path, "--train", "--help").stdout


def test_smoke_tells_each_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    smoke.show(smoke.smoke(tmp_path, 2), quiet=False)
    said = capsys.readouterr().err
    assert [line.split()[0] for line in said.splitlines()] == ["ok"] * (len(smoke.STEPS) + 1) + ["everything"]
    assert verify(tmp_path / "2026-01-01_mock")[1] == []


def test_smoke_ends_with_the_first_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CulpaError, match="culpa mock -y 2026"):
        smoke.show(smoke.smoke(tmp_path / "file", 1), quiet=False)
    assert capsys.readouterr().err.split()[0] == "FAILED"


def test_smoke_takes_no_day_that_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = tmp_path / "my results/2026-01-01_mock"
    day.mkdir(parents=True)
    with pytest.raises(UsageError, match="nothing of it would be tried") as problem:
        smoke.show(smoke.smoke(day.parent, 1), quiet=False)
    assert problem.value.hint.endswith(f"rm -r '{day}'")
    assert capsys.readouterr().err == ""


def test_smoke_looks_at_what_a_step_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = smoke.STEPS[0]
    monkeypatch.setattr(smoke, "STEPS", (smoke.Step(first.title, (*first.arguments, "--dry-run"), first.leaves),))
    with pytest.raises(CulpaError, match="is missing"):
        smoke.show(smoke.smoke(tmp_path, 1), quiet=True)
