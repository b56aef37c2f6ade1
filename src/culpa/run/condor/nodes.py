"""Jobs of a plan put together to nodes: what one job of the pool does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from math import ceil
from operator import add

from ..plan import HIDDEN, NOTHING, Job, Plan, Resources

_SMALL = 10.0
"""Processor seconds below which the jobs of an action are not worth a node of their own."""
_TRAVEL = ("mock-frames", "triggers-search", "triggers-write", "hveto-rounds")
"""Kinds that need nothing of the day's folder but their inputs, and write nothing but their outputs."""


@dataclass(frozen=True)
class Node:
    """Jobs done one after the other on one machine; `needs` are the names of nodes whose jobs they need.

    Nodes of one `kind` (`triggers-search`) are alike: their names are this and a number.
    """

    name: str
    kind: str
    jobs: tuple[Job, ...]
    needs: tuple[str, ...]

    @property
    def resources(self) -> Resources:
        """What all of it needs."""
        return reduce(add, (job.resources for job in self.jobs), NOTHING)

    @property
    def can_travel(self) -> bool:
        """Whether it can be done where the folder of the day cannot be seen."""
        return self.kind in _TRAVEL


def nodes(plan: Plan, seconds: float) -> tuple[Node, ...]:
    """The nodes of a plan, each of about so many processor seconds, in an order in which they can be done.

    Jobs of a node do not need each other: each job has a level, one above the highest that it needs, and a node has
    jobs of one level. So there is no circle among nodes.
    """
    batches = [(kind, batch) for kind, jobs in _alike(plan) for batch in _split(jobs, seconds)]
    totals: dict[str, int] = {}
    names = []
    for kind, _ in batches:
        names.append(f"{kind}-{totals.setdefault(kind, 0)}")
        totals[kind] += 1
    home = {job.name: name for name, (_, batch) in zip(names, batches, strict=True) for job in batch}
    return tuple(
        Node(
            name, kind, tuple(batch), tuple(dict.fromkeys(home[need] for job in batch for need in plan.needs[job.name]))
        )
        for name, (kind, batch) in zip(names, batches, strict=True)
    )


def written_folders(jobs: Iterable[Job]) -> list[str]:
    """The folders in that of the day that some jobs write to; receipts are in one of them."""
    return sorted({HIDDEN} | {path.partition("/")[0] for job in jobs for path in job.outputs})


def _alike(plan: Plan) -> Iterator[tuple[str, list[Job]]]:
    """Jobs of one level and kind, level by level; what is small and no search or the like is put together."""
    level: dict[str, int] = {}
    for job in plan:
        level[job.name] = 1 + max((level[need] for need in plan.needs[job.name]), default=-1)
    groups: dict[tuple[int, str], list[Job]] = {}
    for job in plan:
        groups.setdefault((level[job.name], f"{job.stage}-{job.action}"), []).append(job)
    for one in range(max(level.values(), default=-1) + 1):
        mine = {kind: jobs for (at, kind), jobs in groups.items() if at == one}
        light = (kind for kind in mine if kind not in _TRAVEL)
        small = [kind for kind in light if sum(job.resources.seconds for job in mine[kind]) < _SMALL]
        if len(small) > 1:
            mine["small"] = [job for kind in small for job in mine.pop(kind)]
        yield from mine.items()


def _split(jobs: Iterable[Job], seconds: float) -> Iterator[list[Job]]:
    """Batches of about the same time; jobs that read the same files follow each other."""
    first: dict[tuple[str, ...], int] = {}
    together = sorted(jobs, key=lambda job: first.setdefault(job.inputs, len(first)))
    total = sum(job.resources.seconds for job in together)
    count = max(1, ceil(total / seconds))
    batches: list[list[Job]] = [[] for _ in range(count)]
    before = 0.0
    for job in together:
        middle = before + job.resources.seconds / 2
        batches[min(int(middle / total * count) if total else 0, count - 1)].append(job)
        before += job.resources.seconds
    return (batch for batch in batches if batch)
