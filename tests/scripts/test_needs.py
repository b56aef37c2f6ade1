"""Each command installs what it needs, and no more."""

import pytest
from needs import LOCKS, NEEDED_BY, needed
from typer.main import get_command

from culpa.cli import app


@pytest.mark.parametrize(
    ("words", "locks"),
    [
        ("setup", "dev"),
        ("test", "dev"),
        ("test --help", "dev"),
        ("triggers", "gw"),
        ("demo", "gw"),
        ("hveto 2026-01-01", "gw"),
        ("hveto 2026-01-01 --engine upstream", "hveto"),
        ("hveto --engine=upstream 2026-01-01", "hveto"),
        ("serve", "base"),
        ("", "base"),
        ("qscan 2026-01-01", "gw"),
        ("classify 2026-01-01", "gw"),
        ("classify 2026-01-01 --framework tensorflow", "tensorflow"),
        ("train 2026-01-01", "pytorch"),
        ("train --help", "gw"),
        ("train -h --framework both", "gw"),
        ("training-set --images glitches", "gw"),
        ("train --framework=tensorflow", "tensorflow"),
        ("train --framework tensorflow 2026-01-01", "tensorflow"),
        ("train 2026-01-01 --framework both", "pytorch tensorflow"),
        ("train --framework torch", "gw"),
        ("train --framework", "pytorch"),
        ("run 2026-01-01", "gw"),
        ("run 2026-01-01 --train", "pytorch"),
        ("run 2026-01-01 --train --framework tensorflow", "tensorflow"),
        ("submit 2026-01-01 --train", "condor pytorch"),
    ],
)
def test_commands_install_what_they_need(words: str, locks: str) -> None:
    assert needed(words.partition(" ")[0], words.split()) == locks.split()


def test_each_command_of_the_program_has_been_thought_of() -> None:
    """What is not listed gets the base only: list what needs more."""
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert commands - set(NEEDED_BY) <= {"config", "job", "serve"}
    assert set(NEEDED_BY) - commands == {"setup", "test"}


def test_a_lock_comes_after_those_that_it_holds_and_holds_what_they_hold() -> None:
    seen: set[str] = set()
    for lock, held in LOCKS.items():
        assert set(held) <= seen
        assert {inner for name in held for inner in LOCKS[name]} <= set(held)
        seen.add(lock)
