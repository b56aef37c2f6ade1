"""Builds the environment for frames, triggers and hveto: docs/environments.md. Standard library only."""

from start import start

if __name__ == "__main__":
    start("igwn")
