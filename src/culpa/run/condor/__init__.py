"""The plan of a day as a workflow of an HTCondor pool."""
