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
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any, TypeVar

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
    waiting: deque[Future[Done[Result]]] = deque()
    with processes(workers) as pool:
        waiting.extend(pool.submit(function, job) for job in islice(jobs, workers * _AHEAD))
        while waiting:
            result = pool.answer(waiting.popleft())
            waiting.extend(pool.submit(function, job) for job in islice(jobs, 1))
            yield result


@contextmanager
def processes(workers: int, lock: int | None = None) -> Iterator["Processes"]:
    """So many processes, which end with the block and with this process, whatever becomes of it.

    They keep the file descriptor `lock` open as long as they live, if it is given. Raises CulpaError where one dies.
    """
    # spawn: the same on every system, and no lock of a library is inherited half-way
    context = multiprocessing.get_context("spawn")
    held_there, held_here = context.Pipe(duplex=False)
    level = logging.getLogger("culpa").getEffectiveLevel()
    shared = None if lock is None or os.name == "nt" else _Shared(lock)
    given: tuple[Any, ...] = (held_there, level, shared)  # what is shared becomes a number on the way
    pool = ProcessPoolExecutor(workers, context, _begin, given)
    try:
        yield Processes(pool)
    except BrokenProcessPool as problem:
        raise CulpaError(
            "a worker process died before its job was done (killed, or out of memory)",
            "what was finished is valid; run again, with a smaller -j where memory is short",
        ) from problem
    finally:
        held_here.close()  # ends the workers, at once
        pool.shutdown(wait=True, cancel_futures=True)
        held_there.close()


class Processes:
    """Workers that do jobs as they get free. Made by `processes`."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._told: set[str] = set()

    def submit(self, function: Callable[[Job], Result], job: Job) -> Future[Done[Result]]:
        """Hand out a job; the future is done when the job is, and is for `answer`."""
        with _interrupts_wait():
            return self._pool.submit(_do, function, job)

    def answer(self, future: Future[Done[Result]]) -> Result:
        """What a job gave, or raised; what it logged is logged here, the same text once."""
        result, records = future.result()
        for record in records:
            if record.msg not in self._told:  # each job has its own copy of what remembers that
                self._told.add(record.msg)
                logging.getLogger(record.name).handle(record)
        return result


@contextmanager
def told_once() -> Iterator[None]:
    """Inside the block, what is logged here comes through once, as it does from processes."""
    handlers = [(handler, _News()) for handler in logging.getLogger().handlers]
    for handler, news in handlers:
        handler.addFilter(news)
    try:
        yield
    finally:
        for handler, news in handlers:
            handler.removeFilter(news)


class _News(logging.Filter):
    """Lets each text through once."""

    def __init__(self) -> None:
        super().__init__()
        self._told: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        new = text not in self._told
        self._told.add(text)
        return new


class _Shared:
    """A file descriptor that travels to a process that is being started."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[Callable[[Any], int], tuple[Any]]:
        return _received, (reduction.DupFd(self._descriptor),)


def _received(duplicate: Any) -> int:
    descriptor: int = duplicate.detach()
    return descriptor


def _begin(held: Connection, level: int, _: int | None) -> None:
    """What a worker does first: see to it that it ends with its parent, and keep what is logged for it.

    The descriptor of the lock stays open, as nobody closes it.
    """
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
