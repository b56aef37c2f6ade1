"""Locks, conda's files and the scripts agree with each other and with the project."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import builds
import lacking
import pytest

from .conftest import ROOT

SETUP = ROOT / "setup"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA_NAMES = {"matplotlib": "matplotlib-base", "tensorflow-cpu": "tensorflow", "torch": "pytorch"}
LOCK = (SETUP / "ml.txt").read_text(encoding="utf-8")


def pins(text: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE))


def asked_of_conda(name: str) -> set[str]:
    """Requirements of an environment file, whether conda or pip installs them."""
    text = (SETUP / name).read_text(encoding="utf-8")
    return set(re.findall(r"^ +- ([^:#\s]+)(?: #.*)?$", text, flags=re.MULTILINE)) - {"conda-forge", "nodefaults"}


def own(*extras: str) -> set[str]:
    """The project's requirements, by conda's names."""
    listed = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]]
    listed += [line for extra in extras for line in PROJECT["project"]["optional-dependencies"][extra]]
    names = [re.match(r"([\w.-]+)([^;]*)", line).groups() for line in listed]  # type: ignore[union-attr]
    return {CONDA_NAMES.get(name, name) + bounds for name, bounds in names}


def test_the_lock_names_no_registry_and_every_file_is_hashed() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(entries) > 50


def test_no_file_names_a_host() -> None:
    assert [
        path.name for path in SETUP.rglob("*") if path.is_file() and path.suffix != ".pyc" and "://" in path.read_text()
    ] == []


def test_torch_stays_outside_and_what_it_needs_inside() -> None:
    names = {name for name, _ in pins(LOCK)}
    assert "torch" not in names
    assert names >= {"filelock", "fsspec", "jinja2", "networkx", "setuptools", "sympy", "typing-extensions"}


def test_the_lock_differs_from_that_of_the_base_only_where_tensorflow_makes_it() -> None:
    base = pins((ROOT / "requirements" / "base.txt").read_text(encoding="utf-8"))
    assert {name for name, _ in base - pins(LOCK)} <= {"h5py"}, "run: .venv/bin/python scripts/lock.py"


def test_what_may_be_asked_for_is_locked() -> None:
    names = {name for name, _ in pins(LOCK)}
    assert names >= {"keras", "onnx", "onnxscript", "tensorflow", "tensorflow-cpu", "tensorflow-metal", "tf2onnx"}
    assert names >= {"alembic", "mlflow-skinny", "sqlalchemy"}


def test_conda_s_files_ask_for_what_the_project_asks_for() -> None:
    python = {"python=3.12", "pip"}
    learning = ("torch", "tensorflow", "tracking")
    assert asked_of_conda("environment-igwn.yml") == own("gw", "hveto") | python
    assert asked_of_conda("environment-ml.yml") == own(*learning) | python
    assert asked_of_conda("environment.yml") == own("gw", "hveto", *learning) | python


@pytest.mark.parametrize("name", ["environment-igwn.yml", "environment-ml.yml", "environment.yml"])
def test_conda_forge_is_the_only_channel(name: str) -> None:
    text = (SETUP / name).read_text(encoding="utf-8")
    assert re.search(r"^channels:\n  - conda-forge\n  - nodefaults\ndependencies:\n", text, flags=re.MULTILINE)


def test_the_two_activate_scripts_differ_in_the_name_only() -> None:
    igwn = (SETUP / "activate_igwn_env.sh").read_text(encoding="utf-8")
    assert igwn.replace("igwn", "ml") == (SETUP / "activate_ml_env.sh").read_text(encoding="utf-8")


def test_the_documented_versions_are_those_in_use() -> None:
    page = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")
    locked = dict(pins(LOCK))
    assert f"PyTorch {builds.TORCH}" in page
    assert f"tensorflow-metal {locked['tensorflow-metal']}" in page
    assert f"h5py {locked['h5py']}" in page


@pytest.mark.parametrize(
    ("requirement", "there"),
    [
        ("pytest", True),
        ("pytest>=8.3", True),
        ("pytest>=8.3,<100", True),
        ("pytest>=1000", False),
        ("no-such-package>=1", False),
    ],
)
def test_what_an_environment_lacks_is_seen(requirement: str, there: bool) -> None:
    assert lacking.is_there(requirement) is there


def test_what_an_environment_lacks_is_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["pytest>=8", "no-such-package>=2; sys_platform != \'win32\'"]\n'
        '[project.optional-dependencies]\ngw = []\nhveto = ["neither<3"]\n'
    )
    command = [sys.executable, "-B", SETUP / "lacking.py", "igwn", tmp_path, "/my env"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stderr.startswith("culpa: /my env lacks no-such-package>=2, neither<3; ")
    assert f"CULPA_ENV='/my env' python3 {tmp_path}/setup/install_igwn_env.py\n" in answer.stderr
