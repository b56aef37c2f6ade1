"""Jobs of a plan put together to nodes: what one job of the pool does."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil
from operator import add

from ..plan import HIDDEN, NOTHING, Job, Plan, Resources

_SMALL = 10.0
"""Processor seconds below which jobs are not worth a node of their own."""
_WIDE = ("mock-frames", "triggers-search", "triggers-write", "coherence-sums", "training_set-render")
"""Kinds of which there are many jobs that do not need each other: they are put together with nothing else."""
_TRAVEL = (*_WIDE, "hveto-rounds")
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

    Each job has a level, one above the highest that it needs, and a node has jobs of one level: so there is no circle
    among nodes. The last levels, where little is left to do, are one node: a pool takes its time to start each.
    """
    levels = _levels(plan)
    end = _end(levels)
    batches = [
        (kind, batch) for level in levels[:end] for kind, jobs in _alike(level) for batch in _split(jobs, seconds)
    ]
    if last := plan.only(job.name for level in levels[end:] for job in level):
        batches.append(("-".join(last.stages), list(last)))
    return _named(batches, plan)


def _named(batches: Iterable[tuple[str, list[Job]]], plan: Plan) -> tuple[Node, ...]:
    totals: Counter[str] = Counter()
    made: list[Node] = []
    home: dict[str, str] = {}
    for kind, batch in batches:
        name = f"{kind}-{totals[kind]}"
        totals[kind] += 1
        home |= {job.name: name for job in batch}
        needs = dict.fromkeys(home[need] for job in batch for need in plan.needs[job.name])
        made.append(Node(name, kind, tuple(batch), tuple(need for need in needs if need != name)))
    return tuple(made)


def written_folders(jobs: Iterable[Job]) -> list[str]:
    """The folders in that of the day that some jobs write to; receipts are in one of them."""
    return sorted({HIDDEN} | {path.partition("/")[0] for job in jobs for path in job.outputs})


def _levels(plan: Plan) -> list[list[Job]]:
    level: dict[str, int] = {}
    for job in plan:
        level[job.name] = 1 + max((level[need] for need in plan.needs[job.name]), default=-1)
    found: list[list[Job]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for job in plan:
        found[level[job.name]].append(job)
    return found


def _end(levels: Sequence[Sequence[Job]]) -> int:
    """The level from which on all that is left is little."""
    left = 0.0
    for level in range(len(levels), 0, -1):
        left += sum(job.resources.seconds for job in levels[level - 1])
        if left >= _SMALL or any(_kind(job) in _WIDE for job in levels[level - 1]):
            return level
    return 0


def _kind(job: Job) -> str:
    return f"{job.stage}-{job.action}"


def _alike(level: Iterable[Job]) -> Iterator[tuple[str, list[Job]]]:
    """Jobs of one level by kind; what is small and no search or the like is put together."""
    kinds: dict[str, list[Job]] = {}
    for job in level:
        kinds.setdefault(_kind(job), []).append(job)
    light = (kind for kind in kinds if kind not in _TRAVEL)
    small = [kind for kind in light if sum(job.resources.seconds for job in kinds[kind]) < _SMALL]
    if len(small) > 1:
        kinds["small"] = [job for kind in small for job in kinds.pop(kind)]
    return iter(kinds.items())


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
