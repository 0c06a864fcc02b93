"""`leadgen embed`: the texts of a table as embeddings in a parquet file."""
