#!/usr/bin/env python3
"""Says whether the channels to blame are coherent with the main one at glitches. Options: culpa coherence glitch -h."""

from culpa.cli import main

if __name__ == "__main__":  # worker processes import this file
    main("coherence", "glitch")
