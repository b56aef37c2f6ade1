"""Whoever writes into the folder of a day is alone there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .condor.mark import check_not_submitted
from .lock import locked


@contextmanager
def at_work(folder: Path) -> Iterator[int]:
    """Nobody else writes there, here or in a pool; gives the file descriptor of the lock.

    Raises BusyError, which names the other, where somebody does.
    """
    with locked(folder) as lock:
        check_not_submitted(folder)
        yield lock
