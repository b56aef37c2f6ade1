"""The whole chain on three minutes of data, command by command, as a user types them: does this installation work?"""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import CulpaError, UsageError

DATE = date(2026, 1, 1)
DURATION = 192
"""Seconds: six files, and enough for a noise spectrum."""
SEED = 3
"""Of a detector in which a veto explains something of so short a time."""
_MOCK = ("--duration", str(DURATION), "--seed", str(SEED))
_DAY = ("-y", str(DATE.year), "-m", str(DATE.month), "-d", str(DATE.day))
_LONGEST = 600.0
"""Seconds that a step is given."""


@dataclass(frozen=True)
class Step:
    """A command of the chain: what it is for, its arguments, and what has to be there afterwards, below the day."""

    title: str
    arguments: tuple[str, ...]
    leaves: tuple[str, ...] = ()


STEPS = (
    Step("simulate a detector", ("mock", *_DAY, *_MOCK), ("raw/raw.ffl", "raw/truth.csv")),
    Step("search for transients", ("triggers", *_DAY), ("omicron/triggers.toml",)),
    Step("find the channels to blame", ("hveto", *_DAY), ("hveto/index.html", "hveto/summary.json")),
    Step("draw what they explain", ("qscan", *_DAY), ("qscans/main",)),
    Step("compare channels at all times", ("coherence", "overall", *_DAY), ("coherence/coherence.json",)),
    Step("compare channels at glitches", ("coherence", "glitch", *_DAY), ("coherence/coherence.json",)),
    Step("say what kind each glitch is", ("classify", *_DAY), ("machine_learning/predictions.csv",)),
    Step("what is left of the day", ("run", *_DAY, *_MOCK), ("index.html", "manifest.json")),
)
"""In their order; the folder of the results and the number of processes are added."""


@dataclass(frozen=True)
class Ran:
    """A step that was run: wall-clock seconds, and what went wrong ("" for nothing)."""

    step: Step
    seconds: float
    problem: str


def smoke(folder: Path | None, jobs: int) -> Iterator[Ran]:
    """Run the steps below a folder (None: a temporary one), and check what they leave; ends with the first problem.

    Raises UsageError where the day is there already: what is done would not be tried.
    """
    if folder is None:
        with TemporaryDirectory(prefix="culpa-smoke-") as temporary:
            yield from smoke(Path(temporary), jobs)
        return
    day = folder / f"{DATE}_mock"
    if day.exists():
        raise UsageError(
            f"{day} is there already: nothing of it would be tried",
            f"give another folder, or remove it: rm -r {shlex.quote(str(day))}",
        )
    check = Step("every file as the manifest says", ("verify", str(day)))
    for step in (*STEPS, check):
        where = () if step is check else ("-o", str(folder))
        ran = _run(step, [*step.arguments, *where, "-j", str(jobs)], day)
        yield ran
        if ran.problem:
            return


def _run(step: Step, arguments: Sequence[str], day: Path) -> Ran:
    began = time.monotonic()
    command = [sys.executable, "-m", "culpa", *arguments]
    environment = os.environ | {"NO_COLOR": "1"}
    try:
        answer = subprocess.run(  # noqa: S603  ours
            command, capture_output=True, text=True, check=False, timeout=_LONGEST, env=environment
        )
        problem = "" if answer.returncode == 0 else (answer.stderr or answer.stdout).strip()
    except subprocess.TimeoutExpired:
        problem = f"not done after {_LONGEST:g} s"
    if not problem and (missing := [name for name in step.leaves if not (day / name).exists()]):
        problem = f"{day / missing[0]} is missing"
    return Ran(step, time.monotonic() - began, problem)


def show(results: Iterator[Ran], quiet: bool) -> None:
    """Tell each step as it ends, on stderr. Raises CulpaError for a step that went wrong."""
    total = 0.0
    for ran in results:
        total += ran.seconds
        said = "FAILED" if ran.problem else "ok"
        if not quiet:
            sys.stderr.write(f"{said:>6}  {ran.seconds:5.1f} s  {ran.step.title} (culpa {ran.step.arguments[0]})\n")
        if ran.problem:
            raise CulpaError(f"culpa {' '.join(ran.step.arguments)}: {ran.problem}", "this installation is not whole")
    if not quiet:
        sys.stderr.write(f"everything works: {total:.0f} s\n")
