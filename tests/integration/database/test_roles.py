"""The writer can do a whole run, the reader can change nothing, and who prepares it all keeps its password."""

import argparse
from collections.abc import Iterator

import pytest
from firm_examples import configuration, example
from leadgen.database.connection import connect
from leadgen.errors import ConfigurationError, InputError
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from build_artifacts.database import vector_indexes
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


@pytest.fixture
def master(postgres_server: str, empty_database: str) -> Iterator[Engine]:
    """The owner of a database as the master user of RDS is, who is no superuser, may make users and grant `rds_iam`."""
    server = connect(postgres_server)
    with server.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for role in ("leadgen_writer", "leadgen_reader", "leadgen_owner"):
            connection.execute(text(f"DROP ROLE IF EXISTS {role}"))
        connection.execute(text("CREATE ROLE rds_iam; CREATE ROLE master LOGIN CREATEROLE"))
        connection.execute(text("GRANT rds_iam TO master WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"))
        connection.execute(text(f"ALTER DATABASE {make_url(empty_database).database} OWNER TO master"))
    administrator = connect(empty_database)
    with administrator.begin() as connection:
        connection.execute(text("CREATE EXTENSION vector"))
    master = connect(as_user(empty_database, "master"))
    yield master
    master.dispose()
    with administrator.begin() as connection:
        connection.execute(text("REASSIGN OWNED BY master TO postgres"))
        for role in ("leadgen_owner", "leadgen_writer", "leadgen_reader", "master"):
            connection.execute(text(f"DROP OWNED BY {role}; DROP ROLE {role}"))
        connection.execute(text("DROP ROLE rds_iam"))
    administrator.dispose()
    server.dispose()


def by_iam(engine: Engine) -> dict[str, bool]:
    """Which users are, by themselves or by what they inherit from, members of `rds_iam`."""
    query = "SELECT rolname, pg_has_role(rolname, 'rds_iam', 'USAGE') FROM pg_roles WHERE rolname = ANY (:names)"
    names = ["master", "leadgen_owner", "leadgen_writer", "leadgen_reader"]
    with engine.connect() as connection:
        return {row.rolname: row.pg_has_role for row in connection.execute(text(query), {"names": names})}


def test_a_master_user_prepares_again_after_runs_and_does_not_become_a_user_of_iam(
    empty_database: str, master: Engine
) -> None:
    users = {name: connect(as_user(empty_database, f"leadgen_{name}")) for name in ("writer", "reader")}
    for _ in range(2):
        migrate(master)
        grant_roles(master)
        assert by_iam(master) == {
            "master": False, "leadgen_owner": False, "leadgen_writer": True, "leadgen_reader": True,
        }  # fmt: skip
        run_id = whole_run(users["writer"])
        with users["reader"].connect() as connection:
            assert connection.scalar(text(f"SELECT count(*) FROM sentences_r{run_id}")) == 20
    with master.connect() as connection:
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename <> :other"
        assert connection.execute(text(owners), {"other": "alembic_version"}).scalars().all() == ["leadgen_owner"]
        assert connection.scalar(text("SELECT pg_has_role('rds_iam', 'SET')")) is False
    with RunStore(users["writer"]) as store:
        store.delete_run(run_id)
    for user in users.values():
        user.dispose()


def test_who_inherits_from_the_writer_is_told_before_it_loses_its_password(empty_database: str, master: Engine) -> None:
    migrate(master)
    with master.begin() as connection:
        connection.execute(text("CREATE ROLE leadgen_writer LOGIN; GRANT leadgen_writer TO master"))
    with pytest.raises(ConfigurationError, match="REVOKE leadgen_writer FROM master"):
        grant_roles(master)
    assert by_iam(master) == {"master": False, "leadgen_writer": False}
    with master.begin() as connection:
        connection.execute(text("REVOKE leadgen_writer FROM master"))
    grant_roles(master)


def test_preparing_a_database_again_does_not_wait_for_its_readers(database: str, writer: Engine) -> None:
    whole_run(writer)
    administrator = connect(f"{database}&options=-c%20lock_timeout%3D1s")
    with administrator.connect() as reader:
        for table in ("runs", "firms", "topics", "sentences", "themes"):
            reader.execute(text(f"SELECT count(*) FROM {table}"))
        grant_roles(administrator)
    administrator.dispose()


def test_the_writer_follows_the_build_of_an_index(writer: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_indexes, "_TOLD_EVERY_SECONDS", 0.002)
    told: list[tuple[str, int, int]] = []
    with RunStore(writer) as store:
        run_id = store.open_run(configuration()).id
        example("acme", n=5000).write(store, run_id)
        store.build_vector_indexes(run_id, workers=0, told=lambda *what: told.append(what))
    assert any(0 < done < rows for table, done, rows in told if table.startswith("sentences"))


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
