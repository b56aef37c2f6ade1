"""The hierarchical veto: which auxiliary events explain the primary ones, in rounds (Smith et al. 2011, CQG 28 235005)."""
