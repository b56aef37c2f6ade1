"""A run killed with SIGKILL at random instants, resumed, and compared byte by byte with an undisturbed one.

    python benchmarks/kills.py [KILLS] [--duration S] [--auxiliary N] [-j N] [--seed N] [-f FILE] [--workers]

Every trial begins with an empty folder at the same place, kills the run once to four times at instants drawn between
its start and the time that an undisturbed run takes, then lets it finish. `--workers` kills a worker process in every
second trial instead of the run itself (which then ends with a message).
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

DATE = "2026-01-01"


def start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """The run, whose workers are its children."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in a day's folder but the lock and what only saves reading."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in ("lock", "seen.json"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def workers(process: int) -> list[int]:
    """The children of a process that do jobs."""
    with suppress(OSError):
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return []


def kill(process: "subprocess.Popen[bytes]", after: float, victim: str, rng: np.random.Generator) -> bool:
    """Wait, then kill the run or one of its workers; whether it was still at work."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        found = workers(process.pid) if victim == "worker" else []
        with suppress(ProcessLookupError):
            os.kill(int(rng.choice(found)) if found else process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def trial(command: Sequence[str], takes: float, victim: str, rng: np.random.Generator) -> tuple[int, int, float]:
    """Kill, resume to the end: how many kills hit, the exit code, and the seconds of the last run."""
    hits = 0
    for after in rng.uniform(0, takes, int(rng.integers(1, 5))):
        hits += kill(start(command), float(after), victim, rng)
    began = time.monotonic()
    return hits, start(command).wait(), time.monotonic() - began


def main() -> int:
    """The exit code: 0 where all trials gave the same bytes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kills", type=int, nargs="?", default=100)
    parser.add_argument("--duration", type=int, default=600)
    parser.add_argument("--auxiliary", type=int, default=3)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-f", "--config-file", type=Path)
    parser.add_argument("--workers", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        day, rng = Path(name) / f"{DATE}_mock", np.random.default_rng(asked.seed)
        command = [sys.executable, "-m", "culpa", "run", DATE, "-o", name, "-q", "-j", str(asked.jobs)]
        command += ["--duration", str(asked.duration), "--auxiliary", str(asked.auxiliary)]
        command += ["-f", str(asked.config_file)] if asked.config_file else []
        takes = float("inf")
        for _ in range(2):  # the first one also fills the caches of the system
            shutil.rmtree(day, ignore_errors=True)
            began = time.monotonic()
            if start(command).wait():
                print("the undisturbed run failed")
                return 1
            takes = min(takes, time.monotonic() - began)
        expected = contents(day)
        print(f"undisturbed: {takes:.1f} s, {len(expected)} files", flush=True)
        hits, trials, wrong, left, resumed = 0, 0, 0, 0, []
        while hits < asked.kills:
            shutil.rmtree(day, ignore_errors=True)
            victim = "worker" if asked.workers and trials % 2 else "run"
            kills, code, seconds = trial(command, takes, victim, rng)
            found = contents(day)
            different = sorted(path for path in {*found, *expected} if found.get(path) != expected.get(path))
            temporary = [path for path in found if path.endswith(".tmp")]
            hits, trials, left = hits + kills, trials + 1, left + len(temporary)
            wrong += bool(different or code)
            resumed.append(seconds)
            if different or code:
                print(f"trial {trials} ({victim}): exit code {code}, different: {different[:5]}", flush=True)
        print(f"{hits} kills in {trials} trials: {trials - wrong} identical, {wrong} not; {left} temporary files left")
        print(f"the run after the last kill: {np.median(resumed):.1f} s (median), {max(resumed):.1f} s at most")
        return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
