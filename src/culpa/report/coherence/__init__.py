"""The report of coherence: tables, figures and sentences."""
