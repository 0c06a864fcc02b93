"""A migrated database, and a store of runs over it."""

from collections.abc import Callable, Iterator

import pytest
from leadgen.database.connection import connect
from sqlalchemy import Engine, text

from build_artifacts.topics.store import RunStore


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = connect(database)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Iterator[RunStore]:
    with RunStore(engine, lock_wait_seconds=0) as store:
        yield store


@pytest.fixture
def rows(engine: Engine) -> Callable[..., list[tuple[object, ...]]]:
    """Rows of a query in SQL."""

    def read(query: str, **values: object) -> list[tuple[object, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    return read
