"""A day handed to an HTCondor pool: what is due of it, as a workflow."""

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ... import settings as toml
from ...acquire.atomic import remove_leftovers
from ...errors import CulpaError
from ..assignment import Assignment
from ..at_work import at_work
from ..configuration import section
from ..pipeline import asked, check_not_lost, look, remove_dropped
from ..records import Records
from ..registry import plan_of
from ..stages import page
from ..whole import each
from . import files, mark, queue, watch
from .nodes import nodes
from .settings import CondorSettings

_MACRO = re.compile(r"\$\w*\(")
"""DAGMan passes its own paths on unquoted, so that we can do nothing about it."""
_INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def settings(config_file: Path | None) -> CondorSettings:
    """The table [condor] of a configuration file. Raises UsageError."""
    return toml.build(CondorSettings, section(config_file, "condor"), "condor")


def make(of: Assignment, how: CondorSettings, until: str | None = None, only_write: bool = False) -> dict[str, Any]:
    """Write the workflow of what is due and, unless `only_write`, submit it; returns what was done.

    What the plan has no more is removed only where there is a queue to submit to. Raises BusyError where a pool or
    another run is at work on the day, MissingExtraError without HTCondor's bindings, CulpaError where the queue
    refuses, or would not understand the path of the day.
    """
    folder = of.day.folder
    _check_path(folder.resolve())
    whole = plan_of(of)
    check_not_lost(of)
    there = None if only_write else queue.schedd()  # before anything changes
    with at_work(folder):
        remove_leftovers(folder, age=0)
        if there is not None:
            remove_dropped(Records.load(folder), whole)
        plan = asked(of, until)
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


def _check_path(folder: Path) -> None:
    if _MACRO.search(str(folder)):
        raise CulpaError(
            f"HTCondor puts something else in place of $(...) in paths, as here: {folder}",
            "keep results in a folder of another name",
        )


def submit(
    of: Sequence[Assignment], how: CondorSettings, until: str | None, only_write: bool, waits: bool, quiet: bool
) -> list[dict[str, Any]]:
    """`make` for each day, and tell; with `waits`, wait for the end of all, also of days that were in a queue already.

    A day's problem waits until the other days are done, and a day without data is left out, as in `whole.each`.
    Raises as `make`, and CulpaError where a workflow failed, or where the waiting was interrupted.
    """
    results: dict[Path, dict[str, Any]] = {}
    left: dict[Path, mark.Submitted] = {}
    problems: list[CulpaError] = []

    def begin(one: Assignment) -> dict[str, Any]:
        folder = one.day.folder
        there = mark.in_queue(folder) if waits else None
        result = results[folder] = _present(one, there) if there else make(one, how, until, only_write)
        if waits and "cluster" in result:
            left[folder] = mark.Submitted(result["cluster"], result["schedd"])
        return _told(result, quiet)

    def end(one: Assignment) -> dict[str, Any]:
        folder = one.day.folder
        try:
            watch.wait(folder, left[folder], how.releases, quiet)
        except CulpaError:
            del left[folder]
            raise
        del left[folder]
        results[folder]["ended"] = True
        return _told(results[folder], quiet)

    with _kept(problems):
        each(of, begin)
    if submitted := [one for one in of if one.day.folder in left]:
        with _interruptible(left), _kept(problems):
            each(submitted, end)
    if problems:
        raise problems[0]
    return list(results.values())


def _told(result: dict[str, Any], quiet: bool) -> dict[str, Any]:
    """At once: whatever becomes of the other days, a cluster must be known."""
    if not quiet:
        sys.stderr.write(f"{tell(result)}\n")
    return result


@contextmanager
def _kept(problems: list[CulpaError]) -> Iterator[None]:
    """A problem waits for what comes after the block."""
    try:
        yield
    except CulpaError as problem:
        problems.append(problem)


@contextmanager
def _interruptible(left: Mapping[Path, mark.Submitted]) -> Iterator[None]:
    """Ctrl-C leaves the workflows at work, and says so."""
    try:
        yield
    except KeyboardInterrupt:
        said = (f"cluster {there.cluster} of {there.schedd} goes on with {folder}" for folder, there in left.items())
        clusters = " ".join(str(there.cluster) for there in left.values())
        problem = CulpaError("; ".join(said), f"the same command waits again; to end it: condor_rm {clusters}")
        problem.exit_code = _INTERRUPTED
        raise problem from None


def _present(of: Assignment, there: mark.Submitted) -> dict[str, Any]:
    return {"folder": str(of.day.folder), "cluster": there.cluster, "schedd": there.schedd}


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
