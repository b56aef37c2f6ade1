"""A day handed to an HTCondor pool: what is due of it, as a workflow."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ... import settings as toml
from ...acquire.atomic import remove_leftovers
from ...errors import CulpaError
from ..assignment import Assignment
from ..configuration import section
from ..lock import locked
from ..pipeline import look, remove_dropped
from ..records import Records
from ..registry import plan_of
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

    Raises BusyError where a pool or another run is at work on the day, MissingExtraError without HTCondor's bindings,
    CulpaError where the queue refuses.
    """
    folder = of.day.folder
    whole = plan_of(of)
    plan = whole if until is None else plan_of(of, until)
    with locked(folder):
        mark.check_not_submitted(folder)
        remove_leftovers(folder, age=0)
        remove_dropped(Records.load(folder), whole)
        state = look(folder, plan)
        state.records.settle(state.hashes.seen)
        todo = state.due_plan
        result: dict[str, Any] = {"folder": str(folder), "jobs": len(plan), "due": len(todo), "nodes": 0}
        if not todo:
            return result
        found = nodes(todo, how.batch)
        dag = files.write(folder, todo, found, state.records, how)
        result |= {"nodes": len(found), "dag": str(dag)}
        if only_write:
            return result
        there = queue.schedd()
        mark.write(folder, mark.Submitted(0, there))  # if we are killed now, the queue knows it by its folder
        cluster = queue.submit(dag.resolve(), there, f"culpa {folder.name}", how.accounting)
        mark.write(folder, mark.Submitted(cluster, there))
    return result | {"cluster": cluster, "schedd": there}


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
        return f"{said}; written, not submitted: cd {Path(result['dag']).parent} && condor_submit_dag day.dag"
    cluster = result["cluster"]
    return f"{said}; submitted as cluster {cluster} of {result['schedd']}: condor_q -nobatch -dag {cluster}"
