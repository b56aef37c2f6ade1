"""A day carried out: what is due is done, what is no longer wanted removed, and the manifest says what there is."""

import logging
from collections.abc import Iterable, Iterator, Mapping
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
from .configuration import COMMANDS
from .days import Day
from .due import due
from .hashes import Hashes, is_still
from .local import Carried, carry_out
from .lock import locked
from .perform import perform
from .plan import HIDDEN, Job, Plan
from .progress import stages
from .records import Record, Records
from .registry import STAGES, codes, plan_of
from .stages import page, training, training_set, triggers
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
        result = carry(of.day.folder, whole, whole, whole[page.JOB], workers, quiet)
    else:
        result = _some(of, plan_of(of, until).stages, until, workers, quiet)
    for days in (0, -1, 1):  # a neighbour may have come meanwhile
        link(of.day.neighbour(days))
    _tell_remarks(of, result)
    return result


def make_stage(of: Assignment, stage: str, workers: int, quiet: bool) -> dict[str, Mapping[str, Any]]:
    """Do what is due of one stage, and the page of what is there then; returns what the stage's jobs had to say.

    Raises NoDataError where what it needs of earlier stages is not done, else as `make`.
    """
    state = look(of.day.folder, _needed(plan_of(of), stage), workers)
    if missing := state.due_plan.stages:
        if (of.day.folder / HIDDEN).exists():
            with at_work(of.day.folder):  # whoever is, may be about to do it
                pass
        command = COMMANDS.get(missing[0], missing[0])
        raise NoDataError(
            f"{of.day.folder}: the stage {missing[0]} is not done, or not with these settings",
            f"make it first: culpa {command} {of.day.date}, or all of it: culpa run {of.day.date}",
        )
    result = _some(of, [stage], stage, workers, quiet)
    results: dict[str, Mapping[str, Any]] = result["stages"].get(stage, {}).get("results", {})
    return results


def _needed(plan: Plan, stage: str) -> Plan:
    """The other stages of which those of a stage need anything, or what these need."""
    wanted = {job.name for job in plan if job.stage == stage}
    for job in reversed(plan.jobs):
        if job.name in wanted:
            wanted.update(plan.needs[job.name])
    return plan.of_stages({plan[name].stage for name in wanted} - {stage})


def _some(of: Assignment, stages: Iterable[str], until: str, workers: int, quiet: bool) -> dict[str, Any]:
    """Do what is due of some stages; then the page, as what was done again may have come out the same as before."""
    whole, shown = plan_of(of), asked(of, until)[page.JOB]
    wanted = [stage for stage in stages if stage != page.NAME]
    result = carry(of.day.folder, whole, whole.of_stages(wanted), shown, workers, quiet)
    about = asked(of, until).of_stages([page.NAME])
    carry(of.day.folder, whole, about, about[page.JOB], 1, quiet=True)
    return result


def asked(of: Assignment, until: str | None = None) -> Plan:
    """The jobs up to and including a stage (None: all), and the page about these and later stages that are not due."""
    whole = plan_of(of)
    if until is None:
        return whole
    wanted, due_stages = plan_of(of, until).stages, look(of.day.folder, whole).due_plan.stages
    shown = list(takewhile(lambda stage: stage in wanted or stage not in due_stages, STAGES))
    return plan_of(of, shown[-1]).of_stages(wanted)


def check_not_lost(of: Assignment) -> None:
    """Raises NoDataError where files of own data that results here were made from are listed, or there, no more.

    Lists of a running detector lose their oldest files, often with the data themselves: what was found in them stays.
    """
    listed = {file.path for file in of.recording.files}
    records = Records.load(of.day.folder).jobs.items()
    searches = [record for name, record in records if name.startswith(f"{triggers.NAME}/")]  # others read no other data
    used = {path: was for record in searches for path, was in record.inputs.items() if PurePath(path).is_absolute()}
    lost = {
        "are in [data] source no more": sorted(used.keys() - listed),
        "cannot be read now": sorted(path for path, was in used.items() if was and is_still(path, None)),
    }
    for what, paths in lost.items():
        if paths:
            raise NoDataError(
                f"files that results in {of.day.folder} were made from {what}: {and_further(paths)}",
                "bring them back; or, to do the day without them, move that folder away",
            )


