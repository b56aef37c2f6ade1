"""What a plan needs, without anything being done."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from culpa.run.assignment import Assignment
from culpa.run.estimate import add, estimate, needs
from culpa.run.plan import Job, Plan, Resources
from culpa.run.registry import plan_of

from .days import DATE, small

Culpa = Callable[..., Any]


def test_jobs_add_up_but_for_memory() -> None:
    jobs = [Job(f"a/{i}", "", {}, {}, (), (f"{i}", f"{i}.x"), Resources(1800, 100 * i, 10)) for i in range(3)]
    assert needs(Plan(tuple(jobs))) == {"jobs": 3, "files": 6, "bytes": 30, "core_hours": 1.5, "memory": 200}
    assert needs(Plan(())) == {"jobs": 0, "files": 0, "bytes": 0, "core_hours": 0, "memory": 0}


def test_files_and_bytes_are_about_what_is_written(undisturbed: Assignment) -> None:
    told = estimate(undisturbed)
    frames = list(undisturbed.day.raw.glob("*.gwf"))
    assert told["all"]["jobs"] == len(plan_of(undisturbed))
    assert told["stages"]["mock"]["files"] == len(frames) + 5
    written = sum(job.resources.written for job in plan_of(undisturbed) if job.action == "frames")
    assert written == pytest.approx(sum(path.stat().st_size for path in frames), rel=0.1)
    assert sum(stage["files"] for stage in told["stages"].values()) == told["all"]["files"]
    assert max(stage["memory"] for stage in told["stages"].values()) == told["all"]["memory"]


def test_days_add_up(culpa: Culpa, tmp_path: Path) -> None:
    of = small(tmp_path)
    one = estimate(of)
    given = ("-f", tmp_path / "settings.toml", "-o", tmp_path, "--estimate", "--json")
    done = culpa("run", DATE, *given, "--to", DATE + timedelta(days=2))
    three = json.loads(done.out)
    assert three["days"] == 3
    assert three["all"]["jobs"] == 3 * one["all"]["jobs"]
    assert three["all"]["core_hours"] == pytest.approx(3 * one["all"]["core_hours"])
    assert three["all"]["memory"] == one["all"]["memory"]
    assert add([one])["stages"] == one["stages"]
    assert not of.day.folder.exists()
    less = json.loads(culpa("run", DATE, *given, "--until", "mock").out)
    assert list(less["stages"]) == ["mock", "page"]


def test_more_data_need_more(tmp_path: Path) -> None:
    short, long = (estimate(small(tmp_path, mock={"duration": seconds}))["all"] for seconds in (3600, 7200))
    for name in ("jobs", "files", "bytes", "core_hours"):
        assert 1.4 < long[name] / short[name] < 2.2, name
    assert long["memory"] == short["memory"]
