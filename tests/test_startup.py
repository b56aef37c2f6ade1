"""The command line starts quickly: what is heavy is imported where it is used."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "astropy", "awkward", "gwframe", "gwpy", "h5py", "igwn_ligolw", "igwn_segments", "lal", "matplotlib", "numpy",
    "pandas", "pyfftw", "requests", "scipy", "uproot",
}  # fmt: skip
SHOW_MODULES = """
import atexit, sys
atexit.register(lambda: print("modules:", *sys.modules))
sys.argv = ["culpa", *sys.argv[1:]]
from culpa.cli import main
main()
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["triggers", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", SHOW_MODULES, *arguments], capture_output=True, text=True, check=True
    )
    shown, _, modules = answer.stdout.rpartition("modules:")
    loaded = {name.partition(".")[0] for name in modules.split()}
    assert "culpa" in loaded
    assert shown.strip()
    assert loaded & HEAVY == set()


def test_help_takes_less_than_0_4_s_of_processor_time(tmp_path: Path) -> None:
    """Processor time, the least of three, so that a busy machine does not fail it; the first call compiles."""
    assert min(_processor_time(tmp_path, "--help") for _ in range(4)) < 0.4


def _processor_time(compiled: Path, *arguments: str) -> float:
    """Of one call; what Python compiles is kept in a folder, also where the environment forbids it beside the code."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(compiled)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "culpa", *arguments], capture_output=True, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
