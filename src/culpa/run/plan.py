"""A plan as data: jobs with their inputs, outputs, settings and needs; the same wherever it is carried out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

HIDDEN = ".culpa"
"""The folder, inside that of a day, of what is not a result: intermediate files, receipts, the lock."""

SETTINGS = "culpa.toml"
"""The file, in the folder of a day, of the settings that it was made with."""


@dataclass(frozen=True)
class Resources:
    """What one job is expected to need: processor seconds, memory in MB, bytes that it writes, processors at once."""

    seconds: float
    memory: float
    written: float
    threads: int = 1

    def __add__(self, other: "Resources") -> "Resources":
        """One after the other."""
        return Resources(
            self.seconds + other.seconds,
            max(self.memory, other.memory),
            self.written + other.written,
            max(self.threads, other.threads),
        )


NOTHING = Resources(0, 0, 0)


@dataclass(frozen=True)
class Job:
    """One piece of work.

    `name` begins with that of its stage and is what people call it; `action` says which function does it (a key of the
    stage's `ACTIONS`). `settings` are shared by many jobs, `parameters` are its own; both hold what JSON can, and with
    the contents of the `inputs` they decide the result. Paths are relative to the day's folder or absolute, with `/`.
    `outputs` are what it always writes; how many more there are can depend on what is found.
    """

    name: str
    action: str
    settings: Mapping[str, Any]
    parameters: Mapping[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    resources: Resources = field(default=NOTHING, compare=False)

    @property
    def stage(self) -> str:
        """The stage that it is part of."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class Plan:
    """Jobs in an order in which they can be done one after the other."""

    jobs: tuple[Job, ...]

    def __post_init__(self) -> None:
        """Raises ValueError where two jobs have one name or output, or a job needs what a later one makes."""
        made: dict[str, str] = {}
        known: set[str] = set()
        wanted = {path for job in self.jobs for path in job.inputs}
        for job in self.jobs:
            if job.name in known:
                raise ValueError(f"two jobs are called {job.name}")
            known.add(job.name)
            for path in job.outputs:
                if path in made:
                    raise ValueError(f"{job.name} and {made[path]} both write {path}")
                made[path] = job.name
        before: set[str] = set()
        for job in self.jobs:
            if late := [path for path in job.inputs if path in made and path not in before]:
                raise ValueError(f"{job.name} needs {late[0]}, which {made[late[0]]} makes after it")
            before.update(wanted.intersection(job.outputs))

    def __iter__(self) -> Iterator[Job]:
        return iter(self.jobs)

    def __len__(self) -> int:
        return len(self.jobs)

    def __getitem__(self, name: str) -> Job:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Job]:
        return {job.name: job for job in self.jobs}

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """For each job the names of those whose outputs it reads, each once, in the order of the plan."""
        maker = {path: job.name for job in self.jobs for path in job.outputs}
        found: dict[tuple[str, ...], tuple[str, ...]] = {}  # hundreds of jobs read the same files
        for job in self.jobs:
            if job.inputs not in found:
                found[job.inputs] = tuple(dict.fromkeys(maker[path] for path in job.inputs if path in maker))
        return {job.name: found[job.inputs] for job in self.jobs}

    @property
    def stages(self) -> list[str]:
        """The names of the stages, in order."""
        return list(dict.fromkeys(job.stage for job in self.jobs))

    def only(self, names: Iterable[str]) -> "Plan":
        """The jobs of some names, in the same order."""
        wanted = set(names)
        return Plan(tuple(job for job in self.jobs if job.name in wanted))

    def of_stages(self, stages: Iterable[str]) -> "Plan":
        """The jobs of some stages."""
        wanted = set(stages)
        return Plan(tuple(job for job in self.jobs if job.stage in wanted))
