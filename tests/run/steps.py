"""A stage for tests: jobs that write what they read, and say in a list that they did."""

import hashlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from culpa.errors import CulpaError
from culpa.run import registry
from culpa.run.outcome import Action, Outcome
from culpa.run.plan import Job

NAME = "steps"
CODE = ("run/plan.py",)
PACKAGES = ("numpy",)


class Settings(dict[str, Any]):
    """Settings that bring the stage along to another process."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _arrive, (dict(self),)


def _arrive(settings: dict[str, Any]) -> dict[str, Any]:
    registry._ALL[NAME] = _THIS
    return settings


def step(
    name: str, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = (), action: str = "write", **parameters: Any
) -> Job:
    """A job of this stage."""
    return Job(f"{NAME}/{name}", action, Settings(), parameters, inputs, outputs)


def said(folder: Path) -> list[str]:
    """The jobs that were done, in the order in which they ended."""
    path = folder / "said"
    return path.read_text().splitlines() if path.exists() else []


def _write(job: Job, folder: Path) -> Outcome:
    """Raises a CulpaError or another error where the parameters say so."""
    if job.parameters.get("fails"):
        raise CulpaError(f"{job.name} was told to fail")
    text = job.name + "".join(f"\n{path} {(folder / path).read_text()}" for path in job.inputs)
    for path in (*job.outputs, *job.parameters.get("more", ())):
        (folder / path).write_text(f"{path} {hashlib.sha256(text.encode()).hexdigest()}")
    with os.fdopen(os.open(folder / "said", os.O_APPEND | os.O_CREAT | os.O_WRONLY), "a") as file:
        file.write(f"{job.name}\n")
    return Outcome((*job.outputs, *job.parameters.get("more", ())), {"read": len(job.inputs)})


def _die(_: Job, __: Path) -> Outcome:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _nothing(job: Job, _: Path) -> Outcome:
    return Outcome((), {"empty": "there was nothing"} if job.parameters.get("says so") else {})


ACTIONS: dict[str, Action] = {"write": _write, "nothing": _nothing, "die": _die}


class _Stage:
    """The same as a module of `run/stages`."""

    NAME, CODE, PACKAGES, ACTIONS = NAME, CODE, PACKAGES, ACTIONS


_THIS: Any = _Stage
