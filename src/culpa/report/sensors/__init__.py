"""What a person keeps of a search for anomalies in a table of sensors."""
