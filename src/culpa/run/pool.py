"""Jobs on the processes of one machine: results in the order of the jobs, however many processes there are."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from ..errors import CulpaError, UsageError

Job = TypeVar("Job")
Result = TypeVar("Result")

_AHEAD = 3
"""Jobs handed out per process before the oldest result is taken: keeps all busy, and memory bounded."""


def ordered(function: Callable[[Job], Result], jobs: Iterable[Job], workers: int = 1) -> Iterator[Result]:
    """`function` of each job, in the order of the jobs, computed by `workers` processes (1: by this one).

    Function, jobs and results must pickle. An exception of a job is raised when its turn comes. Raises UsageError for
    `workers` < 1 and CulpaError where a process dies (killed, out of memory).
    """
    if workers < 1:
        raise UsageError(f"jobs: expected at least 1, got {workers}")
    if workers == 1:
        return map(function, jobs)
    return _in_processes(function, iter(jobs), workers)


def _in_processes(function: Callable[[Job], Result], jobs: Iterator[Job], workers: int) -> Iterator[Result]:
    # spawn: the same on every system, and no lock of a library is inherited half-way
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    waiting: deque[Future[Result]] = deque()
    try:
        waiting.extend(pool.submit(function, job) for job in islice(jobs, workers * _AHEAD))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(function, job) for job in islice(jobs, 1))
            yield result
    except BrokenProcessPool as problem:
        raise CulpaError(
            "a worker process died before its job was done (killed, or out of memory)",
            "what was finished is valid; run again, with a smaller -j where memory is short",
        ) from problem
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
