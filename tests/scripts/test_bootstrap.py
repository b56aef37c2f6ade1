"""The set-up: done once, repaired after a kill, safe beside another one, silent on stdout."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import bootstrap
import builds
import needs
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="uv_run.sh and file modes are for POSIX")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with the real scripts and locks that ask for nothing."""
    shutil.copy(CHECKOUT / "uv_run.sh", tmp_path)
    (tmp_path / "scripts").mkdir()
    for name in ("bootstrap", "builds", "needs"):
        shutil.copy(CHECKOUT / "scripts" / f"{name}.py", tmp_path / "scripts")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "pyproject.toml").touch()
    for lock in needs.LOCKS:
        (tmp_path / "requirements" / f"{lock}.txt").touch()
    return tmp_path


def write_program(environment: bootstrap.Environment, lock: str) -> None:
    """An installation of one program, which shows its arguments and ends with 7."""
    program = environment.program("culpa")
    program.write_text("#!/bin/sh\nprintf '<%s>' \"$@\"\nexit 7\n")
    program.chmod(0o755)


def refuse(environment: bootstrap.Environment, lock: str) -> None:
    raise AssertionError("nothing was to be installed")


def fail(environment: bootstrap.Environment, lock: str) -> None:
    raise bootstrap.SetupError("no network")


def no_torch(environment: bootstrap.Environment, lock: str) -> None:
    if lock == "pytorch":
        raise bootstrap.UnavailableError("no PyTorch")
    write_program(environment, lock)


def test_what_is_ready_is_not_installed_again(root: Path) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("gw", write_program)
    environment.provide("gw", refuse)
    environment.provide("base", refuse)
    with pytest.raises(AssertionError):
        environment.provide("dev", refuse)


def test_what_another_lock_brought_stays_ready(root: Path) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("hveto", write_program)
    environment.provide("pytorch", write_program)
    environment.provide("hveto", refuse)
    assert not environment.ready("condor")


def test_what_another_lock_made_stale_is_not_ready_again_when_its_file_is_put_back(root: Path) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("hveto", write_program)
    lock = root / "requirements" / "hveto.txt"
    lock.write_text("# newer\n")
    environment.provide("pytorch", write_program)
    lock.write_text("")
    assert not environment.ready("hveto")


def test_a_framework_that_cannot_be_had_leaves_all_as_it_was(root: Path) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("hveto", write_program)
    mine = environment.folder / "mine"
    mine.touch()
    with pytest.raises(bootstrap.UnavailableError):
        environment.provide("pytorch", no_torch)
    environment.provide("hveto", refuse)
    environment.provide("dev", write_program)
    assert mine.exists()
    assert not environment.ready("pytorch")


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/gw.txt"])
def test_a_changed_lock_or_project_is_installed_anew(root: Path, changed: str) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("gw", write_program)
    (root / changed).write_text("# other\n")
    assert not environment.ready("gw")


def test_another_pytorch_is_installed_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("pytorch", write_program)
    monkeypatch.setattr(builds, "TORCH", "3.0.0")
    assert not environment.ready("pytorch")


def test_a_moved_checkout_is_installed_anew(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    bootstrap.Environment(root).provide("gw", write_program)
    moved = root.rename(tmp_path_factory.mktemp("elsewhere") / "checkout")
    assert not bootstrap.Environment(moved).ready("gw")


def test_a_python_that_went_away_is_noticed_and_replaced(root: Path) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("base", write_program)
    environment.python.unlink()
    environment.python.symlink_to(root / "gone")
    assert not environment.ready("base")
    environment.provide("base", write_program)
    assert bootstrap.succeeds(environment.python, "-c", "pass")


def test_an_interrupted_set_up_is_made_from_scratch(root: Path) -> None:
    environment = bootstrap.Environment(root)
    with pytest.raises(bootstrap.SetupError):
        environment.provide("base", fail)
    half = environment.folder / "half a package"
    half.touch()
    environment.provide("base", write_program)
    assert not half.exists()
    assert environment.ready("base")


def test_an_environment_of_one_s_own_is_kept(root: Path) -> None:
    environment = bootstrap.Environment(root)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment.folder], check=True)
    mine = environment.folder / "mine"
    mine.touch()
    environment.provide("base", write_program)
    assert mine.exists()


