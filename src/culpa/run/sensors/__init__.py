"""Tables of process sensors: anomalies, comparison, blame."""
