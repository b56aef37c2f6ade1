"""A task in a Python process of its own, because a process has one framework and keeps it.

What goes in and out lies in files of a folder (`tasks`). The child tells on its standard output, a JSON list a line,
how far it is and what went wrong; what frameworks print goes to a log in that folder. A child whose parent is gone ends
at its next step.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from ..errors import CulpaError, NoDataError, UsageError
from . import tasks
from .backend import Framework, framework, require
from .training import Tick

LOG = "framework.log"


def perform(task: str, name: Framework, folder: Path, tick: Tick = lambda _done, _total: None) -> None:
    """Do a task of `tasks.TASKS` with a framework on the files of a folder; returns when it is done.

    Raises MissingExtraError without the framework, what the task raises, and CulpaError where its process ended early.
    """
    require(name, f"--framework {name}")
    command = [sys.executable, "-P", "-m", __name__, task, name, str(folder)]
    with (
        (folder / LOG).open("w") as log,
        subprocess.Popen(  # noqa: S603  ours
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        ) as child,
    ):
        try:
            for line in child.stdout or ():
                _hear(json.loads(line), tick)
        except BaseException:
            child.kill()
            raise
    if code := child.returncode:
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        said = f": {line}" if (line := _last_line(folder / LOG)) else ""
        raise CulpaError(f"{name} ended early ({how}{said})", f"{folder / LOG} has what it printed")


def _hear(message: list[str | int], tick: Tick) -> None:
    kind, *rest = message
    if kind == "tick":
        tick(*map(int, rest))
        return
    kinds = {UsageError.exit_code: UsageError, NoDataError.exit_code: NoDataError}
    code, text, hint = rest
    raise kinds.get(int(code), CulpaError)(str(text), str(hint))


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def main(task: str, name: str, folder: str) -> None:
    """The child's part: do the task, tell how it goes."""
    with os.fdopen(os.dup(1), "w") as parent:
        os.dup2(2, 1)  # frameworks print where they like
        try:
            tasks.TASKS[task](framework(name), Path(folder), lambda *steps: _tell(parent, "tick", *steps))
        except CulpaError as problem:
            _tell(parent, "error", problem.exit_code, problem.message, problem.hint)


def _tell(parent: TextIO, *message: str | int) -> None:
    print(json.dumps(message), file=parent, flush=True)  # a broken pipe ends this process, as it should


if __name__ == "__main__":
    main(*sys.argv[1:])
