"""A simulated detector whose every glitch is known: noise, channels, events, ledger."""
