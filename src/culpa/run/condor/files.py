"""The files of a workflow: DAG, submit files, nodes. Plain text: writing them needs no HTCondor."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path

from ...acquire.atomic import atomic
from ..plan import Plan
from ..records import Records
from . import FOLDER, nodefile
from .holds import OUT_OF_MEMORY, release
from .nodes import Node, written_folders
from .settings import CondorSettings
from .work import GATHER

DAG = "day.dag"
STATUS = "day.status"
"""Where DAGMan says how the nodes are."""
_STATUS_SECONDS = 5
_BASE = 50.0
"""MB of disk that a node needs whatever it does."""
_LEAST = 1.0
"""MB of disk that a job writes besides its outputs."""


def write(folder: Path, plan: Plan, nodes: Sequence[Node], records: Records, settings: CondorSettings) -> Path:
    """Write all that a plan of what is due needs into the day's folder, in place of an earlier one; returns the DAG.

    The same plan and settings give the same DAG and submit files.
    """
    there = folder / FOLDER
    shutil.rmtree(there, ignore_errors=True)  # rescue files, too: they tell of nodes that were others
    (there / "logs").mkdir(parents=True)
    for node in nodes:
        nodefile.write(nodefile.errand(node, plan, records), there / "nodes" / f"{node.name}.json")
    everything = Node(GATHER, GATHER, plan.jobs, ())
    whole = nodefile.errand(everything, plan, records)
    nodefile.write(replace(whole, seen={}, needs=()), there / "nodes" / f"{GATHER}.json")
    for kind in dict.fromkeys(node.kind for node in nodes):
        one = next(node for node in nodes if node.kind == kind)
        _write(there / f"{kind}.sub", submit_lines(folder, one, settings))
    _write(there / f"{GATHER}.sub", submit_lines(folder, everything, settings))
    _write(there / DAG, dag_lines(folder.name, nodes, settings))
    return there / DAG


def dag_lines(name: str, nodes: Sequence[Node], settings: CondorSettings) -> Iterator[str]:
    """The DAG: each node with what it needs of a machine and of other nodes; in the end `gather`, whatever happened."""
    yield f"# culpa {name}: {sum(len(node.jobs) for node in nodes)} jobs in {len(nodes)} nodes; see docs/condor.md"
    yield f"NODE_STATUS_FILE {STATUS} {_STATUS_SECONDS} ALWAYS-UPDATE"
    for node in nodes:
        memory, disk = ceil(node.resources.memory * settings.memory_margin), ceil(_disk(node, settings) * 1024)
        yield f"JOB {node.name} {node.kind}.sub"
        yield f'VARS {node.name} memory="{memory}" disk="{disk}"{_journeys(node, settings)}'
    yield f"FINAL {GATHER} {GATHER}.sub"
    yield f'VARS {GATHER} memory="{ceil(400 * settings.memory_margin)}" disk="{ceil(_BASE * 1024)}"'
    for node in nodes:
        if node.needs:
            yield f"PARENT {' '.join(node.needs)} CHILD {node.name}"


def submit_lines(folder: Path, node: Node, settings: CondorSettings) -> Iterator[str]:
    """The submit file that nodes of one kind share; what differs is in the DAG."""
    travels = settings.transfer == "files" and node.can_travel
    at_home = settings.transfer == "files" and not travels
    yield f"# nodes {node.kind} of {folder.name}"
    yield f"universe = {'local' if at_home else 'vanilla'}"
    yield f"executable = {_verbatim(settings.python or sys.executable)}"
    yield f'arguments = "-m culpa job . condor/nodes/$(JOB).json{" --travels" if travels else ""}"'
    yield f"initialdir = {folder.resolve()}"
    yield f'environment = "{_environment()}"'
    if travels:
        yield "transfer_executable = False"
        yield "should_transfer_files = YES"
        yield "when_to_transfer_output = ON_EXIT"
        yield "transfer_input_files = condor/nodes/$(JOB).json, $(inputs)"
        yield "preserve_relative_paths = True"
        yield "transfer_output_files = $(outputs)"
    elif not at_home:
        yield "should_transfer_files = NO"
    yield f"request_cpus = {1 if node.kind == GATHER else node.resources.threads}"
    yield f"request_memory = int($(memory) * pow({settings.memory_growth:g}, {_MEMORY_TROUBLE}))"
    yield "request_disk = $(disk)"
    yield f"max_retries = {settings.retries}"
    yield "periodic_hold = JobStatus == 2 && MemoryUsage > MemoryProvisioned"
    yield 'periodic_hold_reason = strcat("memory: uses ", MemoryUsage, " MB of ", MemoryProvisioned)'
    yield f"periodic_hold_subcode = {OUT_OF_MEMORY}"
    yield f"periodic_release = {release(settings)}"
    yield "output = condor/logs/$(JOB).out"
    yield "error = condor/logs/$(JOB).err"
    yield "log = condor/logs/$(JOB).log"
    if node.kind == GATHER:  # held for good it would keep a workflow that was removed from ending
        yield f"periodic_remove = NumHolds > {settings.releases}"
    for name, value in (settings.accounting | dict(settings.lines)).items():
        yield f"{name} = {value}"
    yield "queue"


_MEMORY_TROUBLE = " + ".join(
    (
        *(f"(NumHoldsByReason.{reason} ?: 0)" for reason in ("JobOutOfResources", "JobPolicy", "SystemPolicy")),
        "ifThenElse(ExitBySignal =?= True, NumJobCompletions ?: 0, 0)",
    )
)
"""Times that it was held for its memory, by the pool or by what we say, or killed, as the system does when memory ends.

(A submit file cannot say `retry_request_memory` before HTCondor 24.)
"""


def _environment() -> str:
    """One processor means one thread; the kernels of linear algebra that were chosen, as the last digits of its sums
    depend on them; the way to culpa where it is not installed but on a path.
    """
    given = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    given |= {name: os.environ[name] for name in ("OPENBLAS_CORETYPE",) if name in os.environ}
    if paths := os.environ.get("PYTHONPATH"):  # jobs start in another folder
        given["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, paths.split(os.pathsep)))
    quoted = {name: value.replace("'", "''").replace('"', '""') for name, value in given.items()}
    return _verbatim(" ".join(f"{name}='{value}'" for name, value in quoted.items()))


def _verbatim(text: str) -> str:
    """What a submit file has to say for it, as `$(NAME)` means something else there."""
    return text.replace("$", "$(DOLLAR)")


def _disk(node: Node, settings: CondorSettings) -> float:
    """MB."""
    return _BASE + settings.disk_margin * (node.resources.written / 2**20 + _LEAST * len(node.jobs))


def _journeys(node: Node, settings: CondorSettings) -> str:
    """Files that travel to the machine, those of the day's folder (it sees others, as in CVMFS), and folders back."""
    if settings.transfer != "files" or not node.can_travel:
        return ""
    files = dict.fromkeys(path for job in node.jobs for path in job.inputs if not os.path.isabs(path))  # noqa: PTH117
    return f' inputs="{", ".join(files)}" outputs="{", ".join(written_folders(node.jobs))}"'


def _write(path: Path, lines: Iterator[str]) -> None:
    with atomic(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
