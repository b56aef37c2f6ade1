"""Carries a day out, and tells for each stage which files of the program, and which packages, took part in its jobs."""

import json
import sys
import sysconfig
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

from culpa.run import local
from culpa.run.assignment import assignment
from culpa.run.code import ROOT
from culpa.run.local import Task
from culpa.run.perform import Done
from culpa.run.pipeline import make

SITE = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}


@contextmanager
def traced(names: set[str]) -> Iterator[None]:
    """Collects the files of all functions that are called inside the block, and the modules of those in C."""

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":  # an import is no part of the work
            names.add(frame.f_code.co_filename)
        elif event == "c_call":
            names.add(str(getattr(argument, "__module__", "")))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


def sorted_out(names: set[str]) -> dict[str, list[str]]:
    """Ours, relative to the package, and the names of others."""
    ours, others = set(), set()
    for name in names:
        path = Path(name)
        if path.is_relative_to(ROOT):
            ours.add(path.relative_to(ROOT).as_posix())
            continue
        for site in SITE:
            if path.is_relative_to(site):
                others.add(path.relative_to(site).parts[0].removesuffix(".py"))
        if "/" not in name and not name.startswith("<"):
            others.add(name.partition(".")[0])
    known = {*sys.stdlib_module_names, "None", "", "culpa"}
    return {"ours": sorted(ours), "others": sorted(others - known)}


def main(results: Path, config_file: Path) -> dict[str, dict[str, list[str]]]:
    """By stage."""
    found: dict[str, set[str]] = defaultdict(set)
    do: Callable[[Task], Done] = local.do

    def watched(task: Task) -> Done:
        with traced(found[task.job.stage]):
            return do(task)

    local.do = watched
    make(assignment(date(2026, 1, 1), results, config_file), 1, True)
    return {stage: sorted_out(names) for stage, names in found.items()}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
