#!/usr/bin/env python3
"""Draws the glitches that the veto explains, beside the channels to blame. Options: culpa qscan --help."""

from culpa.cli import main

if __name__ == "__main__":  # worker processes import this file
    main("qscan")
