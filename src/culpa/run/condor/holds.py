"""What holds a node, and whether it is released by itself: as the queue is told, and as whoever waits has to know."""

from .settings import CondorSettings

_USER, _POLICY, _SUBMITTED = 1, 3, 15
"""HoldReasonCode of those that were held on purpose: by condor_hold, by an expression of the job, at submission."""
OUT_OF_MEMORY = 34
"""HoldReasonCode of a pool that holds what is out of memory; we say the same, as the subcode of an expression."""


def release(settings: CondorSettings) -> str:
    """When to release: whatever was not held on purpose, as what holds it may pass: a file system that does not answer.

    An expression for a submit file.
    """
    policy = f"(HoldReasonCode =!= {_POLICY} || HoldReasonSubCode =?= {OUT_OF_MEMORY})"
    waited = f"time() - EnteredCurrentStatus >= {settings.release_after:g}"
    others = f"HoldReasonCode =!= {_USER} && HoldReasonCode =!= {_SUBMITTED}"
    return f"{others} && {policy} && NumHolds <= {settings.releases} && {waited}"


def is_for_good(code: int, subcode: int, holds: int, releases: int) -> bool:
    """Whether `release` never will; `holds` says for the how manieth time it is held, `releases` is what was set."""
    on_purpose = code in (_USER, _SUBMITTED) or (code == _POLICY and subcode != OUT_OF_MEMORY)
    return on_purpose or holds > releases
