"""What is said on the screen of days that were carried out, explained or estimated."""

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from ..report.numbers import plural
from ..types import UNKNOWN


def done(summaries: Sequence[dict[str, Any]]) -> str:
    """What was done, a few lines a day."""
    return "\n".join(line for summary in summaries for line in _lines(summary))


def _lines(summary: dict[str, Any]) -> Iterator[str]:
    new, all_of_them = summary["done now"], summary["jobs"]
    done = f"{new} of {all_of_them} jobs done now" if new else f"all {all_of_them} jobs are done: nothing to do"
    yield f"{summary['folder']}: {done}"
    yield from _explained(summary["stages"])
    yield from _learned(summary["stages"])


def _explained(stages: Mapping[str, Any]) -> Iterator[str]:
    """What was found, and what explains it."""
    if channels := [one for one in stages.get("triggers", {}).get("results", {}).values() if "triggers" in one]:
        having = sum(one["triggers"] > 0 for one in channels)
        yield f"  triggers: {sum(one['triggers'] for one in channels)}, in {having} of {len(channels)} channels"
    for said in stages.get("hveto", {}).get("results", {}).values():
        winners = [f"{one['channel']} ({100 * one['efficiency']:.0f} %)" for one in said.get("rounds", [])]
        yield f"  hveto: {', '.join(winners) or said.get('empty') or 'no channel explains the glitches'}"
    if scans := [one for one in stages.get("qscans", {}).get("results", {}).values() if "moments" in one]:
        yield f"  Q-scans: {plural(sum(one['moments'] for one in scans), 'vetoed trigger')}"
    for said in stages.get("coherence", {}).get("results", {}).values():
        if {"at_glitches", "overall"} & {*said}:
            yield f"  coherence: {_coherence(said)}"


def _learned(stages: Mapping[str, Any]) -> Iterator[str]:
    """What networks say, and how right all of it is."""
    for said in stages.get("training", {}).get("results", {}).values():
        if "macro_f1" in said:
            yield f"  training: macro-F1 {said['macro_f1']:.3f} on {plural(said['images'], 'test image')}"
    for said in stages.get("classes", {}).get("results", {}).values():
        if "classes" in said:
            yield f"  classes: {_classes(said)}"
    for said in stages.get("score", {}).get("results", {}).values():
        yield f"  score: {said['found']} of {said['expected']} injections found"


def _coherence(said: Mapping[str, Sequence[int]]) -> str:
    parts = {"at_glitches": "winners of rounds at their glitches", "overall": "channels overall"}
    return "; ".join(f"{said[name][0]} of {said[name][1]} {what}" for name, what in parts.items() if name in said)


def _classes(said: Mapping[str, Any]) -> str:
    most = sorted(said["classes"].items(), key=lambda pair: (-pair[1], pair[0]))
    counts = ", ".join(f"{n} {name}" for name, n in most) or "no trigger"
    drifted = f"; unlike the training data in {', '.join(said['drift'])}" if said.get("drift") else ""
    return f"{counts}; {said[UNKNOWN]} flagged {UNKNOWN}{drifted}"


def reasons(result: dict[str, Any]) -> str:
    """Why jobs are to be done, under the folder of each day where there are several."""
    days = result["days"]
    if len(days) == 1:
        return "\n".join(_reasons(days[0]["jobs"]))
    parts = ((f"{day['folder']}:", *(f"  {said}" for said in _reasons(day["jobs"]))) for day in days)
    return "\n".join(line for part in parts for line in part)


def _reasons(jobs: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, why in jobs.items():
        yield f"{name} is to be done:" if why else f"{name} is done"
        yield from (f"  {reason}" for reason in why)


def estimate(estimated: dict[str, Any]) -> str:
    """What each stage needs, and all of them, as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    days = estimated["days"]
    title = f"{days} day{'' if days == 1 else 's'}, if nothing of it were there"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage")
    for name in ("jobs", "files", "GB", "core hours", "MB a job"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, of in (estimated["stages"] | {"all": estimated["all"]}).items():
        table.add_row(
            name, f"{of['jobs']:,}", f"{of['files']:,}", f"{of['bytes'] / 1e9:,.1f}", f"{of['core_hours']:,.2f}",
            f"{of['memory']:,.0f}",
        )  # fmt: skip
    page = StringIO()
    Console(file=page, width=80).print(table)
    return page.getvalue().rstrip()
