"""A run's results for other tools and for the eye: parquet tables, a map, a history, a tree."""
