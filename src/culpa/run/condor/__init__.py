"""The plan of a day as a workflow of an HTCondor pool."""

FOLDER = "condor"
"""Folder of a day that holds its workflow: no part of the results."""
