"""The command line starts quickly: what is heavy is imported where it is used."""

import resource
import subprocess
import sys

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


def test_help_takes_less_than_0_4_s_of_processor_time() -> None:
    """Processor time, the least of three, so that a busy machine does not fail it."""
    assert min(_processor_time("--help") for _ in range(3)) < 0.4


def _processor_time(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "culpa", *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
