"""Writes the hash-checked locks anew, those in `requirements/` and `setup/ml.txt`.

Options (`--upgrade`, ...) go to `uv pip compile`.
Universal: one file for Python 3.11 and newer, on each platform. uv reads no pip setting, so the hashes are those of the
registry's files whatever pip is told on this machine. No registry, index or folder is written down.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ["pyproject.toml", "--group", "build"]
GW = [*PROJECT, "--extra", "gw"]
CONDOR = [*GW, "--extra", "hveto", "--extra", "condor"]
TRACKING = ["--extra", "tracking"]
PROFILE = ["--extra", "profile"]
PYTORCH = ["--extra", "torch", "--group", "beside-torch"]
TENSORFLOW = ["--extra", "tensorflow"]
SOURCES = {  # the largest first: the others take their versions from it
    "dev": [*CONDOR, *PYTORCH, *TENSORFLOW, *TRACKING, *PROFILE, "--group", "dev"],
    "condor": CONDOR,
    "hveto": [*GW, "--extra", "hveto"],
    "pytorch": [*GW, *PYTORCH, *TRACKING],
    "tensorflow": [*GW, *TENSORFLOW, *TRACKING],
    "gw": GW,
    "base": PROJECT,
    "uv": ["--group", "uv"],
}
ML = [*PROJECT, *PYTORCH, *TENSORFLOW, *TRACKING, "setup/ml.in"]
FORM = ["--universal", "--python-version", "3.11", "--generate-hashes", "--excludes", "requirements/outside.in"]
SILENCE = ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]


def main(options: Sequence[str]) -> None:
    """Compiles every lock, keeping the versions it has unless told to upgrade."""
    for name, source in SOURCES.items():
        bounds = "requirements/constraints.in" if name == "dev" else "requirements/dev.txt"
        write(f"requirements/{name}.txt", [*source, "--constraints", bounds], options)
    write("setup/ml.txt", ML, options)


def write(target: str, source: Sequence[str], options: Sequence[str]) -> None:
    """Compiles one lock. Raises CalledProcessError where there is no solution."""
    command = [sys.executable, "-m", "uv", "pip", "compile", *source, *FORM, *SILENCE, *options, "-o", target]
    subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    main(sys.argv[1:])
