"""Which jobs of a plan have to be done, and why."""

from collections.abc import Iterator, Mapping
from typing import Any

from .hashes import Hashes
from .plan import Job, Plan
from .records import Record, Records

_NAMED = 3
"""Differences of a kind that a reason names before it counts the rest."""

Code = Mapping[str, Mapping[str, str]]
"""The versions that each stage's results depend on, by stage and name."""


def due(plan: Plan, records: Records, hashes: Hashes, code: Code, workers: int = 1) -> dict[str, list[str]]:
    """The reasons for each job that has to be done, in the order of the plan; jobs that are done are not in it.

    A job is done when it was done with the same code, settings, parameters and inputs, and its outputs are as it left
    them, and the same is true of the jobs that it needs.
    """
    known = [records.jobs[job.name] for job in plan if job.name in records.jobs]
    hashes.look((path for record in known for path in (*record.outputs, *record.inputs)), workers)
    reasons: dict[str, list[str]] = {}
    for job in plan:
        redone = [need for need in plan.needs[job.name] if need in reasons]
        found = [*_reasons(job, records.jobs.get(job.name), hashes, code[job.stage], bool(redone))]
        if redone:
            found.append(f"it follows {_listed(redone)}")
        if found:
            reasons[job.name] = found
    return reasons


def _reasons(job: Job, record: Record | None, hashes: Hashes, code: Mapping[str, str], follows: bool) -> Iterator[str]:
    if record is None:
        yield "it has not been done yet"
        return
    yield from _changes("code", record.code, code)
    yield from _changes("setting", _flat(record.settings), _flat(job.settings))
    yield from _changes("parameter", _flat(record.parameters), _flat(job.parameters))
    if not follows:  # else they are about to change
        yield from _changes("input", record.inputs, {path: hashes.of(path) for path in job.inputs})
    for what, paths in _lost(record, hashes).items():
        yield f"output {what}: {_listed(paths)}"
    if "empty" not in record.result and (new := [path for path in job.outputs if path not in record.outputs]):
        yield f"it did not write {_listed(new)}"


def _lost(record: Record, hashes: Hashes) -> dict[str, list[str]]:
    now = {path: hashes.of(path) for path in record.outputs}
    lost = {
        "missing": [path for path, there in now.items() if there is None],
        "changed": [path for path, there in now.items() if there not in (None, record.outputs[path])],
    }
    return {what: paths for what, paths in lost.items() if paths}


def _changes(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if before == now:
        return
    texts = []
    for name in sorted({*before, *now}):
        if name not in now:
            texts.append(f"{kind} {name} is gone")
        elif name not in before:
            texts.append(f"{kind} {name} is new")
        elif before[name] != now[name]:
            texts.append(f"{kind} {name} was {_short(before[name])}, is {_short(now[name])}")
    yield from texts[:_NAMED]
    if len(texts) > _NAMED:
        yield f"and {len(texts) - _NAMED} more changes of this kind"


def _short(value: Any) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested tables as one, with dots in the names."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return flat


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
