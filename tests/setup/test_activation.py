"""The activate scripts, run for real in the shells of this machine."""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from installer import Place

import culpa

from .conftest import ROOT

SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason="not here"))
    for name in ("sh", "dash", "bash", "zsh")
]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=SHELLS)
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a script in a strict shell, with a small environment and the checkout as working folder."""

    def run(script: str, check: bool = True, folder: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **variables}
        command = [request.param, "-c", f"set -eu\n{script}"]
        return subprocess.run(command, capture_output=True, text=True, check=check, cwd=folder, env=environ)

    return run


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A prefix, with a blank in its name, where both environments are built (of nothing but Python)."""
    for name in ("igwn", "ml"):
        place = Place(tmp_path / "my envs", name)
        make_environment(place.folder)
        place.incomplete.touch()
        place.finish("")
    return tmp_path / "my envs"


def copy_of_setup(checkout: Path) -> Path:
    return Path(shutil.copytree(ROOT / "setup", checkout / "setup")).parent


def make_environment(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)


def activate(prefix: Path, name: str = "igwn") -> str:
    return f". {shlex.quote(str(prefix / f'activate_{name}_env.sh'))}"


SHOW = 'echo "$PATH|${VIRTUAL_ENV-none}|${CONDA_PREFIX-none}|${PYTHONHOME-none}|${PYTHONPATH-none}"'


def test_it_activates_and_puts_everything_back(run: Run, prefix: Path) -> None:
    script = f"{SHOW}\n{activate(prefix)}\n{SHOW}\npython -c 'import sys; print(sys.prefix)'\nculpa_deactivate\n{SHOW}"
    before, active, python, after = run(script, VIRTUAL_ENV="/mine").stdout.splitlines()
    assert active == f"{prefix}/igwn/bin:{os.environ['PATH']}|{prefix}/igwn|none|none|none"
    assert python == f"{prefix}/igwn"
    assert after == before == f"{os.environ['PATH']}|/mine|none|none|none"


def test_a_python_home_of_another_python_is_put_aside(run: Run, prefix: Path) -> None:
    script = f"{activate(prefix)}\n{SHOW}\nculpa_deactivate\n{SHOW}"
    active, after = run(script, PYTHONHOME="/other").stdout.splitlines()
    assert (active.split("|")[3], after.split("|")[3]) == ("none", "/other")


def test_twice_is_once_and_the_other_one_takes_over(run: Run, prefix: Path) -> None:
    script = f"{activate(prefix)}\n{activate(prefix)}\n{activate(prefix, 'ml')}\n{SHOW}\nculpa_deactivate\n{SHOW}"
    active, after = run(script).stdout.splitlines()
    assert active.startswith(f"{prefix}/ml/bin:{os.environ['PATH']}|{prefix}/ml|")
    assert after == f"{os.environ['PATH']}|none|none|none|none"
    left = run(f"{activate(prefix)}\nculpa_deactivate\nset").stdout
    assert [line for line in left.splitlines() if line.startswith("_culpa_") and "=" in line.partition(" ")[0]] == []


def test_the_script_of_the_checkout_finds_it(run: Run, prefix: Path) -> None:
    script = f". ./setup/activate_ml_env.sh\n{SHOW}"
    assert f"|{prefix}/ml|" in run(script, CULPA_ENVS=str(prefix)).stdout


def test_a_relative_prefix_is_right_after_the_next_cd(run: Run, prefix: Path) -> None:
    script = ". $CULPA_ROOT/setup/activate_ml_env.sh\ncd /\npython -c 'import sys; print(sys.prefix)'"
    answer = run(script, folder=prefix.parent, CULPA_ENVS=prefix.name, CULPA_ROOT=str(ROOT))
    assert answer.stdout == f"{prefix}/ml\n"


