"""Jobs on the processes of one machine: results in the order of the jobs, however many processes there are."""

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from typing import TypeVar

from ..errors import CulpaError, UsageError

Job = TypeVar("Job")
Result = TypeVar("Result")
Done = tuple[Result, list[logging.LogRecord]]
"""What a job gave and what it had to say."""

_AHEAD = 3
"""Jobs handed out per process before the oldest result is taken: keeps all busy, and memory bounded."""


def ordered(function: Callable[[Job], Result], jobs: Iterable[Job], workers: int = 1) -> Iterator[Result]:
    """`function` of each job, in the order of the jobs, computed by `workers` processes (1: by this one).

    Function, jobs and results must pickle. An exception of a job is raised when its turn comes; what jobs log is logged
    here, the same text once. No process outlives this one or the iteration. Raises UsageError for `workers` < 1 and
    CulpaError where a process dies (killed, out of memory).
    """
    if workers < 1:
        raise UsageError(f"jobs: expected at least 1, got {workers}")
    if workers == 1:
        return map(function, jobs)
    return _in_processes(function, iter(jobs), workers)


def _in_processes(function: Callable[[Job], Result], jobs: Iterator[Job], workers: int) -> Iterator[Result]:
    # spawn: the same on every system, and no lock of a library is inherited half-way
    context = multiprocessing.get_context("spawn")
    held_there, held_here = context.Pipe(duplex=False)
    level = logging.getLogger("culpa").getEffectiveLevel()
    pool = ProcessPoolExecutor(workers, context, _begin, (held_there, level))
    waiting: deque[Future[Done[Result]]] = deque()
    told: set[str] = set()

    def hand_out(number: int) -> None:
        for job in islice(jobs, number):
            with _interrupts_wait():
                waiting.append(pool.submit(_do, function, job))

    try:
        hand_out(workers * _AHEAD)
        while waiting:
            result, records = waiting.popleft().result()
            _pass_on(records, told)
            hand_out(1)
            yield result
    except BrokenProcessPool as problem:
        raise CulpaError(
            "a worker process died before its job was done (killed, or out of memory)",
            "what was finished is valid; run again, with a smaller -j where memory is short",
        ) from problem
    finally:
        held_here.close()  # ends the workers, at once
        pool.shutdown(wait=True, cancel_futures=True)
        held_there.close()


def _begin(held: Connection, level: int) -> None:
    """What a worker does first: see to it that it ends with its parent, and keep what is logged for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process: the parent answers it
    threading.Thread(target=_end_with_parent, args=(held,), daemon=True).start()
    logging.basicConfig(handlers=[_Keep()], force=True)
    logging.getLogger("culpa").setLevel(level)


def _end_with_parent(held: Connection) -> None:
    """Wait for the pipe to close, which it does when the parent wishes so, and when the parent is no more."""
    try:
        held.recv()
    except (EOFError, OSError):
        os._exit(1)  # from a thread there is no other way


class _Keep(logging.Handler):
    """Keeps records, ready to travel."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        record.msg, record.args, record.exc_info = record.getMessage(), None, None
        self.records.append(record)


def _do(function: Callable[[Job], Result], job: Job) -> Done[Result]:
    (keep,) = (handler for handler in logging.getLogger().handlers if isinstance(handler, _Keep))
    keep.records.clear()
    return function(job), keep.records


def _pass_on(records: Iterable[logging.LogRecord], told: set[str]) -> None:
    for record in records:
        if record.msg not in told:  # each job has its own copy of what remembers that
            told.add(record.msg)
            logging.getLogger(record.name).handle(record)


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Ctrl-C takes effect after the block only, and a process started in it does not see it at all (not on Windows)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
