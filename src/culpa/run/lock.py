"""One run at a time in the folder of a day."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..errors import CulpaError
from .plan import HIDDEN

_PATIENCE = 30.0
"""Seconds that workers of a killed run are given to end."""


class BusyError(CulpaError):
    """Another run is at work in the folder."""


@contextmanager
def locked(folder: Path, patience: float = _PATIENCE, brief: bool = False) -> Iterator[int]:
    """Hold the lock of a day's folder; gives the file descriptor that holds it.

    The system frees it when the last process that has the descriptor ends, however it ends: a lock cannot go stale.
    Where its owner is dead and workers of it still end, or where it said that its work is `brief`, it is waited for, so
    many seconds. Raises BusyError, which names the owner.
    """
    path = folder / HIDDEN / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        _take(file, folder, patience)
        file.truncate(0)
        json.dump({"process": os.getpid(), "host": socket.gethostname(), "brief": brief}, file)
        file.flush()
        yield file.fileno()


def _take(file: IO[str], folder: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        if try_lock(file):
            return
        owner = _owner(file)
        if (_is_alive(owner) and not owner["brief"]) or time.monotonic() > until:
            raise _busy(folder, owner)
        time.sleep(0.05)


if sys.platform == "win32":
    import msvcrt

    _BEHIND = 1 << 30
    """A byte that is locked must not be one that others read."""

    def try_lock(file: IO[str]) -> bool:
        """Lock a file; False where another process has it."""
        file.seek(_BEHIND)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def try_lock(file: IO[str]) -> bool:
        """Lock a file; False where another process has it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as problem:
            raise CulpaError(
                f"{file.name} cannot be locked: {problem.strerror}", "keep results on a file system that has flock"
            ) from problem
        return True


def _busy(folder: Path, owner: dict[str, Any]) -> BusyError:
    who = f"process {owner['process']} on {owner['host']}" if owner else "a process that does not say who it is"
    return BusyError(
        f"another run is at work in {folder}: {who}",
        "wait for it, or end it; a run that was killed leaves no lock behind",
    )


def _owner(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        said = json.load(file)
        return {"process": int(said["process"]), "host": str(said["host"]), "brief": said["brief"] is True}
    except (ValueError, LookupError, TypeError):
        return {}  # it has just taken the lock, or died while it wrote


def _is_alive(owner: dict[str, Any]) -> bool:
    """Whether the owner runs, as far as can be told: on another machine it is taken to."""
    if not owner or owner["host"] != socket.gethostname() or sys.platform == "win32":
        return bool(owner)  # there, workers do not share the lock: whoever has it is alive
    try:
        os.kill(owner["process"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
