"""What is asked of an HTCondor queue, through its Python bindings."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from types import ModuleType
from typing import Any

from ...errors import CulpaError, MissingExtraError
from . import FOLDER

_IDLE, _RUNNING, _COMPLETED, _HELD = 1, 2, 4, 5
DAGMAN = "DAGMan"
"""What starts the nodes is a job in the queue itself: its name among them."""
_STATES = {_IDLE: "idle", _RUNNING: "running", 6: "running", _HELD: "held"}
"""JobStatus of HTCondor in words; 6 is bringing the results back."""
_SCHEDULER = 7
"""JobUniverse of a DAGMan."""


@dataclass(frozen=True)
class Queued:
    """A node in the queue: running, idle or held, and then why, also in HTCondor's codes, for the how manieth time."""

    node: str
    state: str
    reason: str = ""
    code: int = 0
    subcode: int = 0
    holds: int = 0


def schedd() -> str:
    """The name of this machine's. Raises MissingExtraError without the bindings, CulpaError where none answers."""
    condor = _bindings()
    with _told("find the HTCondor queue of this machine"):
        return str(condor.Collector().locate(condor.DaemonType.Schedd)["Name"])


def submit(dag: Path, there: str, name: str, accounting: Mapping[str, str]) -> int:
    """Hand a DAG file to a queue; returns its cluster.

    `accounting` are lines for the job that watches over the nodes. Raises as `schedd`, and CulpaError where the queue
    refuses.
    """
    condor = _bindings()
    with _told(f"submit to the HTCondor queue {there}"):
        description = condor.Submit.from_dag(os.fspath(dag), {"batch-name": name})
        description["initialdir"] = os.fspath(dag.parent)
        for key, value in ({"accounting_group_user": getuser(), **accounting} if accounting else {}).items():
            description[key] = value  # the bindings leave the user empty
        queue = condor.Schedd(condor.Collector().locate(condor.DaemonType.Schedd, there))
        cluster: int = queue.submit(description).cluster()
    return cluster


def workflow(there: str, folder: Path, cluster: int) -> int | None:
    """The cluster of the DAGMan at work in a day's folder, also one resumed by hand, or None. Raises as `schedd`.

    While nodes of it are in the queue it counts as at work.
    """
    here = os.fspath(folder.resolve() / FOLDER).replace("\\", "\\\\").replace('"', '\\"')
    by_hand = f'JobUniverse == {_SCHEDULER} && Iwd == "{here}"'
    asked = f"ClusterId == {cluster} || DAGManJobId == {cluster} || ({by_hand})"
    found = _query(there, asked, ["ClusterId", "DAGManJobId", "JobStatus"])
    alive = [int(one.get("DAGManJobId", one["ClusterId"])) for one in found if one["JobStatus"] != _COMPLETED]
    return max(alive, default=None)


def nodes(there: str, cluster: int) -> list[Queued]:
    """The nodes of a workflow that are in the queue, and its `DAGMAN`. Raises as `schedd`."""
    wanted = ["DAGNodeName", "JobStatus", "HoldReason", "HoldReasonCode", "HoldReasonSubCode", "NumHolds"]
    return [
        Queued(
            str(one.get("DAGNodeName", DAGMAN)),
            _STATES.get(one["JobStatus"], "ending"),
            " ".join(str(one.get("HoldReason", "")).split()),
            *(int(one.get(name, 0)) for name in ("HoldReasonCode", "HoldReasonSubCode", "NumHolds")),
        )
        for one in _query(there, f"DAGManJobId == {cluster} || ClusterId == {cluster}", wanted)
    ]


def _query(there: str, constraint: str, wanted: Sequence[str]) -> list[Mapping[str, Any]]:
    condor = _bindings()
    with _told(f"ask the HTCondor queue {there}"):
        queue = condor.Schedd(condor.Collector().locate(condor.DaemonType.Schedd, there))
        return list(queue.query(constraint, wanted))


def _bindings() -> ModuleType:
    try:
        import htcondor2
    except ImportError:
        raise MissingExtraError("htcondor", "condor", "speaking to an HTCondor queue") from None
    module: ModuleType = htcondor2
    return module


@contextmanager
def _told(what: str) -> Iterator[None]:
    """The bindings raise whatever the C++ below them does."""
    try:
        yield
    except Exception as problem:
        said = " ".join(str(problem).split())
        raise CulpaError(f"cannot {what}: {said}", "is this a machine of the pool? condor_q tells") from problem
