"""The quarterly run on a GPU: the machine it gets, when, for how long, and what it may do."""
