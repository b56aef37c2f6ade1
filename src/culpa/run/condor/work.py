"""What a machine of the pool does: the jobs of one node, and in the end of all of them the manifest."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ...acquire.atomic import atomic
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
from ..registry import codes
from ..stages import page
from . import mark, nodefile

GATHER = "gather"
"""The node after all others, in whose file are the jobs of all."""
_BACK = Path("back")
"""Where, in the scratch folder of a machine that does not see the day's, results wait for their journey."""


def work(folder: Path, file: Path, travels: bool = False) -> list[str]:
    """Do the jobs of a node that are not done; returns the names of those that it did.

    Whatever was done when it is killed is not done again. `travels` puts the results where the pool fetches them.
    Raises CulpaError, with the first problem, once all that can be done is done.
    """
    asked = nodefile.read(file)
    records = Records(folder, dict(asked.before), dict(asked.seen))
    for name in (*asked.needs, *(job.name for job in asked.plan)):
        with suppress(OSError, ValueError, LookupError, TypeError):
            records.take(*read_receipt(receipt_path(folder, name)))
    hashes = Hashes(folder, records.seen)
    todo = asked.plan.only(due(asked.plan, records, hashes, codes(asked.plan.stages)))
    carried = carry_out(todo, folder, records, hashes, 1, None, lambda _: None)
    if travels:
        _pack(folder, asked.plan, records)
    if carried.failed:
        name, problem = next(iter(carried.failed.items()))
        raise CulpaError(f"{name}: {problem.message}", problem.hint)
    return list(carried.seconds)


def gather(folder: Path, file: Path) -> list[str]:
    """Make receipts one with the manifest, whatever became of the nodes; bring the links of neighbours up to date.

    Returns the names of all jobs. Raises CulpaError where some are not done.
    """
    asked = nodefile.read(file)
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
        with suppress(CulpaError):  # what went wrong may be the disk
            write_day_page(page.view(plan[page.JOB], folder, failed), folder)


def _day(folder: Path, plan: Plan) -> Day:
    from datetime import date

    what = plan[page.JOB].parameters
    return Day(date.fromisoformat(what["date"]), folder.resolve().parent, what["label"])


def _pack(folder: Path, plan: Plan, records: Records) -> None:
    """Copy outputs and receipts of what is done to where the pool fetches them."""
    for job in plan:
        receipt = receipt_path(folder, job.name)
        if receipt.exists():
            for path in (*records.jobs[job.name].outputs, receipt.relative_to(folder).as_posix()):
                with atomic(_BACK / path) as copy:
                    shutil.copyfile(folder / path, copy)
