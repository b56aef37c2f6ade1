"""Writes the hash-checked locks in `requirements/` anew; options (`--upgrade`, ...) go to `uv pip compile`.

Universal: one file for Python 3.11 and newer, on each platform. uv reads no pip setting, so the hashes are those of the
registry's files whatever pip is told on this machine. No registry, index or folder is written down.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ["pyproject.toml", "--group", "build"]
SOURCES = {  # the largest first: the others take their versions from it
    "dev": [*PROJECT, "--extra", "gw", "--extra", "hveto", "--extra", "condor", "--group", "dev"],
    "condor": [*PROJECT, "--extra", "gw", "--extra", "hveto", "--extra", "condor"],
    "hveto": [*PROJECT, "--extra", "gw", "--extra", "hveto"],
    "gw": [*PROJECT, "--extra", "gw"],
    "base": PROJECT,
    "uv": ["--group", "uv"],
}
FORM = ["--universal", "--python-version", "3.11", "--generate-hashes"]
SILENCE = ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]


def main(options: Sequence[str]) -> None:
    """Compiles every lock, keeping the versions it has unless told to upgrade."""
    for name, source in SOURCES.items():
        target = f"requirements/{name}.txt"
        bound = ["--constraints", "requirements/dev.txt"] if name != "dev" else []
        subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", *source, *bound, *FORM, *SILENCE, *options, "-o", target],
            check=True,
            cwd=ROOT,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
