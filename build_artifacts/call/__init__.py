"""Requests to a deployed API, signed as it wants them."""

from build_artifacts.call.command import add_call_flags, call
from build_artifacts.call.target import Target, find_target

__all__ = ["Target", "add_call_flags", "call", "find_target"]
