"""How many workers and how much memory a vector index is built with."""

import os
from dataclasses import dataclass

from sqlalchemy import Connection, text

_GRAPH_BYTES = 1000
"""Per row beside its vector, for m = 16: 2 m neighbours of 16 bytes, an element of 128, upper layers, and room."""
_LEAST = 64 << 20
_LARGEST = ((1 << 31) - 1) << 10
"""The setting is a number of kilobytes in 31 bits."""
_SHARED_BUFFERS_TO_HALF_OF_MEMORY = 2


@dataclass(frozen=True, slots=True)
class Resources:
    """`workers` build beside the session itself; `memory` is in bytes, for all of them together."""

    workers: int
    memory: int


def index_resources(
    connection: Connection, rows: int, dimension: int, workers: int | None, memory: int | None
) -> Resources:
    """Enough memory for the whole graph of halfvecs, because a build is five times slower from where it no longer fits.

    Not more than `memory`, or else half of what the server's machine has: known where it is this one, and judged from
    `shared_buffers` elsewhere, which RDS and most handbooks set to a quarter of it.
    """
    needed = rows * (2 * dimension + _GRAPH_BYTES)
    allowed = memory or _half_of_memory(connection)
    return Resources(_workers(connection, workers), min(max(needed, _LEAST), max(allowed, _LEAST), _LARGEST))


def _workers(connection: Connection, wanted: int | None) -> int:
    started_at_most = int(connection.scalar(text("SELECT current_setting('max_parallel_workers')")) or 0)
    if wanted is None:
        wanted = (os.cpu_count() or 1) - 1 if _is_this_machine(connection) else started_at_most
    return min(wanted, started_at_most)


def _half_of_memory(connection: Connection) -> int:
    if _is_this_machine(connection):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    buffers = connection.scalar(text("SELECT pg_size_bytes(current_setting('shared_buffers'))")) or 0
    return int(buffers) * _SHARED_BUFFERS_TO_HALF_OF_MEMORY


def _is_this_machine(connection: Connection) -> bool:
    """Whether the session came over a socket of the file system."""
    return connection.scalar(text("SELECT inet_server_addr() IS NULL")) is True
