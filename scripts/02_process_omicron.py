#!/usr/bin/env python3
"""Searches every channel of a day for transients. Options: culpa triggers --help."""

from culpa.cli import main

main("triggers")
