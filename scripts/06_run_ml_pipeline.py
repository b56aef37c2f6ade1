#!/usr/bin/env python3
"""What each trigger is (culpa classify --help); with --train, the training of a network (culpa train --help)."""

import sys

from culpa.cli import main

if __name__ == "__main__":  # worker processes import this file
    TRAIN = "--train" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--train"]
    main("train" if TRAIN else "classify")
