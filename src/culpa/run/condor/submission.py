"""A day handed to an HTCondor pool: what is due of it, as a workflow."""

import shlex
import sys
from collections.abc import Collection, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from ... import settings as toml
from ...acquire.atomic import remove_leftovers
from ...errors import CulpaError
from ..assignment import Assignment
from ..at_work import at_work
from ..configuration import section
from ..pipeline import check_not_lost, look, remove_dropped
from ..plan import Plan
from ..records import Records
from ..registry import STAGES, plan_of
from ..stages import page
from . import files, mark, queue, watch
from .nodes import nodes
from .settings import CondorSettings

_INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def settings(config_file: Path | None) -> CondorSettings:
    """The table [condor] of a configuration file. Raises UsageError."""
    return toml.build(CondorSettings, section(config_file, "condor"), "condor")


def make(of: Assignment, how: CondorSettings, until: str | None = None, only_write: bool = False) -> dict[str, Any]:
    """Write the workflow of what is due and, unless `only_write`, submit it; returns what was done.

    What the plan has no more is removed only where there is a queue to submit to. Raises BusyError where a pool or
    another run is at work on the day, MissingExtraError without HTCondor's bindings, CulpaError where the queue
    refuses.
    """
    folder = of.day.folder
    whole = plan_of(of)
    check_not_lost(of)
    there = None if only_write else queue.schedd()  # before anything changes
    with at_work(folder):
        remove_leftovers(folder, age=0)
        if there is not None:
            remove_dropped(Records.load(folder), whole)
        plan = whole if until is None else _up_to(of, until, look(folder, whole).due_plan.stages)
        state = look(folder, plan)
        state.records.settle(state.hashes.seen)
        todo = state.due_plan
        result: dict[str, Any] = {"folder": str(folder), "jobs": len(plan), "due": len(todo), "nodes": 0}
        if not todo:
            return result
        found = nodes(todo, how.batch)
        dag = files.write(folder, todo, found, state.records, how)
        result |= {"nodes": len(found), "dag": str(dag)}
        if there is None:
            return result
        mark.write(folder, mark.Submitted(0, there))  # if we are killed now, the queue knows it by its folder
        cluster = queue.submit(dag.resolve(), there, f"culpa {folder.name}", how.accounting)
        mark.write(folder, mark.Submitted(cluster, there))
    return result | {"cluster": cluster, "schedd": there}


def _up_to(of: Assignment, until: str, due: Collection[str]) -> Plan:
    """The jobs up to a stage, and the page about these and later stages that are not due."""
    wanted = plan_of(of, until).stages
    shown = list(takewhile(lambda stage: stage in wanted or stage not in due, STAGES))
    return plan_of(of, shown[-1]).of_stages(wanted)


def submit(
    of: Sequence[Assignment], how: CondorSettings, until: str | None, only_write: bool, waits: bool, quiet: bool
) -> list[dict[str, Any]]:
    """`make` for each day; with `waits`, wait for the end of all, also of days that were in a queue already.

    Raises as `make`, and CulpaError where a workflow failed.
    """
    results = [
        _present(one, there)
        if waits and (there := mark.in_queue(one.day.folder))
        else make(one, how, until, only_write)
        for one in of
    ]
    for result in results:
        if waits and "cluster" in result:
            if not quiet:
                sys.stderr.write(f"{tell(result)}\n")
            _wait(Path(result["folder"]), mark.Submitted(result["cluster"], result["schedd"]), how, quiet)
            result["ended"] = True
    return results


def _present(of: Assignment, there: mark.Submitted) -> dict[str, Any]:
    return {"folder": str(of.day.folder), "cluster": there.cluster, "schedd": there.schedd}


def _wait(folder: Path, there: mark.Submitted, how: CondorSettings, quiet: bool) -> None:
    """Ctrl-C leaves the workflow at work, and says so."""
    try:
        watch.wait(folder, there, how.releases, quiet)
    except KeyboardInterrupt:
        problem = CulpaError(
            f"cluster {there.cluster} of {there.schedd} goes on with {folder}",
            f"the same command waits for it again; condor_rm {there.cluster} ends it",
        )
        problem.exit_code = _INTERRUPTED
        raise problem from None


def path(results: Sequence[dict[str, Any]]) -> Path:
    """What to look at: the workflow of a day that was written, else its page; the folder of results of several days."""
    first = Path(results[0]["folder"])
    if len(results) > 1:
        return first.parent
    return Path(results[0]["dag"]) if "dag" in results[0] and "ended" not in results[0] else first / page.PAGE


def tell(result: dict[str, Any]) -> str:
    """What was done, and how to look."""
    folder = result["folder"]
    if "ended" in result:
        return f"{folder}: the workflow is done"
    if "due" not in result:
        return f"{folder}: at work already, as cluster {result['cluster']} of {result['schedd']}"
    if not result["due"]:
        return f"{folder}: all {result['jobs']} jobs are done: nothing to submit"
    said = f"{folder}: {result['due']} of {result['jobs']} jobs in {result['nodes']} nodes"
    if "cluster" not in result:
        there = shlex.quote(str(Path(result["dag"]).parent))
        return f"{said}; written, not submitted: cd {there} && condor_submit_dag {files.DAG}"
    cluster = result["cluster"]
    return f"{said}; submitted as cluster {cluster} of {result['schedd']}: condor_q -nobatch -dag {cluster}"
