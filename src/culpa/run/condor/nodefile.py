"""What a machine of the pool has to know of a node, as a file: it never sees the plan."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ...acquire.atomic import atomic
from ...errors import CulpaError
from ..due import Code
from ..hashes import Seen
from ..plan import Job, Plan, Resources
from ..records import Record, Records
from ..registry import codes
from .nodes import Node

_SHARED = ("settings", "inputs")
"""Parts of a job that many have in common."""


@dataclass(frozen=True)
class Errand:
    """The jobs of a node; what is known of earlier times that they were done, and of files that are there already.

    `needs` are the jobs of other nodes that these need: their receipts tell of the other files. `code` are the versions
    that decide whether they are done, where it was planned.
    """

    plan: Plan
    before: Mapping[str, Record]
    seen: Mapping[str, Seen]
    needs: tuple[str, ...]
    code: Code


def errand(node: Node, plan: Plan, records: Records) -> Errand:
    """What a node has to do as part of a plan of all that is due."""
    maker = {path: job.name for job in plan for path in job.outputs}
    before = {job.name: _own(job.name, records.jobs[job.name], maker) for job in node.jobs if job.name in records.jobs}
    read = {path for job in node.jobs for path in job.inputs}
    written = {path for record in before.values() for path in record.outputs}
    seen = {path: records.seen[path] for path in sorted(read | written) if path in records.seen}
    mine = Plan(node.jobs)
    needs = dict.fromkeys(need for job in node.jobs for need in plan.needs[job.name] if need not in mine)
    return Errand(mine, before, seen, tuple(needs), codes(mine.stages))


def _own(name: str, record: Record, maker: Mapping[str, str]) -> Record:
    """Without files that are another job's now: they are not for this one to remove."""
    return replace(record, outputs={path: had for path, had in record.outputs.items() if maker.get(path, name) == name})


def write(what: Errand, path: Path) -> None:
    """Write it, one line per job, so that people can look at it; what jobs have in common stands in it once."""
    shared: dict[str, list[Any]] = {part: [] for part in _SHARED}
    places: dict[str, dict[str, int]] = {part: {} for part in _SHARED}
    jobs = []
    for job in what.plan:
        said = asdict(job)
        for part in _SHARED:
            place = places[part].setdefault(json.dumps(said[part]), len(shared[part]))
            if place == len(shared[part]):
                shared[part].append(said[part])
            said[part] = place
        jobs.append(json.dumps(said))
    parts = {
        **{part: _lines(map(json.dumps, values)) for part, values in shared.items()},
        "jobs": _lines(jobs),
        "before": json.dumps({name: asdict(record) for name, record in what.before.items()}),
        "seen": json.dumps(what.seen),
        "needs": json.dumps(what.needs),
        "code": json.dumps(what.code),
    }
    text = ",\n".join(f'"{name}": {value}' for name, value in parts.items())
    with atomic(path) as temporary:
        temporary.write_text("{" + text + "}\n", encoding="utf-8")


def read(path: Path) -> Errand:
    """What `write` wrote. Raises CulpaError where it cannot be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Errand(
            Plan(tuple(_job({**one, **{part: said[part][one[part]] for part in _SHARED}}) for one in said["jobs"])),
            {name: Record(**record) for name, record in said["before"].items()},
            {name: Seen(*seen) for name, seen in said["seen"].items()},
            tuple(said["needs"]),
            said["code"],
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as problem:
        raise CulpaError(
            f"cannot read the node {path}: {problem}", "another culpa's, or damaged: write it anew with culpa submit"
        ) from problem


def _job(said: Mapping[str, Any]) -> Job:
    lists = {name: tuple(said[name]) for name in ("inputs", "outputs")}
    return Job(**{**said, **lists, "resources": Resources(**said["resources"])})


def _lines(items: Iterable[str]) -> str:
    return "[\n" + ",\n".join(items) + "\n]"
