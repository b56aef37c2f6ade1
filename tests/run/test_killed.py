"""kill -9 at any instant, and two runs at once: the folder ends up as if nothing had happened."""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from culpa.run.assignment import Assignment
from culpa.run.registry import plan_of
from culpa.run.verify import verify

from .days import DATE, contents, different, make, small, start

Culpa = Callable[..., Any]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def given(of: Assignment) -> tuple[object, ...]:
    return "run", DATE, "-f", of.day.results / "settings.toml", "-o", of.day.results, "-q"


def until(condition: Callable[[], Any]) -> Any:
    """What a condition gives once it gives something."""
    for _ in range(1000):
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it never happened")


def workers(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def receipts(of: Assignment) -> int:
    return len(list((of.day.folder / ".culpa/receipts").glob("*.json")))


def owner(of: Assignment) -> Any:
    path = of.day.folder / ".culpa/lock"
    return json.loads(path.read_text() or "{}").get("process") if path.exists() else None


def test_killed_again_and_again(tmp_path: Path) -> None:
    of = small(tmp_path)
    make(of)
    undisturbed = contents(of.day.folder)
    shutil.rmtree(of.day.folder)
    rng = np.random.default_rng(4)
    for jobs in (0, 1, 5, 9, len(plan_of(of)) - 2):  # receipts of killed runs stay until one ends
        process = start(*given(of), "-j", 2)
        until(lambda jobs=jobs: receipts(of) >= jobs)
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    process = start(*given(of), "-j", 2)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, f"{of.day.folder}/index.html\n", "")
    assert different(contents(of.day.folder), undisturbed) == []
    assert (list(of.day.folder.rglob("*.tmp")), receipts(of)) == ([], 0)
    assert make(of) == 0


def test_a_killed_worker_ends_the_run_and_the_next_one_goes_on(tmp_path: Path, undisturbed: Assignment) -> None:
    of = small(tmp_path)
    process = start(*given(of), "-j", 2)
    until(lambda: receipts(of))
    os.kill(until(lambda: workers(process.pid))[0], signal.SIGKILL)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err.startswith("culpa: a worker process died before its job was done (killed, or out of memory)\n")
    assert make(of) > 0
    lists = ["manifest.json", "raw/raw.ffl", "raw/raw.lcf"]
    assert different(contents(of.day.folder), contents(undisturbed.day.folder)) == lists


def test_two_at_once(culpa: Culpa, tmp_path: Path) -> None:
    """The second is told of the first; the third waits for the workers that the first left when it was killed."""
    of = small(tmp_path, mock={"duration": 4096})
    first = start(*given(of), "-j", 2)
    until(lambda: owner(of) == first.pid and workers(first.pid))
    second = culpa(*given(of))
    assert (second.code, second.out) == (1, "")
    assert second.err.startswith(f"culpa: another run is at work in {of.day.folder}: process {first.pid} on ")
    first.kill()
    first.communicate()
    assert culpa(*given(of), "--until", "mock", "--dry-run").code == 0
    of = small(tmp_path, mock={"duration": 32})
    assert culpa(*given(of)).code == 0
    assert verify(of.day.folder)[1] == []


def test_a_command_of_a_stage_is_told_too(culpa: Culpa, day: Assignment) -> None:
    from culpa.run.lock import locked

    (day.day.raw / "truth.csv").unlink()
    with locked(day.day.folder):
        done = culpa("mock", *given(day)[1:])
    assert done.code == 1
    assert f"another run is at work in {day.day.folder}: process {os.getpid()} on " in done.err
