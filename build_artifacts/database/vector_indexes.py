"""Indexes for nearest vectors, built once a run's rows are loaded."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leadgen.database.connection import DatabaseUnavailableError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from .index_resources import Resources, index_resources

log = logging.getLogger(__name__)

M = 16
EF_CONSTRUCTION = 64
Told = Callable[[str, int, int], None]
"""Hears the table, rows in the index by now, and rows in all."""
_TOLD_EVERY_SECONDS = 1.0
_DISK_FULL = "53100"


def build_vector_index(
    engine: Engine,
    connection: Connection,
    table: str,
    dimension: int,
    workers: int | None = None,
    memory: int | None = None,
    told: Told | None = None,
) -> float:
    """Build the HNSW index of `table`'s embeddings by cosine, unless it is there; returns the seconds it took.

    It is on `embedding::halfvec(dimension)`, the expression that queries have to use. `connection` is in a transaction:
    a build that is cut off leaves nothing. Another connection of `engine` asks for its progress meanwhile.
    """
    started = time.monotonic()
    name = f"ix_{table}_embedding"
    if connection.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name}):
        return 0.0
    rows = connection.scalar(text(f"SELECT count(embedding) FROM {table}")) or 0  # noqa: S608
    resources = index_resources(connection, rows, dimension, workers, memory)
    with _progress(engine, connection, table, rows, told):
        _build(connection, name, table, dimension, resources)
    return time.monotonic() - started


def _build(connection: Connection, name: str, table: str, dimension: int, resources: Resources) -> None:
    try:
        with connection.begin_nested():
            _create(connection, name, table, dimension, resources)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _DISK_FULL or not resources.workers:
            raise
        # Workers share the graph in /dev/shm, of which a container may have next to none; one alone needs none.
        log.warning(json.dumps({"step": "vector index", "table": table, "workers": 0, "why": "no shared memory"}))
        _create(connection, name, table, dimension, Resources(0, resources.memory))


def _create(connection: Connection, name: str, table: str, dimension: int, resources: Resources) -> None:
    connection.execute(text(f"SET LOCAL maintenance_work_mem = '{resources.memory >> 10}kB'"))
    connection.execute(text(f"SET LOCAL max_parallel_maintenance_workers = {resources.workers}"))
    connection.execute(
        text(
            f"CREATE INDEX {name} ON {table} USING hnsw ((embedding::halfvec({int(dimension)})) halfvec_cosine_ops) "
            f"WITH (m = {M}, ef_construction = {EF_CONSTRUCTION})"
        )
    )


@contextmanager
def _progress(engine: Engine, building: Connection, table: str, rows: int, told: Told | None) -> Iterator[None]:
    if told is None:
        yield
        return
    done = threading.Event()
    pid = building.scalar(text("SELECT pg_backend_pid()"))
    teller = threading.Thread(target=_tell, args=(engine, pid, table, rows, told, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
    told(table, rows, rows)


def _tell(engine: Engine, pid: int, table: str, rows: int, told: Told, done: threading.Event) -> None:
    query = text("SELECT tuples_done FROM pg_stat_progress_create_index WHERE pid = :pid")
    while not done.wait(_TOLD_EVERY_SECONDS):
        try:
            with engine.connect() as connection:
                # A user that acts as the tables' owner may see only as itself what its other sessions do.
                connection.execute(text("SET LOCAL ROLE NONE"))
                told(table, connection.scalar(query, {"pid": pid}) or 0, rows)
        except (DBAPIError, DatabaseUnavailableError):
            return
