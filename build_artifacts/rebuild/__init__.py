"""The nightly rebuild: a snapshot of the tables in, a judged bundle and a complete image context out."""
