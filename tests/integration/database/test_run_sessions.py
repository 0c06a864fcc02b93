"""One process writes a run, from as many threads as it likes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from firm_examples import configuration, example
from leadgen.database.connection import DatabaseUnavailableError, connect
from leadgen.errors import ConfigurationError
from sqlalchemy import Connection, Engine, text

from build_artifacts.topics.store import RunStore

Rows = Callable[..., list[tuple[object, ...]]]
OWNER, WRITERS = 420_785, 420_786


@pytest.fixture
def second(database: str) -> Iterator[RunStore]:
    """A store as another process would have it."""
    engine = connect(database)
    with RunStore(engine, lock_wait_seconds=0) as store:
        yield store
    engine.dispose()


def end_sessions(engine: Engine, lock: int) -> int:
    """Have the server end the sessions that hold a lock; how many."""
    query = """SELECT count(pg_terminate_backend(pid, 5000)) FROM
               (SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = :lock AND granted) held"""
    with engine.connect() as connection:
        return int(connection.scalar(text(query), {"lock": lock}) or 0)


def test_threads_write_firms_at_the_same_time(store: RunStore, rows: Rows) -> None:
    run_id = store.open_run(configuration()).id
    with store.writing(run_id), store.writing(run_id), ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: example(f"company-{n:02}").write(store, run_id), range(40)))
    assert rows("SELECT (SELECT count(*) FROM firms), (SELECT count(*) FROM sentences)") == [(40, 800)]


def test_who_lost_the_ownership_keeps_others_out_while_it_writes_and_gets_it_back(
    store: RunStore, second: RunStore, engine: Engine
) -> None:
    run_id = store.open_run(configuration()).id
    with store.writing(run_id):
        assert end_sessions(engine, OWNER) == 1
        with pytest.raises(ConfigurationError, match="another process"):
            second.open_run(configuration())
        example("acme").write(store, run_id)
    assert end_sessions(engine, OWNER) == 1
    with pytest.raises(ConfigurationError, match="another process"):
        second.open_run(configuration())


def test_who_lost_all_sessions_cannot_write_once_another_process_has_the_run(
    store: RunStore, second: RunStore, engine: Engine
) -> None:
    run_id = store.open_run(configuration()).id
    assert end_sessions(engine, OWNER) + end_sessions(engine, WRITERS) == 2
    example("theirs").write(second, second.open_run(configuration()).id)
    with pytest.raises(DatabaseUnavailableError):
        example("ours").write(store, run_id)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="another process"):
            example("ours").write(store, run_id)
    assert second.finished_firms(run_id) == {"theirs": "theirs-0"}
    second.close()
    example("ours").write(store, run_id)
    assert len(store.finished_firms(run_id)) == 2


def test_a_process_whose_sessions_are_all_broken_does_not_count_them_as_writing(
    store: RunStore, second: RunStore, engine: Engine
) -> None:
    def lose_all_and_write_beside_another_owner_that_lost_the_run() -> None:
        with store.writing(run_id) as broken:
            assert end_sessions(engine, OWNER) + end_sessions(engine, WRITERS) == 2
            assert second.open_run(configuration()).id == run_id
            with second.writing(run_id):
                assert end_sessions(engine, OWNER) == 1
                with pytest.raises(ConfigurationError, match="another process"):
                    example("ours").write(store, run_id)
            broken.execute(text("SELECT 1"))

    run_id = store.open_run(configuration()).id
    with pytest.raises(DatabaseUnavailableError):
        lose_all_and_write_beside_another_owner_that_lost_the_run()


def test_idle_sessions_are_closed_only_while_no_thread_takes_one(store: RunStore, engine: Engine) -> None:
    class Watched(list[Connection]):
        def pop(self, *_: object) -> Connection:
            assert sessions._changing.locked()
            return super().pop()

    run_id = store.open_run(configuration()).id
    sessions = store._sessions[run_id]
    with store.writing(run_id), store.writing(run_id):
        pass
    sessions._idle = Watched(sessions._idle)
    assert len(sessions._idle) == 2
    with pytest.raises(DatabaseUnavailableError), store.writing(run_id) as broken:
        broken.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert sessions._idle == []
    example("acme").write(store, run_id)


def test_a_replacement_waits_until_the_run_is_free(database: str, store: RunStore) -> None:
    run_id = store.open_run(configuration()).id
    engine = connect(database)
    with RunStore(engine, lock_wait_seconds=20) as waiting, ThreadPoolExecutor(1) as threads:
        opened = threads.submit(waiting.open_run, configuration())
        store.close()
        assert opened.result(20).id == run_id
    engine.dispose()