def test_from_elsewhere_it_finds_the_checkout_or_says_how(run: Run, prefix: Path, tmp_path: Path) -> None:
    script = f". {ROOT}/setup/activate_ml_env.sh\n{SHOW}"
    answer = run(script, check=False, folder=tmp_path, CULPA_ENVS=str(prefix))
    if answer.returncode:
        assert answer.stderr == "culpa: go to the checkout of culpa before you source this, or set CULPA_ROOT to it\n"
        answer = run(script, folder=tmp_path, CULPA_ENVS=str(prefix), CULPA_ROOT=str(ROOT))
    assert f"|{prefix}/ml|" in answer.stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("chatty", ["chpwd() { ls; }", 'cd() { command cd "$@" && ls; }'])
def test_a_cd_that_prints_is_no_part_of_the_path(shell: str, prefix: Path, chatty: str) -> None:
    script = f". {ROOT}/setup/activate_ml_env.sh\n{SHOW}"
    environ = {"PATH": os.environ["PATH"], "CULPA_ENVS": str(prefix)}
    answer = subprocess.run([shell, "-c", f"{chatty}\n{script}"], capture_output=True, text=True, cwd=ROOT, env=environ)
    assert f"|{prefix}/ml|" in answer.stdout


@pytest.mark.parametrize(("state", "said"), [("none", "no"), ("unfinished", "an unfinished set-up of the")])
def test_what_is_not_built_is_said_with_the_way_out(run: Run, tmp_path: Path, state: str, said: str) -> None:
    if state == "unfinished":
        make_environment(tmp_path / "igwn")
        (tmp_path / "igwn.incomplete").touch()
    script = f"set +e\n. ./setup/activate_igwn_env.sh\necho $?\n{SHOW}"
    answer = run(script, CULPA_ENVS=str(tmp_path))
    assert answer.stdout == f"1\n{os.environ['PATH']}|none|none|none|none\n"
    assert answer.stderr.splitlines() == [
        f"culpa: there is {said} igwn environment in {tmp_path}; to build it:",
        f"  python3 '{ROOT}/setup/install_igwn_env.py' --prefix '{tmp_path}'",
    ]


def test_the_command_that_builds_it_can_be_pasted(run: Run, tmp_path: Path) -> None:
    checkout = copy_of_setup(tmp_path / "an old $HOME's checkout")
    answer = run(". ./setup/activate_igwn_env.sh", check=False, folder=checkout)
    _, command = answer.stderr.splitlines()
    install = str(checkout / "setup" / "install_igwn_env.py")
    assert shlex.split(command) == ["python3", install, "--prefix", str(checkout / "envs")]


@pytest.mark.parametrize("chosen", ["", "CULPA_ENV=/nowhere"])
def test_what_is_active_stays_so_where_another_cannot_be_activated(run: Run, prefix: Path, chosen: str) -> None:
    (prefix / "igwn" / "conda-meta").mkdir()
    (prefix / "ml.incomplete").touch()
    script = f"set +e\n{activate(prefix)}\n{SHOW}\n{chosen}\n{activate(prefix, 'ml')}\n{SHOW}\nculpa_deactivate\n{SHOW}"
    active, still, after = run(script).stdout.splitlines()
    assert still == active == f"{prefix}/igwn/bin:{os.environ['PATH']}|none|{prefix}/igwn|none|none"
    assert after == f"{os.environ['PATH']}|none|none|none|none"


def test_conda_environments_run_the_scripts_of_their_packages(run: Run, prefix: Path) -> None:
    conda = prefix / "igwn" / "etc" / "conda"
    (prefix / "igwn" / "conda-meta").mkdir()
    for when, text in {
        "activate": "FRAMES=$CONDA_PREFIX/frames\n",
        "deactivate": "echo gone from $CONDA_PREFIX\n",
    }.items():
        (conda / f"{when}.d").mkdir(parents=True)
        (conda / f"{when}.d" / "frames.sh").write_text(text)
    script = f"{activate(prefix)}\necho $FRAMES\n{SHOW}\nculpa_deactivate\n{SHOW}"
    frames, active, gone, after = run(script, CONDA_PREFIX="/base").stdout.splitlines()
    assert frames == f"{prefix}/igwn/frames"
    assert active == f"{prefix}/igwn/bin:{os.environ['PATH']}|none|{prefix}/igwn|none|none"
    assert gone == f"gone from {prefix}/igwn"
    assert after == f"{os.environ['PATH']}|none|/base|none|none"


