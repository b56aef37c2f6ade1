"""Building: once, repaired after a kill, one at a time, and never over what is somebody else's."""

import ast
import multiprocessing
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import installer
import pytest
from bootstrap import SetupError
from installer import Place, build
from recipes import Command

from .conftest import ROOT, Elsewhere


def commands(folder: Path, *more: str) -> list[Command]:
    return [Command(("uv", "venv", str(folder))), Command(("uv", "pip", "install", *more))]


def fail(command: Command) -> None:
    if "pip" in command.words:
        raise subprocess.CalledProcessError(1, command.words)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "p", "igwn")


def test_what_is_built_is_not_built_again(place: Place) -> None:
    build(place, [], commands(place.folder), first := Elsewhere())
    build(place, [], commands(place.folder), again := Elsewhere())
    assert (len(first.noted), again.noted) == (2, [])
    build(place, [], commands(place.folder, "more"), changed := Elsewhere())
    assert len(changed.noted) == 2


def test_a_changed_file_of_ours_is_noticed(place: Place, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a")
    build(place, [], commands(place.folder, str(lock)), Elsewhere())
    lock.write_text("b")
    build(place, [], commands(place.folder, str(lock)), again := Elsewhere())
    assert len(again.noted) == 2


def test_where_uv_comes_from_makes_no_difference(place: Place) -> None:
    fetch = Command(("python", "-m", "pip", "install", "uv"))
    own = [Command(("/p/.uv/bin/uv", *each.words[1:])) for each in commands(place.folder)]
    build(place, [fetch], own, first := Elsewhere())
    build(place, [], commands(place.folder), again := Elsewhere())
    assert (len(first.noted), again.noted) == (3, [])


def test_a_python_that_went_away_is_noticed(place: Place) -> None:
    build(place, [], commands(place.folder), Elsewhere())
    (place.folder / "bin" / "python").unlink()
    build(place, [], commands(place.folder), again := Elsewhere())
    assert len(again.noted) == 2


def test_an_interrupted_build_is_made_from_scratch(place: Place) -> None:
    system = Elsewhere()
    system.then = fail
    with pytest.raises(subprocess.CalledProcessError):
        build(place, [], commands(place.folder), system)
    half = place.folder / "half a package"
    half.touch()
    build(place, [], commands(place.folder), Elsewhere())
    assert not half.exists()
    assert not place.incomplete.exists()


def test_an_interrupted_change_does_not_leave_the_old_one_looking_ready(place: Place) -> None:
    build(place, [], commands(place.folder), Elsewhere())
    system = Elsewhere()
    system.then = fail
    with pytest.raises(subprocess.CalledProcessError):
        build(place, [], commands(place.folder, "more"), system)
    build(place, [], commands(place.folder), again := Elsewhere())
    assert len(again.noted) == 2


def test_what_others_made_is_not_removed(place: Place) -> None:
    place.folder.mkdir(parents=True)
    thesis = place.folder / "thesis.tex"
    thesis.touch()
    for _ in range(2):
        with pytest.raises(SetupError, match="was not made by this script: move it away"):
            build(place, [], commands(place.folder), Elsewhere())
    assert thesis.exists()


def test_git_sees_nothing_of_it(place: Place) -> None:
    build(place, [], commands(place.folder), Elsewhere())
    assert (place.prefix / ".gitignore").read_text() == "*\n"


def test_two_builds_take_turns(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_build_slowly, args=(tmp_path, name, sys.path)) for name in ("igwn", "ml", "igwn")
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (tmp_path / "turns").read_text() == "in out " * 2  # the second igwn finds it ready


def _build_slowly(prefix: Path, name: str, path: list[str]) -> None:
    sys.path[:] = path
    system = Elsewhere()

    def dwell(command: Command) -> None:
        if "venv" in command.words:
            with (prefix / "turns").open("a", buffering=1) as notes:
                notes.write("in ")
                notes.flush()
                time.sleep(0.2)
                notes.write("out ")

    system.then = dwell
    place = Place(prefix / "p", name)
    build(place, [], commands(place.folder), system)


def test_a_dry_run_writes_nothing(options: Namespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options.dry_run, options.manager, options.framework = True, "conda", "pytorch"
    this = {("sysctl", "-n", "hw.optional.arm64"): "1"}
    installer.install("ml", options, Elsewhere(this), {})
    assert "conda env create --yes --prefix" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_the_scripts_run_and_say_what_they_would_do(tmp_path: Path) -> None:
    for name in ("igwn", "ml"):
        script = [sys.executable, ROOT / "setup" / f"install_{name}_env.py", "--dry-run", "--python", "3.12"]
        answer = subprocess.run([*script, "--prefix", tmp_path / "p"], capture_output=True, text=True, check=True)
        assert f"--python 3.12 {tmp_path}/p/{name}\n" in answer.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["igwn", "ml"])
def test_an_old_python_is_refused_before_it_sees_what_it_cannot_read(name: str, tmp_path: Path) -> None:
    script = tmp_path / f"install_{name}_env.py"
    for file in (script.name, "start.py"):  # and nothing else that could be imported
        text = (ROOT / "setup" / file).read_text(encoding="utf-8")
        ast.parse(text, feature_version=(3, 6))
        (tmp_path / file).write_text(text, encoding="utf-8")
    pretend = "import runpy, sys; sys.version_info, sys.version = (3, 9, 2), '3.9.2 (main)'; "
    pretend += "runpy.run_path(sys.argv[1], run_name='__main__')"
    command = [sys.executable, "-c", pretend, script, "--dry-run"]
    answer = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)})
    assert answer.returncode == 1
    said = f"culpa needs Python 3.11 or newer; this is 3.9.2 ({sys.executable}): run this with another, "
    assert answer.stderr == f"{said}such as python3.11\n"


def test_an_old_python_is_not_asked_of_uv(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        installer.main("igwn", ["--python", "3.10", "--dry-run"])
    assert capsys.readouterr().err.endswith("argument --python: culpa needs 3.11 or newer\n")


def test_a_set_up_that_cannot_go_on_ends_with_1_and_a_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CULPA_ENV", str(tmp_path / "gone"))
    with pytest.raises(SystemExit, match=r"^culpa's set-up failed: CULPA_ENV is .* no Python that runs"):
        installer.main("igwn", ["--prefix", str(tmp_path / "p")])
