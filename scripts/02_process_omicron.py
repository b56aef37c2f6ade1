#!/usr/bin/env python3
"""Searches every channel of a day for transients. Options: culpa triggers --help."""

from culpa.cli import main

if __name__ == "__main__":  # worker processes import this file
    main("triggers")
