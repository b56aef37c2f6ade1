"""Files, simulators and streams, read into Series and event tables."""