def test_after_an_interrupted_change_the_old_lock_does_not_count_as_installed(root: Path) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("base", write_program)
    lock = root / "requirements" / "base.txt"
    lock.write_text("# newer\n")
    with pytest.raises(bootstrap.SetupError):
        environment.provide("base", fail)
    lock.write_text("")
    assert not environment.ready("base")


def test_two_set_ups_take_turns(root: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_note_turn, args=(root,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (root / "turns").read_text() in ("in out " * 3, "in out " * 3)


def _note_turn(root: Path) -> None:
    with bootstrap.exclusive(root / ".venv.lock"), (root / "turns").open("a", buffering=1) as notes:
        notes.write("in ")
        notes.flush()
        time.sleep(0.1)
        notes.write("out ")


def test_an_installer_that_outlives_its_killed_set_up_keeps_the_next_one_waiting(root: Path) -> None:
    lock = root / ".venv.lock"
    code = f"import sys; sys.path.insert(0, {str(CHECKOUT / 'scripts')!r}); import bootstrap, os, pathlib\n"
    code += f"with bootstrap.exclusive(pathlib.Path({str(lock)!r})):\n"
    code += "    bootstrap.run(sys.executable, '-c', 'import os, sys, time; os.kill(os.getppid(), 9); time.sleep(1)')"
    started = time.monotonic()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with bootstrap.exclusive(lock):
        assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["mock", "2026-01-31", "--note", "two words", ""], "<mock><2026-01-31><--note><two words><>"),
        (["--help"], "<--help>"),
        ([], "<serve>"),
    ],
)
def test_the_command_gets_its_arguments_and_gives_its_exit_code(root: Path, arguments: list[str], seen: str) -> None:
    bootstrap.Environment(root).provide("dev", write_program)
    answer = subprocess.run([root / "uv_run.sh", *arguments], capture_output=True, text=True, check=False, cwd="/")
    assert (answer.returncode, answer.stdout, answer.stderr) == (7, seen, "")


def test_uv_run_takes_less_than_0_3_s_where_all_is_ready(root: Path) -> None:
    bootstrap.Environment(root).provide("dev", write_program)
    assert min(_seconds([root / "uv_run.sh", "mock"]) for _ in range(3)) < 0.3


def _seconds(command: list[str | Path]) -> float:
    started = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - started


def test_without_a_usable_python_the_way_out_is_named(root: Path) -> None:
    programs = root / "programs"
    programs.mkdir()
    (programs / "dirname").symlink_to(shutil.which("dirname") or "")
    old = programs / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] || exit 1\necho Python 3.9.2\n')
    old.chmod(0o755)
    command = [shutil.which("sh") or "sh", root / "uv_run.sh", "mock"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": str(programs)})
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("culpa needs Python 3.11 to 3.14; python3 here is: Python 3.9.2\n  install one (")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"PIP_FIND_LINKS": "/wheels"}, {"UV_FIND_LINKS": "/wheels"}),
        ({"PIP_FIND_LINKS": "/wheels  /more"}, {"UV_FIND_LINKS": "/wheels,/more"}),
        ({"UV_FIND_LINKS": "/mine", "PIP_FIND_LINKS": "/wheels"}, {}),
        ({"UV_FIND_LINKS": "", "PIP_FIND_LINKS": "/wheels"}, {"UV_FIND_LINKS": "/wheels"}),
    ],
)
def test_pip_s_places_of_wheels_are_uv_s_too(given: dict[str, str], told: dict[str, str]) -> None:
    assert bootstrap.find_links(given) == told


@pytest.mark.skipif(
    not bootstrap.succeeds(bootstrap.base_python(), "-m", "pip", "--version"), reason="no pip below the environment"
)
def test_pip_s_configured_places_of_wheels_are_uv_s_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    configuration.write_text("[global]\nfind-links =\n    /wheels\n    /more\n")
    assert bootstrap.find_links({}) == {"UV_FIND_LINKS": "/wheels,/more"}
    configuration.write_text("")
    assert bootstrap.find_links({}) == {}


def test_what_an_installer_says_does_not_reach_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    bootstrap.run(sys.executable, "-c", "print('Collecting')")
    assert capfd.readouterr().out == ""


