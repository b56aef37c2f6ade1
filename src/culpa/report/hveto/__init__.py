"""The report of a hierarchical veto: text files, figures and one page."""
