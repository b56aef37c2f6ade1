#!/usr/bin/env python3
"""Says which channels are coherent with the main one all the time. Options: culpa coherence overall --help."""

from culpa.cli import main

if __name__ == "__main__":  # worker processes import this file
    main("coherence", "overall")
