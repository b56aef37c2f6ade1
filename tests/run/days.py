"""Small days for tests: how they are made, and what is in their folders."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from culpa.run import pipeline
from culpa.run.assignment import Assignment, assignment
from culpa.run.plan import Plan
from culpa.run.registry import plan_of

DATE = date(2026, 1, 1)
START = 1451260818
MAIN = "K1:CAL-CS_PROC_DARM_STRAIN_DBL_DQ"
SETTINGS: dict[str, dict[str, Any]] = {
    "mock": {"duration": 144, "main_rate": 1024, "rates": [256, 512], "auxiliary": 2, "frame": 16},
    "triggers": {"segment": 16, "psd_length": 64, "chunk": 64},
    "hveto": {"shifts": 9},
}
"""A day of 9 frames in two batches, 3 channels and 2 chunks, with a round."""


def framework() -> str:
    """What can train here; empty where nothing can."""
    there = {name for name in ("torch", "tensorflow", "keras", "onnx") if find_spec(name)}
    if not {"keras", "onnx"} <= there:
        return ""
    return "pytorch" if "torch" in there else "tensorflow" if "tensorflow" in there else ""


TRAINED: dict[str, dict[str, Any]] = {
    "training_set": {
        "per_class": 12,
        "classes": ["blip", "line", "no_glitch"],
        "form": {"views": [0.5, 1.0], "height": 16, "width": 16},
    },
    "train": {"epochs": 2, "batch": 8},
    "classes": {"train": True, "trained_with": framework() or "pytorch"},
}
"""Changes that have it train a model of its own, with 36 images; in a framework that is there, if one is."""


def write_settings(path: Path, **changes: dict[str, Any]) -> Path:
    """The settings of a small day as a file, with keys of its tables changed."""
    import tomli_w

    tables = {name: SETTINGS.get(name, {}) | changes.get(name, {}) for name in {**SETTINGS, **changes}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tomli_w.dumps(tables))
    return path


def small(results: Path, which: date = DATE, **changes: dict[str, Any]) -> Assignment:
    """A small mock day below a folder."""
    return assignment(which, results, write_settings(results / "settings.toml", **changes))


def make(of: Assignment, workers: int = 1, until: str | None = None) -> int:
    """Carry a day out; returns how many jobs were done."""
    done: int = pipeline.make(of, workers, True, until)["done now"]
    return done


def due(of: Assignment) -> dict[str, list[str]]:
    """The jobs that have to be done, with the reasons."""
    found: dict[str, list[str]] = pipeline.preview(of)["due"]
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a day but those that a run keeps for itself."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".culpa" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def different(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """The files that are not the same in both."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def closure(plan: Plan, first: Iterable[str]) -> set[str]:
    """Some jobs and all that follow from them, found by walking through the files."""
    jobs = set(first)
    while True:
        made = {path for job in plan if job.name in jobs for path in job.outputs}
        more = {job.name for job in plan if made & set(job.inputs)} - jobs
        if not more:
            return jobs
        jobs |= more


def followers(of: Assignment, *beginnings: str) -> set[str]:
    """The jobs whose names begin so, and all that follow from them."""
    plan = plan_of(of)
    return closure(plan, [job.name for job in plan if job.name.startswith(beginnings)])


def start(*arguments: object) -> "subprocess.Popen[str]":
    """The program in a process group of its own."""
    command = [sys.executable, "-m", "culpa", *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )


def kill_when(exists: Path, *arguments: object) -> None:
    """Start the program, and kill it as soon as a file is there."""
    process, until = start(*arguments), time.monotonic() + 120
    while not exists.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert exists.exists()
