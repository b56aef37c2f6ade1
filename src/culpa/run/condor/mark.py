"""A day that a pool is at work on says so in its folder: nobody else may then."""

import json
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from ...acquire.atomic import atomic
from ...errors import CulpaError
from ..lock import BusyError
from ..plan import HIDDEN
from . import queue


@dataclass(frozen=True)
class Submitted:
    """A workflow in a queue: its cluster and the name of the schedd that keeps it."""

    cluster: int
    schedd: str


def path(folder: Path) -> Path:
    """Where it stands."""
    return folder / HIDDEN / "condor.json"


def write(folder: Path, submitted: Submitted) -> None:
    """The day is in a queue now."""
    with atomic(path(folder)) as temporary:
        temporary.write_text(json.dumps(asdict(submitted)) + "\n", encoding="utf-8")


def read(folder: Path) -> Submitted | None:
    """What it says; None where there is none, or half of one."""
    try:
        said = json.loads(path(folder).read_text(encoding="utf-8"))
        return Submitted(int(said["cluster"]), str(said["schedd"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def remove(folder: Path) -> None:
    """The day is in no queue any more."""
    path(folder).unlink(missing_ok=True)


def in_queue(folder: Path) -> Submitted | None:
    """The workflow of the day that is still in a queue, resumed by hand too; a mark of one that is not is removed.

    Raises BusyError where there is a mark and the queue cannot be asked.
    """
    said = read(folder)
    if said is None:
        remove(folder)
        return None
    try:
        now = queue.workflow(said.schedd, folder, said.cluster)
    except CulpaError as problem:
        raise BusyError(
            f"{folder} was submitted as cluster {said.cluster} of {said.schedd}, and whether that is still at work "
            f"cannot be asked: {problem.message}",
            f"try where that queue can be reached; if it is over for sure: rm {shlex.quote(str(path(folder)))}",
        ) from problem
    if now is None:
        remove(folder)
        return None
    return Submitted(now, said.schedd)


def check_not_submitted(folder: Path) -> None:
    """Raises BusyError, which names the cluster, where a pool is at work on the day, or may be."""
    if there := in_queue(folder):
        raise BusyError(
            f"an HTCondor pool is at work on {folder}: cluster {there.cluster} of {there.schedd}",
            f"wait for it (culpa submit DATE --wait), or end it: condor_rm {there.cluster}",
        )
