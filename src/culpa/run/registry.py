"""All stages in their order, and the plan of a day that they make together."""

from collections.abc import Iterable, Mapping

from ..errors import UsageError, nearest
from .assignment import Assignment
from .code import code_version
from .outcome import Action
from .plan import Job, Plan
from .stages import classes, coherence, hveto, mock, page, qscans, score, training, training_set, triggers

STAGES = {
    module.NAME: module for module in (mock, triggers, hveto, qscans, coherence, training_set, training, classes, score)
}
"""What a day consists of, besides the page about it."""
_ALL = {**STAGES, page.NAME: page}


def plan_of(of: Assignment, until: str | None = None) -> Plan:
    """Everything of a day up to and including a stage (None: all of them), and the page about it.

    Raises UsageError for a stage that is not known, and what reading the data raises.
    """
    stages = list(STAGES)
    if until is not None:
        if until not in stages:
            raise UsageError(f"no stage {until!r}", nearest(until, stages))
        stages = stages[: stages.index(until) + 1]
    jobs = [job for stage in stages for job in STAGES[stage].jobs(of)]
    return Plan((*jobs, *page.jobs(of, jobs)))


def action_of(job: Job) -> Action:
    """The function that does a job."""
    actions: Mapping[str, Action] = _ALL[job.stage].ACTIONS
    return actions[job.action]


def code_of(stage: str) -> Mapping[str, str]:
    """The versions that a stage's results depend on."""
    return code_version(_ALL[stage].CODE, _ALL[stage].PACKAGES)


def codes(stages: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """The same for some stages."""
    return {stage: code_of(stage) for stage in stages}
