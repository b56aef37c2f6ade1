"""Starts an installer where this Python can run it; an old one must be able to read this file, and nothing else."""

import sys
from pathlib import Path


def start(name: str) -> None:
    """Builds the environment of this name as the command line says; ends with 1 where Python is too old."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it is for those who have no other
        have = f"this is {sys.version.split()[0]} ({sys.executable})"
        sys.exit(f"culpa needs Python 3.11 or newer; {have}: run this with another, such as python3.11")
    sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts"))  # what it shares with uv_run.sh
    from installer import main

    main(name, sys.argv[1:])
