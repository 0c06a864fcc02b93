"""Fetching pages of strangers: politely, within limits, and never from an address that is not public."""
