"""How a workflow gets on: nodes by stage, what is held and why, what failed and with which last words."""

import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ...errors import CulpaError
from . import FOLDER, queue
from .files import DAG, STATUS
from .holds import is_for_good
from .mark import Submitted
from .queue import DAGMAN, Queued
from .work import GATHER

T = TypeVar("T")

log = logging.getLogger(__name__)

DIARY = f"{DAG}.dagman.out"
"""What DAGMan did, and what went wrong with it."""
_NODE = re.compile(r'Node = "([^"]+)";\s+NodeStatus = (\d+);')
_UNDER_WAY = "under way"
_STATUSES = {**dict.fromkeys("1234", _UNDER_WAY), "5": "done", "6": "failed"}
"""NodeStatus of DAGMan in words; under way is what it is about to submit, or was submitted and has not ended for it."""
_PAUSE = 2.0
"""Seconds between questions to the queue."""
_STATES = ("running", "idle", "held", "failed")
"""What is told of nodes besides how many are done."""
_NAMED = 3
"""Nodes that a message names before it counts the rest."""


@dataclass(frozen=True)
class Progress:
    """The state of each node: done, one of `_STATES`, under way or waiting; and what the queue says of those in it.

    DAGMan is among these where it is held.
    """

    states: Mapping[str, str]
    queued: tuple[Queued, ...]

    def lines(self) -> list[str]:
        """A line for each kind of node: how many are in which state."""
        kinds: dict[str, Counter[str]] = {}
        for name, state in self.states.items():
            kinds.setdefault(name.rpartition("-")[0] or name, Counter())[state] += 1
        return [f"{kind}: {_counts(counts)}" for kind, counts in kinds.items()]

    def is_stuck(self, releases: int) -> bool:
        """Whether nothing is left but what is held for good; `releases` is what was set."""
        if not self.queued or not all(_for_good(one, releases) for one in self.queued):
            return False
        goes_on = all(one.node != DAGMAN for one in self.queued)  # else it does not notice what ends
        return not (goes_on and _UNDER_WAY in self.states.values())


def _counts(counts: Counter[str]) -> str:
    total = sum(counts.values())
    return f"{counts['done']} of {total} done" + "".join(
        f", {counts[state]} {state}" for state in _STATES if counts[state]
    )


def _for_good(one: Queued, releases: int) -> bool:
    """DAGMan itself is never released."""
    held = one.state == "held"
    return held and (one.node == DAGMAN or is_for_good(one.code, one.subcode, one.holds, releases))


def wait(folder: Path, there: Submitted, releases: int, quiet: bool) -> None:
    """Wait for the end of a workflow, telling how it gets on.

    Raises CulpaError where nodes failed or are held for good: with the reasons. Ctrl-C ends only the waiting.
    """
    told: set[tuple[str, str]] = set()
    with _display(quiet) as show:
        while queue.workflow(there.schedd, folder, there.cluster) is not None:
            now = look(folder, there)
            show(now.lines())
            for one in now.queued:
                if one.state == "held" and (one.node, one.reason) not in told:
                    told.add((one.node, one.reason))
                    log.warning("%s is held: %s", one.node, one.reason)
            if now.is_stuck(releases):
                raise _held(there, now)
            time.sleep(_PAUSE)
        end = states(folder)
        show(Progress(end, ()).lines())
    _check(folder, end)


def look(folder: Path, there: Submitted) -> Progress:
    """How a workflow is now."""
    queued = tuple(one for one in queue.nodes(there.schedd, there.cluster) if one.node != DAGMAN or one.state == "held")
    now = states(folder)
    at_work = {one.node: one.state for one in queued if one.node != DAGMAN and now.get(one.node) != "done"}
    return Progress(now | at_work, queued)


def states(folder: Path) -> dict[str, str]:
    """What DAGMan said last of its nodes: done, failed, under way or waiting; nothing before it began."""
    text = _text(folder / FOLDER / STATUS)
    return {node: _STATUSES.get(state, "waiting") for node, state in _NODE.findall(text)}


def last_words(folder: Path, node: str) -> str:
    """The last line that a node wrote to its stderr; of one that could not be submitted, why."""
    lines = _text(folder / FOLDER / "logs" / f"{node}.err").splitlines()
    said = [line.strip() for line in lines if line.startswith("culpa:")] or lines or [_refusal(folder, node)]
    return said[-1]


def _refusal(folder: Path, node: str) -> str:
    """What the queue said when DAGMan last tried to submit a node, in vain; from its diary."""
    begin = "Submitting node "
    tries = [part for part in _text(folder / FOLDER / DIARY).split(begin)[1:] if part.startswith(f"{node} ")]
    said, failed, _ = (tries[-1] if tries else "").partition("submit error: ")[2].partition("Job submit ")
    lines = said.splitlines()[:-1] if failed else []  # the last says when that was
    return " ".join(" ".join(lines).split())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _check(folder: Path, end: Mapping[str, str]) -> None:
    if end.get(GATHER) == "done":
        return
    failed = [name for name, state in end.items() if state == "failed" and name != GATHER] or [GATHER]
    said = _listed(failed, lambda name: f"{name}: {last_words(folder, name) or 'no word'}")
    raise CulpaError(
        f"{folder}: the workflow came to no good end: {said}",
        f"see {folder / FOLDER / 'logs'}, and {DIARY} beside it; submit again to go on with what is not done",
    )


def _held(there: Submitted, now: Progress) -> CulpaError:
    cluster = there.cluster
    return CulpaError(
        _listed(now.queued, lambda one: f"{one.node} is held: {one.reason}"),
        f"cure it, then condor_release -constraint 'ClusterId == {cluster} || DAGManJobId == {cluster}' and submit "
        f"again with --wait, or end it all: condor_rm {cluster}",
    )


def _listed(nodes: Sequence[T], say: Callable[[T], str]) -> str:
    more = [f"and {len(nodes) - _NAMED} more"] if len(nodes) > _NAMED else []
    return "; ".join([*map(say, nodes[:_NAMED]), *more])


@contextmanager
def _display(quiet: bool) -> Iterator[Callable[[list[str]], None]]:
    """Shows lines, over the earlier ones on a terminal, and elsewhere those that changed."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        with Live(console=Console(stderr=True)) as live:
            yield lambda lines: live.update(Text("\n".join(lines)), refresh=True)
    else:
        shown: dict[str, str] = {}

        def show(lines: list[str]) -> None:
            for line in lines:
                kind, _, counts = line.partition(": ")
                if shown.get(kind) != counts:
                    shown[kind] = counts
                    sys.stderr.write(f"{line}\n")

        yield show
