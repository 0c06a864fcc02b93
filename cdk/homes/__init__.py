"""Homes of the image outside Lambda: a container that checks the callers' keys itself."""
