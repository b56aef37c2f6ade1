"""A simulated etch process, with labelled faults, for judging detectors of abnormal rows."""
