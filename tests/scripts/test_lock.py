"""The locks: every file by its hash, no registry named, the smaller ones part of the larger."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "run: .venv/bin/python scripts/lock.py"


def text(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")


def pins(lock: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^([\w.-]+)==(\S+)", text(lock), flags=re.MULTILINE))


@pytest.mark.parametrize("lock", ["base", "gw", "hveto", "condor", "dev", "uv"])
def test_no_registry_is_named_and_every_file_is_hashed(lock: str) -> None:
    assert "://" not in text(lock)
    entries = re.split(r"\n(?=\S)", text(lock).strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_torch_stays_outside() -> None:
    """Its processor-only build has another hash and version than the registry's, which brings gigabytes of CUDA."""
    assert "torch" not in {name for name, _ in pins("dev")}


def test_the_project_s_own_requirements_are_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {"base": project["project"]["dependencies"], **project["project"]["optional-dependencies"]}
    asked["dev"] = [item for item in project["dependency-groups"]["dev"] if isinstance(item, str)]
    for lock, requirements in asked.items():
        names = {re.split(r"[^\w.-]", requirement)[0] for requirement in requirements}
        assert names - {name for name, _ in pins(lock)} == set(), AGAIN


def test_a_smaller_lock_agrees_with_the_larger() -> None:
    assert pins("base") < pins("gw") < pins("hveto") < pins("condor") < pins("dev")
