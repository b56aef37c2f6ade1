"""Events to findings: which channel is to blame."""
