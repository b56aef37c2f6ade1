"""Another machine: commands are noted, not run, and questions are answered from a table."""

import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "setup"), str(ROOT / "scripts")]  # the installers are scripts, not part of the package

from installer import System  # noqa: E402
from recipes import Command  # noqa: E402


class Elsewhere(System):
    """Notes what it is to run; makes the Python that an environment is recognised by."""

    def __init__(self, answers: dict[tuple[str, ...], str] | None = None, programs: tuple[str, ...] = ("uv",)) -> None:
        self.answers = answers or {}
        self.programs = programs
        self.noted: list[str] = []
        self.then: Callable[[Command], None] = lambda command: None

    def run(self, command: Command) -> None:
        self.noted.append(str(command))
        folder = Path(
            command.words[command.words.index("--prefix") + 1] if "--prefix" in command.words else command.words[-1]
        )
        if "venv" in command.words or "create" in command.words:
            (folder / "bin").mkdir(parents=True)
            (folder / "bin" / "python").touch(0o755)
        self.then(command)

    def output(self, *words: str) -> str:
        return self.answers.get(words, "")

    def succeeds(self, *words: str) -> bool:
        return words[0] in self.programs


@pytest.fixture
def options(tmp_path: Path) -> Namespace:
    return Namespace(manager="uv", prefix=tmp_path / "p", python=(3, 12), dry_run=False, framework="both", gpu=False)


@pytest.fixture(autouse=True)
def _no_environment_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CULPA_ENV", "CULPA_ENVS", "CULPA_ROOT"):
        monkeypatch.delenv(name, raising=False)
