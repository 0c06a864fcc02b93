"""The batch jobs that build what serving needs, and their command line."""