def _tell_remarks(of: Assignment, result: Mapping[str, Any]) -> None:
    """Say again what searches had to remark, also earlier ones. Raises NoDataError where nothing could be searched."""
    said = result["stages"].get("triggers", {}).get("results", {}).values()
    warn_of({entry["channel"]: entry for entry in said})
    if said and not of.is_mock and not any(entry["livetime"] for entry in said):
        raise NoDataError(f"{of.day.date}: nothing could be searched in any channel", "the warnings say why")


def carry(folder: Path, whole: Plan, plan: Plan, shown: Job, workers: int, quiet: bool) -> dict[str, Any]:
    """Do what is due of `plan`; what jobs that are not even in `whole` wrote is removed.

    Where something fails, the page is made anew as the job `shown` would, and says so.
    """
    state = look(folder, plan, workers)
    if not (state.due or _gone(state.records, whole) or state.records.receipts):
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
            _show_failure(folder, plan, shown, carried)
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

    Raises UsageError where the plan has no such job, NoDataError as `make`.
    """
    check_not_lost(of)
    plan = asked(of, until)
    names = [job.name for job in plan if job.name == pattern or fnmatchcase(job.name, pattern)]
    if not names:
        raise UsageError(f"the plan has no job {pattern!r}", nearest(pattern, (job.name for job in plan)))
    reasons = look(of.day.folder, plan).due
    return {name: reasons.get(name, []) for name in names}


def preview(of: Assignment, until: str | None = None) -> dict[str, Any]:
    """What `make` would do: jobs by stage, and the reasons for those that are due. Raises NoDataError as `make`."""
    check_not_lost(of)
    state = look(of.day.folder, asked(of, until))
    counts = {
        stage: {"jobs": _count(state.plan, stage), "due": _count(state.due_plan, stage)} for stage in state.plan.stages
    }
    removed = dropped(state.records, plan_of(of))
    return {"folder": str(of.day.folder), "stages": counts, "due": dict(state.due), "removed": removed}


def dropped(records: Records, plan: Plan) -> list[str]:
    """What jobs wrote that are in the plan no more, and no other job writes."""
    gone = _gone(records, plan)
    kept = {path for name, record in records.jobs.items() if name not in gone for path in record.outputs}
    kept.update(path for job in plan for path in job.outputs)
    return sorted({path for name in gone for path in records.jobs[name].outputs} - kept)


def _gone(records: Records, plan: Plan) -> list[str]:
    """Jobs that are in the plan no more; a training stays, for when its model is wanted again, until it is damaged."""
    absent = {name: record for name, record in records.jobs.items() if name not in plan}
    trained = {training_set.NAME, training.NAME} - {*plan.stages}
    kept = {
        name
        for name, record in absent.items()
        if name.partition("/")[0] in trained and all((records.folder / path).exists() for path in record.outputs)
    }
    return [name for name in absent if name not in kept]


def remove_dropped(records: Records, plan: Plan) -> None:
    """Remove that, and folders that are empty then."""
    gone = _gone(records, plan)
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
    with suppress(CulpaError, OSError), locked(day.folder, patience=0, brief=True):
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


def _show_failure(folder: Path, plan: Plan, shown: Job, carried: Carried) -> None:
    """The page of a day that came to no end says so. It is not what the plan asks for: the next run makes it anew."""
    failed = {plan[name].stage: problem.message for name, problem in reversed(carried.failed.items())}
    left_out = {plan[name].stage for name in carried.left_out}
    with suppress(CulpaError, OSError):  # what went wrong may be the disk
        write_day_page(page.view(shown, folder, failed, left_out), folder)


def _problem(carried: Carried) -> CulpaError:
    name, first = next(iter(carried.failed.items()))
    more = [
        f"{len(carried.failed) - 1} further jobs failed" if len(carried.failed) > 1 else "",
        f"{len(carried.left_out)} that need what failed were left out" if carried.left_out else "",
    ]
    problem = CulpaError("; ".join(filter(None, [f"{name}: {first.message}", *more])), first.hint)
    problem.exit_code = first.exit_code
    return problem
