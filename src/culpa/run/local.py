"""All that is due, done by the processes of this machine."""

import heapq
import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ..errors import CulpaError
from .hashes import Hashes, Seen
from .perform import Done, perform
from .plan import Job, Plan
from .pool import Processes, processes, told_once
from .records import Records

_AHEAD = 1
"""Jobs handed out per process beyond the one that it does: it need not wait for us."""

Tick = Callable[[str], None]
"""Told the stage of each job that is done, failed or left out."""


@dataclass(frozen=True)
class Task:
    """A job with all that a process needs to do it; `before` are the files that it wrote the time before."""

    job: Job
    folder: Path
    inputs: Mapping[str, Seen | None]
    before: tuple[str, ...]


def do(task: Task) -> Done:
    """The work of one task."""
    return perform(task.job, task.folder, task.inputs, task.before)


@dataclass
class Carried:
    """What became of the jobs: those that are done, problems by job, jobs left out as they need these."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, CulpaError] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def carry_out(
    plan: Plan, folder: Path, records: Records, hashes: Hashes, workers: int, lock: int | None, tick: Tick
) -> Carried:
    """Do every job of a plan as soon as what it needs is there, those that come first in the plan first.

    A job that fails ends neither the others nor this, unless they need it. `records` and `hashes` are kept up to date;
    both are right whenever this ends, with an exception too. `workers` = 1 works in this process.
    """
    carried = Carried()
    ready = _Ready(plan)

    owner = {path: name for name, record in records.jobs.items() for path in record.outputs}
    owner |= {path: job.name for job in plan for path in job.outputs}  # a file may have another maker than last time

    def before(job: Job) -> tuple[str, ...]:
        record = records.jobs.get(job.name)
        return tuple(path for path in record.outputs if owner[path] == job.name) if record else ()

    def task(job: Job) -> Task:
        return Task(job, folder, {path: hashes.seen_now(path) for path in job.inputs}, before(job))

    hashes.look((path for job in plan for path in job.inputs if PurePath(path).is_absolute()), workers)
    for job, done in _in_turn(ready, task) if workers == 1 else _at_once(ready, task, workers, lock):
        if isinstance(done, CulpaError):
            carried.failed[job.name] = done
            for name in ready.fail(job.name):
                carried.left_out.append(name)
                tick(plan[name].stage)
            tick(job.stage)
            continue
        hashes.learn({**dict.fromkeys(before(job)), **done.seen})
        records.take(job.name, done.record, done.seen)
        carried.done.append(job.name)
        ready.done(job.name)
        tick(job.stage)
    return carried


class _Ready:
    """The jobs whose needs are met, in the order of the plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._place = {job.name: i for i, job in enumerate(plan)}
        self._waiting = {name: set(needs) for name, needs in plan.needs.items()}
        self._followers: dict[str, list[str]] = {}
        for name, needs in plan.needs.items():
            for need in needs:
                self._followers.setdefault(need, []).append(name)
        self._heap = [self._place[name] for name, needs in self._waiting.items() if not needs]
        heapq.heapify(self._heap)

    def take(self) -> Job | None:
        """The next job, None where none is ready now."""
        return self._plan.jobs[heapq.heappop(self._heap)] if self._heap else None

    def done(self, name: str) -> None:
        """A job is done: what needed nothing but it is ready."""
        for follower in self._followers.get(name, ()):
            if (needs := self._waiting.get(follower)) is not None:
                needs.discard(name)
                if not needs:
                    heapq.heappush(self._heap, self._place[follower])

    def fail(self, name: str) -> Iterator[str]:
        """A job failed: gives, once each, those that can never be done now."""
        lost = [name]
        while lost:
            for follower in self._followers.get(lost.pop(), ()):
                if self._waiting.pop(follower, None) is not None:
                    lost.append(follower)
                    yield follower


def _in_turn(ready: _Ready, task: Callable[[Job], Task]) -> Iterator[tuple[Job, Done | CulpaError]]:
    with told_once():
        yield from _one_by_one(ready, task)


def _one_by_one(ready: _Ready, task: Callable[[Job], Task]) -> Iterator[tuple[Job, Done | CulpaError]]:
    while (job := ready.take()) is not None:
        try:
            done: Done | CulpaError = do(task(job))
        except CulpaError as problem:
            done = problem
        yield job, done


def _at_once(
    ready: _Ready, task: Callable[[Job], Task], workers: int, lock: int | None
) -> Iterator[tuple[Job, Done | CulpaError]]:
    out: dict[Future[tuple[Done, list[logging.LogRecord]]], Job] = {}
    with processes(workers, lock) as pool:
        while True:
            while len(out) < workers * (1 + _AHEAD) and (job := ready.take()) is not None:
                out[pool.submit(do, task(job))] = job
            if not out:
                return
            for future in sorted(wait(out, return_when=FIRST_COMPLETED).done, key=lambda future: out[future].name):
                yield out.pop(future), _answer(pool, future)


def _answer(pool: Processes, future: Future[tuple[Done, list[logging.LogRecord]]]) -> Done | CulpaError:
    try:
        return pool.answer(future)
    except CulpaError as problem:
        return problem
