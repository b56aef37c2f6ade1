"""Builds the environment for classification (PyTorch, TensorFlow): docs/environments.md. Standard library only."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts"))  # what it shares with uv_run.sh

from installer import main

if __name__ == "__main__":
    main("ml", sys.argv[1:])
