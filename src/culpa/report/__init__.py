"""What a person keeps: figures, tables and pages."""