def test_conda_environments_without_such_scripts(run: Run, prefix: Path) -> None:
    (prefix / "igwn" / "conda-meta").mkdir()
    (prefix / "igwn" / "etc" / "conda" / "activate.d").mkdir(parents=True)
    assert run(f"{activate(prefix)}\nculpa_deactivate\n{SHOW}").stdout == f"{os.environ['PATH']}|none|none|none|none\n"


def snapshot(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, time of change and content of everything."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in [folder, *sorted(folder.rglob("*"))]
    }


@pytest.fixture
def provided(tmp_path: Path) -> Iterator[Path]:
    """An environment as CVMFS provides it: read-only. It can run culpa, with the packages of the tests' Python."""
    folder = tmp_path / "cvmfs" / "igwn"
    make_environment(folder)
    packages = next((folder / "lib").glob("python*")) / "site-packages"
    (packages / "theirs.py").write_text("there = True\n")
    for path in map(Path, sys.path):
        if path.name == "site-packages":
            (packages / "packages.pth").write_text(f"{path}\n")
    _set_writable(folder, False)
    yield folder
    _set_writable(folder, True)


def _set_writable(folder: Path, writable: bool) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o200 if writable else path.stat().st_mode & ~0o222)


def test_an_environment_of_cvmfs_is_used_and_nothing_written_into_it(run: Run, provided: Path, tmp_path: Path) -> None:
    before = snapshot(provided)
    script = ". ./setup/activate_ml_env.sh\ncd /\nculpa --version\n"
    script += f"python -c 'import culpa, sys, theirs; print(culpa.__file__, sys.prefix)'\nculpa_deactivate\n{SHOW}"
    answer = run(script, CULPA_ENV=f"{provided}/", CULPA_ENVS=str(tmp_path), PYTHONPATH="/mine")
    version, python, after = answer.stdout.splitlines()
    assert version == culpa.__version__
    assert python == f"{ROOT}/src/culpa/__init__.py {provided}"
    assert after == f"{os.environ['PATH']}|none|none|none|/mine"
    assert snapshot(provided) == before


def test_relative_places_are_right_after_the_next_cd(run: Run, provided: Path) -> None:
    script = ". $CULPA_ROOT/setup/activate_ml_env.sh\ncd /\n"
    script += "python -c 'import culpa, sys; print(culpa.__file__, sys.prefix)'"
    told = {"CULPA_ENV": f"./{provided.name}/", "CULPA_ROOT": os.path.relpath(ROOT, provided.parent)}
    file, prefix = run(script, folder=provided.parent, **told).stdout.split()
    assert Path(file).samefile(culpa.__file__)
    assert Path(prefix).samefile(provided)


def test_an_environment_that_cannot_run_culpa_is_refused(run: Run, tmp_path: Path) -> None:
    python = tmp_path / "old" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    answer = run("set +e\n. ./setup/activate_igwn_env.sh\necho $?", CULPA_ENV=str(tmp_path / "old"))
    assert answer.stdout == "1\n"
    assert "cannot run culpa (Python 3.11 or newer)" in answer.stderr


def test_a_thin_environment_on_top_of_it_goes_first(run: Run, prefix: Path, provided: Path) -> None:
    (prefix / "igwn" / "culpa.parent").write_text(f"{provided}\n")
    for chosen in ({}, {"CULPA_ENV": str(provided)}, {"CULPA_ENV": os.path.relpath(provided, ROOT)}):
        answer = run(f"{activate(prefix)}\n{SHOW}\necho $PYTHONDONTWRITEBYTECODE", **chosen).stdout
        assert answer == f"{prefix}/igwn/bin:{provided}/bin:{os.environ['PATH']}|{prefix}/igwn|none|none|none\n1\n"
