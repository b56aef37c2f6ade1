"""The hierarchical veto: which auxiliary events explain the primary ones, in rounds."""
