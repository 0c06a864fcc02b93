"""The writer can do a whole run, the reader can change nothing."""

import argparse
from collections.abc import Iterator

import pytest
from firm_examples import configuration, example
from leadgen.database.connection import connect
from leadgen.errors import InputError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from build_artifacts.database.command import add_database_command
from build_artifacts.database.command import database as run_database
from build_artifacts.database.migrate import migrate
from build_artifacts.database.roles import grant_roles
from build_artifacts.topics.store import RunStore

WRITES = [
    "INSERT INTO runs (quarter) VALUES ('2021Q3')",
    "UPDATE topics SET title = 'x'",
    "DELETE FROM sentences",
    "SELECT nextval('topic_ids')",
    "CREATE TABLE mine (a int)",
    "DROP TABLE firms",
    "SELECT 1 FROM runs FOR UPDATE",
]


@pytest.fixture
def writer(database: str, engine: Engine) -> Iterator[Engine]:
    grant_roles(engine)
    writer = connect(as_user(database, "leadgen_writer"))
    yield writer
    writer.dispose()


def as_user(url: str, user: str) -> str:
    return url.replace("postgres:@", f"{user}:@")


def whole_run(engine: Engine) -> int:
    with RunStore(engine) as store:
        run_id = store.open_run(configuration()).id
        example("acme").write(store, run_id)
        store.build_vector_indexes(run_id)
        store.finish(run_id, {})
    return run_id


def test_the_writer_can_do_a_run_and_delete_it(writer: Engine) -> None:
    run_id = whole_run(writer)
    with RunStore(writer) as store:
        assert store.finished_firms(run_id) == {"acme": "acme-0"}
        store.delete_run(run_id)


def test_the_reader_reads_a_run_and_can_write_nothing(database: str, writer: Engine) -> None:
    run_id = whole_run(writer)
    reader = connect(as_user(database, "leadgen_reader"))
    with reader.connect() as connection:
        assert connection.scalar(text("SHOW default_transaction_read_only")) == "on"
        # What keeps the reader from writing has to be its rights: it can switch the default off.
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"))
        for table in ("runs", "firms", "topics", "sentences", f"sentences_r{run_id}", "themes", "alembic_version"):
            connection.execute(text(f"SELECT * FROM {table}"))
        for statement in WRITES:
            connection.commit()
            with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
                connection.execute(text(statement))
            connection.rollback()
    reader.dispose()


def test_a_user_with_createrole_prepares_a_database_and_again_after_runs(postgres_server: str, database: str) -> None:
    """As the master user of RDS does it, who is no superuser and found extension vector allowed."""
    administrator = connect(database)
    with administrator.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS master; CREATE ROLE master LOGIN CREATEROLE"))
        connection.execute(text("GRANT leadgen_writer, leadgen_reader TO master WITH ADMIN OPTION"))
        connection.execute(text("GRANT CREATE ON SCHEMA public TO master WITH GRANT OPTION"))
        for table in ("runs", "firms", "themes", "topics", "sentences", "language_model_calls", "alembic_version"):
            connection.execute(text(f"ALTER TABLE {table} OWNER TO master"))
        connection.execute(text("ALTER SEQUENCE topic_ids OWNER TO master; ALTER SEQUENCE theme_ids OWNER TO master"))
    master = connect(as_user(database, "master"))
    for _ in range(2):
        migrate(master)
        grant_roles(master)
        writer = connect(as_user(database, "leadgen_writer"))
        whole_run(writer)
        writer.dispose()
    master.dispose()
    with administrator.begin() as connection:
        connection.execute(text("REASSIGN OWNED BY master TO postgres; DROP OWNED BY master; DROP ROLE master"))
    administrator.dispose()


def test_the_command_prepares_lists_and_deletes(empty_database: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_database_command(parser)

    def call(*arguments: str) -> str:
        run_database(parser.parse_args(["--database", empty_database, *arguments]))
        return capsys.readouterr().out

    assert "leadgen_writer" in call("prepare")
    engine = connect(as_user(empty_database, "leadgen_writer"))
    run_id = whole_run(engine)
    engine.dispose()
    assert f"{run_id}\t2021Q3\tcomplete" in call("runs")
    call("delete-run", str(run_id))
    assert call("runs") == ""
    with pytest.raises(InputError, match=f"no run {run_id}"):
        call("delete-run", str(run_id))
