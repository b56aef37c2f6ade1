"""How a workflow gets on: nodes by stage, what is held and why, what failed and with which last words."""

import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...errors import CulpaError
from . import FOLDER, queue
from .files import STATUS
from .mark import Submitted
from .queue import Queued
from .work import GATHER

log = logging.getLogger(__name__)

_NODE = re.compile(r'Node = "([^"]+)";\s+NodeStatus = (\d+);')
_DONE, _FAILED = "5", "6"
_PAUSE = 2.0
"""Seconds between questions to the queue."""
_STATES = ("done", "running", "idle", "held", "failed", "waiting")


@dataclass(frozen=True)
class Progress:
    """The state of each node, one of `_STATES`, and what the queue says of those in it."""

    states: Mapping[str, str]
    queued: tuple[Queued, ...]

    def lines(self) -> list[str]:
        """A line for each kind of node: how many are in which state."""
        kinds: dict[str, Counter[str]] = {}
        for name, state in self.states.items():
            kinds.setdefault(name.rpartition("-")[0] or name, Counter())[state] += 1
        return [f"{kind}: {_counts(counts)}" for kind, counts in kinds.items()]

    @property
    def is_stuck(self) -> bool:
        """Whether nothing in the queue but held nodes is left."""
        return bool(self.queued) and all(one.state == "held" for one in self.queued)


def _counts(counts: Counter[str]) -> str:
    total = sum(counts.values())
    return f"{counts['done']} of {total} done" + "".join(
        f", {counts[state]} {state}" for state in _STATES[1:-1] if counts[state]
    )


def wait(folder: Path, there: Submitted, releases: int, quiet: bool) -> None:
    """Wait for the end of a workflow, telling how it gets on.

    Raises CulpaError where nodes failed or are held for good: with the reasons. Ctrl-C ends only the waiting.
    """
    told: set[str] = set()
    with _display(quiet) as show:
        while queue.workflow(there.schedd, folder, there.cluster) is not None:
            now = look(folder, there)
            show(now.lines())
            for one in now.queued:
                if one.state == "held" and one.reason not in told:
                    told.add(one.reason)
                    log.warning("%s is held: %s", one.node, one.reason)
            if now.is_stuck and all(one.holds > releases for one in now.queued):
                raise _held(there, now)
            time.sleep(_PAUSE)
        end = states(folder)
        show(Progress(end, ()).lines())
    _check(folder, end)


def look(folder: Path, there: Submitted) -> Progress:
    """How a workflow is now."""
    queued = tuple(queue.nodes(there.schedd, there.cluster))
    now = states(folder)
    return Progress(now | {one.node: one.state for one in queued if now.get(one.node) != "done"}, queued)


def states(folder: Path) -> dict[str, str]:
    """What DAGMan said last of its nodes: done, failed or waiting; nothing before it began."""
    try:
        text = (folder / FOLDER / STATUS).read_text(encoding="utf-8")
    except OSError:
        text = ""
    return {node: {_DONE: "done", _FAILED: "failed"}.get(state, "waiting") for node, state in _NODE.findall(text)}


def last_words(folder: Path, node: str) -> str:
    """The last line that a node wrote to its stderr."""
    try:
        lines = (folder / FOLDER / "logs" / f"{node}.err").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.startswith("culpa:")), lines[-1] if lines else "")


def _check(folder: Path, end: Mapping[str, str]) -> None:
    if end.get(GATHER) == "done":
        return
    failed = [name for name, state in end.items() if state == "failed" and name != GATHER] or [GATHER]
    said = "; ".join(f"{name}: {last_words(folder, name) or 'no word'}" for name in failed[:3])
    more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
    raise CulpaError(
        f"{folder}: the workflow came to no good end: {said}{more}",
        f"see {folder / FOLDER / 'logs'}; submit again to go on with what is not done",
    )


def _held(there: Submitted, now: Progress) -> CulpaError:
    return CulpaError(
        "; ".join(f"{one.node} is held: {one.reason}" for one in now.queued),
        f"cure it, then condor_release {' '.join(['-constraint', f'DAGManJobId=={there.cluster}'])} and submit again "
        f"with --wait, or end it all: condor_rm {there.cluster}",
    )


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
        shown: set[str] = set()

        def show(lines: list[str]) -> None:
            for line in lines:
                if line not in shown:
                    shown.add(line)
                    sys.stderr.write(f"{line}\n")

        yield show
