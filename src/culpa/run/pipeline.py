"""A day carried out: what is due is done, what is no longer wanted removed, and the manifest says what there is."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path
from typing import Any

from ..acquire.atomic import remove_leftovers
from ..errors import CulpaError, NoDataError, UsageError, nearest
from ..report.day.page import write_day_page
from .assignment import Assignment
from .condor.mark import check_not_submitted
from .days import Day
from .due import due
from .hashes import Hashes
from .local import Carried, carry_out
from .lock import locked
from .perform import perform
from .plan import Job, Plan
from .progress import stages
from .records import Record, Records
from .registry import STAGES, codes, plan_of
from .stages import page

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """A plan beside what is there: what was done, the files as they are, and the reasons for what has to be done."""

    plan: Plan
    records: Records
    hashes: Hashes
    due: Mapping[str, list[str]]

    @property
    def due_plan(self) -> Plan:
        """The jobs that have to be done."""
        return self.plan.only(self.due)


def look(folder: Path, plan: Plan, workers: int = 1) -> State:
    """What has to be done of a plan; changes nothing. Raises CulpaError where the manifest cannot be read."""
    records = Records.load(folder)
    hashes = Hashes(folder, records.seen)
    return State(plan, records, hashes, due(plan, records, hashes, codes(plan.stages), workers))


def make(of: Assignment, workers: int, quiet: bool, until: str | None = None) -> dict[str, Any]:
    """Do what is due of a day, up to and including a stage; returns what `summary` says of it.

    Raises NoDataError where there are no data, BusyError where another run is at work there, and the first problem once
    all that does not depend on it is done.
    """
    whole = plan_of(of)
    plan = whole if until is None else plan_of(of, until)
    result = carry(of.day.folder, whole, plan, workers, quiet)
    for days in (-1, 1):
        link(of.day.neighbour(days))
    return result


def make_stage(of: Assignment, stage: str, workers: int, quiet: bool) -> dict[str, Any]:
    """Do what is due of one stage, and the page of what is there then.

    Raises NoDataError where an earlier stage is not done, else as `make`.
    """
    whole = plan_of(of)
    mine = whole.of_stages([stage])
    state = look(of.day.folder, whole.only(_needed(whole, mine)), workers)
    if missing := [job.stage for job in state.due_plan if job.stage != stage]:
        raise NoDataError(
            f"{of.day.folder}: the stage {missing[0]} is not done, or not with these settings",
            f"make it first: culpa {missing[0]} {of.day.date}, or all of it: culpa run {of.day.date}",
        )
    result = carry(of.day.folder, whole, mine, workers, quiet)
    carry(of.day.folder, whole, _page(of, whole), 1, quiet=True)
    return result


def _page(of: Assignment, whole: Plan) -> Plan:
    """The page of a day about the stages that are done."""
    due_stages = {job.stage for job in look(of.day.folder, whole).due_plan}
    done = list(takewhile(lambda stage: stage not in due_stages, STAGES))
    return plan_of(of, done[-1] if done else next(iter(STAGES))).of_stages([page.NAME])


def _needed(plan: Plan, jobs: Iterable[Job]) -> set[str]:
    """The names of jobs and of all that they need."""
    names: set[str] = set()
    waiting = [job.name for job in jobs]
    while waiting:
        if (name := waiting.pop()) not in names:
            names.add(name)
            waiting.extend(plan.needs[name])
    return names


def carry(folder: Path, whole: Plan, plan: Plan, workers: int, quiet: bool) -> dict[str, Any]:
    """Do what is due of `plan`; what jobs that are not even in `whole` wrote is removed."""
    with locked(folder) as lock:
        check_not_submitted(folder)
        remove_leftovers(folder, age=0)  # nobody else is at work here
        remove_dropped(Records.load(folder), whole)
        state = look(folder, plan, workers)
        todo = state.due_plan
        totals = {stage: _count(todo, stage) for stage in todo.stages}
        with settled(state), stages(totals, quiet) as tick:
            carried = carry_out(todo, folder, state.records, state.hashes, workers, lock, tick)
        if carried.failed:
            _show_failure(folder, plan, carried)
            raise _problem(carried)
    return summary(folder, state)


@contextmanager
def settled(state: State) -> Iterator[None]:
    """However the block ends, the manifest then says what was done in it."""
    try:
        yield
    finally:
        state.records.settle(state.hashes.seen)


def summary(folder: Path, state: State) -> dict[str, Any]:
    """The stages of a plan after a run: jobs, how many of them were done now, and what they had to say, by job."""
    counts = {
        stage: {
            "jobs": _count(state.plan, stage),
            "done now": sum(state.plan[name].stage == stage for name in state.due),
            "results": {
                job.name: state.records.jobs[job.name].result
                for job in state.plan
                if job.stage == stage and state.records.jobs[job.name].result
            },
        }
        for stage in state.plan.stages
    }
    return {"folder": str(folder), "jobs": len(state.plan), "done now": len(state.due), "stages": counts}


def why(of: Assignment, pattern: str, until: str | None = None) -> dict[str, list[str]]:
    """The reasons for each job of a name, or of names that fit a pattern with * and ?; none for a job that is done.

    Raises UsageError where the plan has no such job.
    """
    plan = plan_of(of, until)
    names = [job.name for job in plan if job.name == pattern or fnmatchcase(job.name, pattern)]
    if not names:
        raise UsageError(f"the plan has no job {pattern!r}", nearest(pattern, (job.name for job in plan)))
    reasons = look(of.day.folder, plan).due
    return {name: reasons.get(name, []) for name in names}


def preview(of: Assignment, until: str | None = None) -> dict[str, Any]:
    """What `make` would do: jobs by stage, and the reasons for those that are due."""
    state = look(of.day.folder, plan_of(of, until))
    counts = {
        stage: {"jobs": _count(state.plan, stage), "due": _count(state.due_plan, stage)} for stage in state.plan.stages
    }
    return {"folder": str(of.day.folder), "stages": counts, "due": dict(state.due)}


def remove_dropped(records: Records, plan: Plan) -> None:
    """Remove what jobs wrote that are in the plan no more, and folders that are empty then."""
    gone = [name for name in records.jobs if name not in plan]
    if not gone:
        return
    files = set(records.drop(gone))
    kept = {path for record in records.jobs.values() for path in record.outputs}
    for path in sorted(files - kept):
        there = records.folder / path
        there.unlink(missing_ok=True)
        with suppress(OSError):  # until one is not empty
            for parent in there.parents:
                if parent == records.folder:
                    break
                parent.rmdir()
    records.settle()
    log.info("jobs that the plan has no more: %d; files of theirs that were removed: %d", len(gone), len(files - kept))


def link(day: Day) -> None:
    """Bring the links between a day's page and its neighbours up to date, unless somebody is at work there."""
    if not (day.folder / page.PAGE).exists():
        return
    with suppress(CulpaError), locked(day.folder, patience=0):
        check_not_submitted(day.folder)
        records = Records.load(day.folder)
        record = records.jobs.get(page.JOB)
        if record is None or record.parameters["neighbours"] == page.neighbours(day):
            return
        hashes = Hashes(day.folder, records.seen)
        inputs = {path: hashes.of(path) for path in record.inputs}
        if inputs != record.inputs or hashes.of(page.PAGE) != record.outputs[page.PAGE]:
            return  # it is due anyway, or tells of a failure
        job = _as_job(record, {**record.parameters, "neighbours": page.neighbours(day)})
        done = perform(job, day.folder, inputs)
        records.take(job.name, done.record, done.seen)
        hashes.learn(done.seen)
        records.settle({**records.seen, **hashes.seen})


def _as_job(record: Record, parameters: Mapping[str, Any]) -> Job:
    return Job(page.JOB, "day", record.settings, parameters, tuple(record.inputs), tuple(record.outputs))


def _count(plan: Plan, stage: str) -> int:
    return sum(job.stage == stage for job in plan)


def _show_failure(folder: Path, plan: Plan, carried: Carried) -> None:
    """The page of a day that came to no end says so. It is not what the plan asks for: the next run makes it anew."""
    if page.JOB in plan:
        failed = {plan[name].stage: problem.message for name, problem in reversed(carried.failed.items())}
        with suppress(CulpaError, OSError):  # what went wrong may be the disk
            write_day_page(page.view(plan[page.JOB], folder, failed), folder)


def _problem(carried: Carried) -> CulpaError:
    name, first = next(iter(carried.failed.items()))
    more = [
        f"{len(carried.failed) - 1} further jobs failed" if len(carried.failed) > 1 else "",
        f"{len(carried.left_out)} that need what failed were left out" if carried.left_out else "",
    ]
    problem = CulpaError("; ".join(filter(None, [f"{name}: {first.message}", *more])), first.hint)
    problem.exit_code = first.exit_code
    return problem
