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

_IDLE, _RUNNING, _COMPLETED, _HELD = 1, 2, 4, 5
_STATES = {_IDLE: "idle", _RUNNING: "running", 6: "running", _HELD: "held"}
"""JobStatus of HTCondor in words; 6 is bringing the results back."""
_SCHEDULER = 7
"""JobUniverse of a DAGMan."""


@dataclass(frozen=True)
class Queued:
    """A node in the queue: running, idle or held, and then why, and for the how manieth time."""

    node: str
    state: str
    reason: str = ""
    holds: int = 0


def submit(dag: Path, name: str, accounting: Mapping[str, str]) -> tuple[int, str]:
    """Hand a DAG file to the queue of this machine; returns its cluster and the name of the schedd.

    `accounting` are lines for the job that watches over the nodes. Raises MissingExtraError without the bindings,
    CulpaError where the queue refuses.
    """
    condor = _bindings()
    with _told("submit to the HTCondor queue"):
        there = condor.Collector().locate(condor.DaemonType.Schedd)
        description = condor.Submit.from_dag(os.fspath(dag), {"batch-name": name})
        description["initialdir"] = os.fspath(dag.parent)
        for key, value in ({"accounting_group_user": getuser(), **accounting} if accounting else {}).items():
            description[key] = value  # the bindings leave the user empty
        cluster: int = condor.Schedd(there).submit(description).cluster()
    return cluster, str(there["Name"])


def workflow(schedd: str, folder: Path, cluster: int) -> int | None:
    """The cluster of the DAGMan at work in a day's folder, also one resumed by hand, or None. Raises as `submit`.

    While nodes of it are in the queue it counts as at work.
    """
    here = os.fspath(folder.resolve() / "condor").replace("\\", "\\\\").replace('"', '\\"')
    by_hand = f'JobUniverse == {_SCHEDULER} && Iwd == "{here}"'
    asked = f"ClusterId == {cluster} || DAGManJobId == {cluster} || ({by_hand})"
    found = _query(schedd, asked, ["ClusterId", "DAGManJobId", "JobStatus"])
    alive = [int(one.get("DAGManJobId", one["ClusterId"])) for one in found if one["JobStatus"] != _COMPLETED]
    return max(alive, default=None)


def nodes(schedd: str, cluster: int) -> list[Queued]:
    """The nodes of a workflow that are in the queue. Raises as `submit`."""
    wanted = ["DAGNodeName", "JobStatus", "HoldReason", "NumHolds"]
    return [
        Queued(
            str(one.get("DAGNodeName", "?")),
            _STATES.get(one["JobStatus"], "ending"),
            " ".join(str(one.get("HoldReason", "")).split()),
            int(one.get("NumHolds", 0)),
        )
        for one in _query(schedd, f"DAGManJobId == {cluster}", wanted)
    ]


def _query(schedd: str, constraint: str, wanted: Sequence[str]) -> list[Mapping[str, Any]]:
    condor = _bindings()
    with _told(f"ask the HTCondor queue {schedd}"):
        there = condor.Collector().locate(condor.DaemonType.Schedd, schedd)
        return list(condor.Schedd(there).query(constraint, wanted))


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
