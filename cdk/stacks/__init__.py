"""One file for each stack."""
