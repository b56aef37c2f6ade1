"""What a plan needs: jobs, files, bytes, processor time and memory, from costs that were measured."""

from collections.abc import Iterable
from typing import Any

from .assignment import Assignment
from .plan import Plan
from .registry import plan_of


def estimate(of: Assignment, until: str | None = None) -> dict[str, Any]:
    """What a day needs as if nothing of it were there, by stage and in all; nothing is read but lists of files."""
    plan = plan_of(of, until)
    stages = {stage: needs(plan.of_stages([stage])) for stage in plan.stages}
    return {"days": 1, "stages": stages, "all": needs(plan)}


def needs(plan: Plan) -> dict[str, float]:
    """Jobs, files, bytes written, processor hours, and the memory in MB of the job that needs most."""
    return {
        "jobs": len(plan),
        "files": sum(len(job.outputs) for job in plan),
        "bytes": sum(job.resources.written for job in plan),
        "core_hours": sum(job.resources.seconds for job in plan) / 3600,
        "memory": max((job.resources.memory for job in plan), default=0.0),
    }


def add(estimates: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Several days as one."""
    every = list(estimates)
    stages = list(dict.fromkeys(stage for one in every for stage in one["stages"]))
    return {
        "days": len(every),
        "stages": {stage: _sum([one["stages"][stage] for one in every if stage in one["stages"]]) for stage in stages},
        "all": _sum([one["all"] for one in every]),
    }


def _sum(parts: list[dict[str, float]]) -> dict[str, float]:
    return {name: (max if name == "memory" else sum)(part[name] for part in parts) for name in parts[0]}
