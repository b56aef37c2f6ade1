"""Tables of process sensors: CSV, Parquet and Excel, read block by block, with the roles of columns guessed."""
