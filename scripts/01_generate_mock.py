#!/usr/bin/env python3
"""Simulates a day of detector data: frames, their lists, the truth table. Options: culpa mock --help."""

from culpa.cli import main

if __name__ == "__main__":  # worker processes import this file
    main("mock")
