"""Builds the environment for frames, triggers and hveto: docs/environments.md. Standard library only."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts"))  # what it shares with uv_run.sh

from installer import main

if __name__ == "__main__":
    main("igwn", sys.argv[1:])
