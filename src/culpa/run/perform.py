"""Doing one job: its action, the hashes of what it wrote, its receipt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import CulpaError, refused
from .hashes import Seen, is_still, read_file
from .plan import Job
from .records import Record, write_receipt
from .registry import action_of, code_of


@dataclass(frozen=True)
class Done:
    """A job that was done: its record, and its outputs as they are."""

    record: Record
    seen: Mapping[str, Seen]


def perform(job: Job, folder: Path, inputs: Mapping[str, Seen | None], before: Iterable[str] = ()) -> Done:
    """Do a job whose inputs are like this (None: absent), and say so in a receipt.

    Of the files that were `before` there of it, those that the plan does not promise are removed first. Raises what the
    action raises, and CulpaError where the system refuses, where an input is not the same in the end, or where a file
    that the plan promises is not there.
    """
    try:
        return _perform(job, folder, inputs, before)
    except OSError as problem:
        raise refused(problem) from problem
    except UnicodeEncodeError as problem:
        raise CulpaError(
            f"a name is not in UTF-8, and what {job.name} writes has to be: {problem.object!r}", "rename it"
        ) from problem


def _perform(job: Job, folder: Path, inputs: Mapping[str, Seen | None], before: Iterable[str]) -> Done:
    for path in set(before) - set(job.outputs):
        (folder / path).unlink(missing_ok=True)
    outcome = action_of(job)(job, folder)
    seen = {path: found for path in sorted(outcome.files) if (found := read_file(folder / path))}
    if "empty" not in outcome.result and (lacking := [path for path in job.outputs if path not in seen]):
        raise CulpaError(f"{job.name} did not write {lacking[0]}", "was it removed meanwhile? run again")
    if changed := [path for path, was in inputs.items() if not is_still(folder / path, was)]:
        raise CulpaError(f"{changed[0]} changed, came or went while {job.name} was at work", "run again")
    if "empty" in outcome.result:
        for path in set(before) - set(seen):
            (folder / path).unlink(missing_ok=True)
    outputs = {path: found.sha256 for path, found in seen.items()}
    read = {path: was.sha256 if was else None for path, was in inputs.items()}
    record = Record(code_of(job.stage), job.settings, job.parameters, read, outputs, outcome.result)
    write_receipt(folder, job.name, record, seen)
    return Done(record, seen)
