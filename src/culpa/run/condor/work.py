"""What a machine of the pool does: the jobs of one node, and in the end of all of them the manifest."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from socket import gethostname
from tempfile import gettempdir

from ...errors import CulpaError
from ...report.day.page import write_day_page
from ..days import Day
from ..due import due
from ..hashes import Hashes
from ..local import carry_out
from ..lock import locked
from ..pipeline import link, look
from ..plan import Plan
from ..records import Records, read_receipt, receipt_path
from ..registry import code_of
from ..stages import page
from . import mark, nodefile
from .nodes import written_folders

GATHER = "gather"
"""The node after all others, in whose file are the jobs of all."""


def work(folder: Path, file: Path, travels: bool = False) -> list[str]:
    """Do the jobs of a node that are not done; returns the names of those that it did.

    Whatever was done when it is killed is not done again. `travels`: the folder is a
    scratch folder, and in the end only what was made is in it.
    Raises CulpaError, with the first problem, once all that can be done is done.
    """
    os.environ.setdefault("MPLCONFIGDIR", gettempdir())  # HTCondor's scratch folder: there may be no home
    asked = nodefile.read(file)
    _check_same_code(asked)
    for top in written_folders(asked.plan) if travels else ():
        (folder / top).mkdir(exist_ok=True)  # the pool insists
    records = Records(folder, dict(asked.before), dict(asked.seen))
    for name in (*asked.needs, *(job.name for job in asked.plan)):
        with suppress(OSError, ValueError, LookupError, TypeError):
            records.take(*read_receipt(receipt_path(folder, name)))
    hashes = Hashes(folder, records.seen)
    todo = asked.plan.only(due(asked.plan, records, hashes, asked.code))
    carried = carry_out(todo, folder, records, hashes, 1, None, lambda _: None)
    if travels:
        _keep_made(folder, asked.plan, records)
    if carried.failed:
        name, problem = next(iter(carried.failed.items()))
        raise CulpaError(f"{name}: {problem.message}", problem.hint)
    return carried.done


def gather(folder: Path, file: Path) -> list[str]:
    """Make receipts one with the manifest, whatever became of the nodes; bring the links of neighbours up to date.

    Returns the names of all jobs. Raises CulpaError where some are not done.
    """
    asked = nodefile.read(file)
    _check_same_code(asked)
    with locked(folder):
        state = look(folder, asked.plan)
        _remove_replaced(folder, asked, state.records)
        state.records.settle(state.hashes.seen)
        if state.due:
            _show_failure(folder, asked.plan, state.due)
            name, reasons = next(iter(state.due.items()))
            raise CulpaError(
                f"{len(state.due)} of {len(asked.plan)} jobs are not done; the first is {name}: {reasons[0]}",
                "the .err file of its node, in condor/logs, says what happened; submit again to go on",
            )
        mark.remove(folder)
    if page.JOB in asked.plan:
        day = _day(folder, asked.plan)
        for days in (0, -1, 1):
            link(day.neighbour(days))
    return [job.name for job in asked.plan]


def _check_same_code(asked: nodefile.Errand) -> None:
    """Raises CulpaError where it was planned with another culpa, or other packages: all would be due again there."""
    differences = [
        f"{stage}: {name} was {was}, is {now}"
        for stage, versions in asked.code.items()
        for name, was in versions.items()
        if (now := _version(stage, name)) != was
    ]
    if differences:
        raise CulpaError(
            f"the culpa of {gethostname()} is not the one that submitted; {'; '.join(differences)}",
            "submit again with the same culpa and packages everywhere; [condor] python names the one of the machines",
        )


def _version(stage: str, name: str) -> str:
    try:
        return code_of(stage)[name]
    except LookupError:  # another culpa has other stages
        return "absent"


def _remove_replaced(folder: Path, asked: nodefile.Errand, records: Records) -> None:
    """Files that a job wrote the time before and not now: a machine that does not see the folder left them."""
    kept = {path for record in records.jobs.values() for path in record.outputs}
    for record in asked.before.values():
        for path in set(record.outputs) - kept:
            (folder / path).unlink(missing_ok=True)


def _show_failure(folder: Path, plan: Plan, missing: Mapping[str, list[str]]) -> None:
    """The page of a day that came to no end says so; it is due again anyway."""
    if page.JOB in plan:
        failed = {plan[name].stage: f"{name} is not done" for name in reversed([*missing])}
        with suppress(CulpaError, OSError):  # what went wrong may be the disk
            write_day_page(page.view(plan[page.JOB], folder, failed), folder)


def _day(folder: Path, plan: Plan) -> Day:
    from datetime import date

    what = plan[page.JOB].parameters
    return Day(date.fromisoformat(what["date"]), folder.resolve().parent, what["label"])


def _keep_made(folder: Path, plan: Plan, records: Records) -> None:
    """Leave nothing but outputs and receipts of what is done: what is there is what the pool brings back."""
    there = [job.name for job in plan if receipt_path(folder, job.name).exists()]
    made = {folder / path for name in there for path in records.jobs[name].outputs}
    made |= {receipt_path(folder, name) for name in there}
    for top in written_folders(plan):
        for path in (folder / top).rglob("*"):
            if path.is_file() and path not in made:
                path.unlink()
