"""The quarterly run: topics of each firm, themes across firms."""
