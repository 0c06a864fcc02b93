"""What building and serving share: text models, features, vector index, scoring, duplicates, the artifact bundle."""

__version__ = "0.1.0"
