"""The locks: every file by its hash, no registry named, the smaller ones part of the larger."""

import re
import tomllib
from pathlib import Path

import pytest
from needs import LOCKS

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "run: .venv/bin/python scripts/lock.py"


def text(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")


def pins(lock: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^([\w.-]+)==(\S+)", text(lock), flags=re.MULTILINE))


@pytest.mark.parametrize("lock", [*LOCKS, "uv"])
def test_no_registry_is_named_and_every_file_is_hashed(lock: str) -> None:
    assert "://" not in text(lock)
    entries = re.split(r"\n(?=\S)", text(lock).strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_torch_stays_outside(lock: str) -> None:
    """Its processor-only build has another hash and version than the registry's, which brings gigabytes of CUDA."""
    names = {name for name, _ in pins(lock)}
    assert "torch" not in names
    assert not [name for name in names if name.startswith(("nvidia-", "cuda-", "triton"))]


def test_what_torch_needs_is_inside() -> None:
    needed = {"filelock", "fsspec", "jinja2", "networkx", "setuptools", "sympy", "typing-extensions"}
    assert {name for name, _ in pins("pytorch")} >= needed


def test_the_project_s_own_requirements_are_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = {"base": project["project"]["dependencies"], **{name: extras[name] for name in ("gw", "hveto", "condor")}}
    asked["pytorch"] = [item for item in [*extras["torch"], *extras["tracking"]] if not item.startswith("torch>")]
    asked["tensorflow"] = [*extras["tensorflow"], *extras["tracking"]]
    asked["dev"] = [item for item in project["dependency-groups"]["dev"] if isinstance(item, str)]
    for lock, requirements in asked.items():
        names = {re.split(r"[^\w.-]", requirement)[0] for requirement in requirements}
        assert names - {name for name, _ in pins(lock)} == set(), AGAIN
    assert {name for names in LOCKS.values() for name in names} | {"dev", "pytorch"} == set(asked)


def test_the_extra_all_is_all() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    assert extras.pop("all") == [f"culpa[{','.join(sorted(extras))}]"]


@pytest.mark.parametrize(("lock", "held"), [(lock, held) for lock in LOCKS for held in LOCKS[lock]])
def test_a_smaller_lock_agrees_with_the_larger(lock: str, held: str) -> None:
    assert pins(held) < pins(lock)


def test_what_goes_into_one_environment_agrees() -> None:
    """Versions may differ between Pythons and platforms, not between locks."""
    allowed = pins("dev")
    assert [pin for name in LOCKS for pin in pins(name) if pin not in allowed] == []