def note(root: Path, fails: str = "nothing") -> bootstrap.Install:
    """An installer that notes what it is asked for, and ends with 1 where that is what `fails`."""
    program = root / "installer"
    program.write_text(f'#!/bin/sh\necho "$@" >>"{root}/notes"\ncase "$*" in *"{fails}"*) exit 1 ;; esac\n')
    program.chmod(0o755)
    installer = bootstrap.Installer([program], os.environ)
    return lambda environment, lock: bootstrap.install_all(installer, environment, lock)


def noted(root: Path) -> list[str]:
    """What was asked for, with the root shortened."""
    return (root / "notes").read_text().replace(str(root), "R").splitlines()


LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyTorch's plain build is asked for")
HASHED, EDITABLE = "--require-hashes -r R/requirements/{}.txt", "--no-deps --no-build-isolation -e R"


@LINUX_ONLY
def test_pytorch_comes_beside_its_lock_and_is_looked_for_first(root: Path) -> None:
    environment, torch = bootstrap.Environment(root), f"--no-deps torch=={builds.TORCH}+cpu"
    environment.provide("pytorch", note(root))
    environment.provide("dev", note(root))
    of_pytorch = [f"--dry-run {torch}", HASHED.format("pytorch"), torch, EDITABLE]
    assert noted(root) == [*of_pytorch, HASHED.format("dev"), EDITABLE]


@LINUX_ONLY
def test_where_there_is_no_pytorch_without_cuda_nothing_is_installed(root: Path) -> None:
    with pytest.raises(bootstrap.UnavailableError, match=r"PIP_FIND_LINKS.*or use --framework tensorflow"):
        bootstrap.Environment(root).provide("pytorch", note(root, fails="dry-run"))
    assert noted(root) == [f"--dry-run --no-deps torch=={builds.TORCH}+cpu"]


def test_a_pytorch_of_one_s_own_is_kept(root: Path) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("base", write_program)
    packages = next(environment.folder.glob("lib/python3*/site-packages"))
    own = packages / f"torch-{builds.TORCH}+cu126.dist-info"
    own.mkdir()
    (own / "METADATA").write_text(f"Name: torch\nVersion: {builds.TORCH}+cu126\n")
    environment.provide("pytorch", note(root))
    assert noted(root) == [HASHED.format("pytorch"), EDITABLE]


def test_a_pytorch_that_is_half_there_is_made_from_scratch(root: Path) -> None:
    environment = bootstrap.Environment(root)
    environment.provide("base", write_program)
    with pytest.raises(subprocess.CalledProcessError):
        environment.provide("pytorch", note(root, fails=" -e "))
    half = environment.folder / "half a package"
    half.touch()
    assert not environment.ready("base")
    environment.provide("base", write_program)
    assert not half.exists()


def test_a_python_too_new_for_tensorflow_is_told_so() -> None:
    bootstrap.check_tensorflow((3, 13))
    with pytest.raises(bootstrap.UnavailableError, match=r"this is 3\.14: use --framework pytorch, or .*python3\.13 "):
        bootstrap.check_tensorflow((3, 14))


@pytest.mark.parametrize("command", ["setup", "test"])
def test_the_tests_do_without_a_pytorch_that_cannot_be_had(
    root: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = bootstrap.Environment(root)
    bootstrap.provide(environment, command, [command], no_torch)
    assert environment.ready("dev")
    assert capsys.readouterr().err.endswith("no PyTorch\n  all else is there; the tests that need it will be skipped\n")


def test_pytorch_is_looked_for_again_by_setup_and_not_by_each_test(root: Path) -> None:
    environment = bootstrap.Environment(root)
    bootstrap.provide(environment, "setup", ["setup"], no_torch)
    bootstrap.provide(environment, "test", ["test"], refuse)
    bootstrap.provide(environment, "setup", ["setup"], write_program)
    assert environment.ready("pytorch")


def test_training_does_not_do_without_its_framework(root: Path) -> None:
    with pytest.raises(bootstrap.UnavailableError):
        bootstrap.provide(bootstrap.Environment(root), "train", ["train", "2026-01-01"], no_torch)
