#!/usr/bin/env python3
"""Finds the channels that explain the glitches of the main one. Options: culpa hveto --help."""

from culpa.cli import main

if __name__ == "__main__":  # worker processes import this file
    main("hveto")
