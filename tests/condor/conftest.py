"""A real HTCondor pool, where one is reachable; README.md tells how to bring one up."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import pytest


@dataclass(frozen=True)
class Pool:
    """How to speak to the pool: `become` goes before a command, `python` has culpa and can be started by its jobs."""

    become: tuple[str, ...]
    python: str
    work: Path

    def run(
        self, *command: object, cwd: Path | None = None, timeout: float = 300.0
    ) -> "subprocess.CompletedProcess[str]":
        """What a command said and answered, run as the one who may submit jobs."""
        words = [*self.become, *map(str, command)]
        return subprocess.run(
            words, cwd=cwd or self.work, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )


def reachable() -> Pool | str:
    """The pool that the environment names, or why there is none."""
    if "CONDOR_CONFIG" not in os.environ:
        return "no HTCondor pool: CONDOR_CONFIG is not set (tests/condor/README.md)"
    become = tuple(shlex.split(os.environ.get("CULPA_CONDOR_AS", "")))
    if os.geteuid() == 0 and not become:
        return "HTCondor takes no jobs from root: CULPA_CONDOR_AS is not set (tests/condor/README.md)"
    python = os.environ.get("CULPA_CONDOR_PYTHON", sys.executable)
    pool = Pool(become, python, Path(os.environ.get("CULPA_CONDOR_WORK", gettempdir())))
    try:
        answer = pool.run("condor_status", "-af", "Name", timeout=60.0)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"the HTCondor pool of {os.environ['CONDOR_CONFIG']} cannot be asked: {problem}"
    if answer.returncode or not answer.stdout.strip():
        return f"the HTCondor pool of {os.environ['CONDOR_CONFIG']} does not answer: {answer.stderr.strip()}"
    return pool


@pytest.fixture(scope="session")
def pool() -> Pool:
    """A pool that answers; without one the test is skipped, or fails where CULPA_NEEDS_CONDOR is set."""
    found = reachable()
    if isinstance(found, Pool):
        return found
    if os.environ.get("CULPA_NEEDS_CONDOR"):
        pytest.fail(found)
    pytest.skip(found)


@pytest.fixture
def place(pool: Pool) -> Iterator[Path]:
    """An empty folder that the pool's jobs may write to."""
    made = pool.run("mktemp", "--directory", "--tmpdir=" + str(pool.work), "culpa-XXXXXX")
    assert made.returncode == 0, made.stderr
    folder = Path(made.stdout.strip())
    yield folder
    shutil.rmtree(folder)
