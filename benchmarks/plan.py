"""What a plan costs: to run it again, beside the bare stages, on two processes, and in memory for a longer day.

    python benchmarks/plan.py [again] [overhead] [efficiency] [memory] [--duration 14400] [--folder FOLDER]

Every run is a process of its own, as a user starts it. The bare stages are the same functions on as many processes
without plan, hashes, receipts and intermediate files. 10 GB of disk will do for four hours.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from culpa.acquire.mock.day import MockDay, chunk_starts, write_chunks
from culpa.acquire.mock.records import write_lists, write_records
from culpa.acquire.sources import open_source
from culpa.acquire.triggerfolder import load_triggers
from culpa.run.assignment import assignment
from culpa.run.hveto_analysis import analyse
from culpa.run.hveto_input import Request
from culpa.run.pool import ordered
from culpa.run.registry import plan_of
from culpa.run.scoring import compare
from culpa.run.stages import page
from culpa.run.triggers import plan_jobs, search_channels

DAY = date(2026, 1, 1)
BATCH = 8


def timed(*command: object) -> tuple[float, float]:
    """Wall-clock seconds and the peak memory (MB) of the largest process."""
    began = time.perf_counter()
    ran = subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(ran.pid, 0)
    if status:
        sys.exit(f"{command} ended with {status}")
    return time.perf_counter() - began, used.ru_maxrss / 1024


def culpa(folder: Path, duration: float, jobs: int, *more: object) -> tuple[float, float]:
    return timed("-m", "culpa", "run", DAY, "--duration", duration, "-o", folder, "-j", jobs, "-q", *more)


def again(folder: Path, duration: float) -> None:
    culpa(folder, duration, 2)
    seconds = sorted(culpa(folder, duration, 2)[0] for _ in range(5))
    print(f"again, nothing to do: median of five {seconds[2]:.2f} s, at most {seconds[-1]:.2f} s")


def overhead(folder: Path, duration: float) -> None:
    for workers in (1, 2):
        bare = timed(__file__, "stages", "--folder", folder / "bare", "--duration", duration, "--workers", workers)[0]
        shutil.rmtree(folder / "bare")
        plan = culpa(folder / "plan", duration, workers)[0]
        shutil.rmtree(folder / "plan")
        print(f"-j {workers}: bare stages {bare:.1f} s, plan {plan:.1f} s: {100 * (plan / bare - 1):+.1f} %")


def stages(folder: Path, duration: float, workers: int) -> None:
    """The stages one after the other."""
    of = assignment(DAY, folder, duration=duration)
    day, mock = of.day, MockDay(of.mock, of.day.start)
    starts = chunk_starts(mock)
    batches = [starts[i : i + BATCH] for i in range(0, len(starts), BATCH)]
    list(ordered(partial(frames, mock, day.raw), batches, workers))
    write_lists(mock, day.raw)
    write_records(mock, day.raw)
    source = open_source([day.raw / "raw.ffl"])
    jobs = plan_jobs(source, source.channels(), of.triggers)
    list(search_channels(jobs, day.triggers, of.data.formats, workers))
    analyse(Request.of_day(day, of.mock.main), of.hveto, None, 1)
    compare(day.raw / "truth.csv", load_triggers(day.triggers), day.hveto, day.folder)
    page.ACTIONS["day"](plan_of(of)[page.JOB], day.folder)


def frames(mock: MockDay, raw: Path, starts: range) -> list[Path]:
    return list(write_chunks(mock, starts, raw))


def efficiency(folder: Path, duration: float) -> None:
    """The trigger stage, all of it, on two processes against one."""
    culpa(folder, duration, 2, "--until", "mock")
    seconds = {}
    for workers in (1, 2):
        shutil.rmtree(folder / f"{DAY}_mock" / "omicron", ignore_errors=True)
        shutil.rmtree(folder / f"{DAY}_mock" / ".culpa" / "parts", ignore_errors=True)
        seconds[workers] = timed("-m", "culpa", "triggers", DAY, "-o", folder, "-j", workers, "-q")[0]
    one, two = seconds[1], seconds[2]
    print(f"trigger stage: {one:.1f} s with -j 1, {two:.1f} s with -j 2: efficiency {100 * one / 2 / two:.0f} %")


def memory(folder: Path, _: float) -> None:
    """Peak of the largest process for 1 h, 4 h and 24 h of a small detector: six channels, 4096 Hz and below."""
    folder.mkdir()
    small = folder.with_name("small.toml")
    small.write_text("[mock]\nmain_rate = 4096\nrates = [2048, 1024, 512, 512, 256]\nauxiliary = 5\n")
    for hours in (1, 4, 24):
        seconds, most = culpa(folder, hours * 3600, 1, "-f", small)
        written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"{hours} h: {most:.0f} MB at most, {seconds:.0f} s, {written / 1e9:.1f} GB on disk")
        shutil.rmtree(folder)


PARTS: dict[str, Callable[[Path, float], None]] = {
    "again": again, "overhead": overhead, "efficiency": efficiency, "memory": memory,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(PARTS)}; none: all")
    parser.add_argument("--duration", type=float, default=14400.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    if asked.parts == ["stages"]:
        stages(asked.folder, asked.duration, asked.workers)
        return
    for part in asked.parts or PARTS:
        with tempfile.TemporaryDirectory(dir=asked.folder, prefix="culpa-plan-") as temporary:
            PARTS[part](Path(temporary) / "results", asked.duration)


if __name__ == "__main__":
    main()
