"""A day carried out: what is due is done, what is no longer wanted removed, and the manifest says what there is."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path, PurePath
from typing import Any

from ..acquire.atomic import remove_leftovers
from ..acquire.triggerpaths import and_further
from ..errors import CulpaError, NoDataError, UsageError, nearest
from ..report.day.page import write_day_page
from .assignment import Assignment
from .at_work import at_work
from .condor.mark import check_not_submitted
from .days import Day
from .due import due
from .hashes import Hashes
from .local import Carried, carry_out
from .lock import locked
from .perform import perform
from .plan import HIDDEN, Job, Plan
from .progress import stages
from .records import Record, Records
from .registry import STAGES, codes, plan_of
from .stages import page
from .triggers import warn_of

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
    """Do what is due of a day, up to and including a stage, and the page; returns what `summary` says of it.

    Raises NoDataError where there are no data, BusyError where another run is at work there, and the first problem once
    all that does not depend on it is done.
    """
    whole = plan_of(of)
    check_not_lost(of)
    if until is None:
        result = carry(of.day.folder, whole, whole, workers, quiet)
    else:
        wanted = [stage for stage in plan_of(of, until).stages if stage != page.NAME]
        result = carry(of.day.folder, whole, whole.of_stages(wanted), workers, quiet)
        carry(of.day.folder, whole, _page(of, whole), 1, quiet=True)
    for days in (0, -1, 1):  # a neighbour may have come meanwhile
        link(of.day.neighbour(days))
    _tell_remarks(of, result)
    return result


def make_stage(of: Assignment, stage: str, workers: int, quiet: bool) -> dict[str, Mapping[str, Any]]:
    """Do what is due of one stage, and the page of what is there then; returns what the stage's jobs had to say.

    Raises NoDataError where an earlier stage is not done, else as `make`.
    """
    whole = plan_of(of)
    before = list(takewhile(lambda name: name != stage, STAGES))
    state = look(of.day.folder, whole.of_stages(before), workers)
    if missing := state.due_plan.stages:
        raise NoDataError(
            f"{of.day.folder}: the stage {missing[0]} is not done, or not with these settings",
            f"make it first: culpa {missing[0]} {of.day.date}, or all of it: culpa run {of.day.date}",
        )
    result = carry(of.day.folder, whole, whole.of_stages([stage]), workers, quiet)
    carry(of.day.folder, whole, _page(of, whole), 1, quiet=True)
    results: dict[str, Mapping[str, Any]] = result["stages"].get(stage, {}).get("results", {})
    return results


def _page(of: Assignment, whole: Plan) -> Plan:
    """The page of a day about the stages that are done."""
    due_stages = {job.stage for job in look(of.day.folder, whole).due_plan}
    done = list(takewhile(lambda stage: stage not in due_stages, STAGES))
    return plan_of(of, done[-1] if done else next(iter(STAGES))).of_stages([page.NAME])


def check_not_lost(of: Assignment) -> None:
    """Raises NoDataError where a list of own data has lost files that results here were made from.

    Lists of a running detector lose their oldest files, often with the data themselves: what was found in them stays.
    """
    listed = {file.path for file in of.recording.files}
    records = Records.load(of.day.folder).jobs.values()
    lost = {path for record in records for path in record.inputs if PurePath(path).is_absolute()} - listed
    if lost:
        raise NoDataError(
            f"files that results in {of.day.folder} were made from are in [data] source no more: "
            f"{and_further(sorted(lost))}",
            "list them again; or, to do the day without them, move that folder away",
        )


def _tell_remarks(of: Assignment, result: Mapping[str, Any]) -> None:
    """Say again what searches had to remark, also earlier ones. Raises NoDataError where nothing could be searched."""
    said = result["stages"].get("triggers", {}).get("results", {}).values()
    warn_of({entry["channel"]: entry for entry in said})
    if said and not of.is_mock and not any(entry["livetime"] for entry in said):
        raise NoDataError(f"{of.day.date}: nothing could be searched in any channel", "the warnings say why")


def carry(folder: Path, whole: Plan, plan: Plan, workers: int, quiet: bool) -> dict[str, Any]:
    """Do what is due of `plan`; what jobs that are not even in `whole` wrote is removed."""
    state = look(folder, plan, workers)
    if not (state.due or state.records.jobs.keys() - {job.name for job in whole} or state.records.receipts):
        return summary(folder, state)  # also where nothing can be written
    with at_work(folder) as lock:
        remove_leftovers(folder, age=0)
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
    removed = dropped(state.records, plan_of(of))
    return {"folder": str(of.day.folder), "stages": counts, "due": dict(state.due), "removed": removed}


def dropped(records: Records, plan: Plan) -> list[str]:
    """What jobs wrote that are in the plan no more, and no other job writes."""
    gone = [record for name, record in records.jobs.items() if name not in plan]
    kept = {path for name, record in records.jobs.items() if name in plan for path in record.outputs}
    kept.update(path for job in plan for path in job.outputs)
    return sorted({path for record in gone for path in record.outputs} - kept)


def remove_dropped(records: Records, plan: Plan) -> None:
    """Remove that, and folders that are empty then."""
    gone = [name for name in records.jobs if name not in plan]
    files = dropped(records, plan)
    records.drop(gone)
    for path in files:
        there = records.folder / path
        there.unlink(missing_ok=True)
        with suppress(OSError):  # until one is not empty
            for parent in there.parents:
                if parent == records.folder:
                    break
                parent.rmdir()
    if gone:
        records.settle()
    if files:
        shown = [path for path in files if not path.startswith(HIDDEN)]
        log.warning("removed, as it is not part of the day any more: %s", and_further(shown or files))


def link(day: Day) -> None:
    """Bring the links between a day's page and its neighbours up to date, unless somebody is at work there."""
    if not (day.folder / page.PAGE).exists():
        return
    with suppress(CulpaError, OSError), locked(day.folder, patience=0):
        check_not_submitted(day.folder)
        records = Records.load(day.folder)
        record = records.jobs.get(page.JOB)
        if record is None or record.parameters["neighbours"] == page.neighbours(day):
            return
        hashes = Hashes(day.folder, records.seen)
        inputs = {path: hashes.seen_now(path) for path in record.inputs}
        if (
            any(hashes.of(path) != was for path, was in record.inputs.items())
            or hashes.of(page.PAGE) != record.outputs[page.PAGE]
        ):
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
