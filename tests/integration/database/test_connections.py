"""Where a URL leads, and what a connection may do."""

import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.auth
import psycopg
import pytest
from leadgen.database.address import read_address
from leadgen.database.connection import DatabaseUnavailableError, connect
from leadgen.errors import ConfigurationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

HOST = "db.cluster-abc.eu-central-1.rds.amazonaws.com"


def test_a_reader_cannot_write_by_default_and_its_statements_end(database: str) -> None:
    reader = connect(database, read_only=True, statement_seconds=0.2)
    with reader.connect() as connection:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            connection.execute(text("DELETE FROM runs"))
        connection.rollback()
        with pytest.raises(DBAPIError, match="statement timeout"):
            connection.execute(text("SELECT pg_sleep(5)"))
    reader.dispose()


def test_an_error_does_not_quote_the_values_of_its_statement(database: str) -> None:
    engine = connect(database)
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text("SELECT CAST(:said AS text), 1 / 0"), {"said": "what an executive said"})
    assert "executive" not in str(refused.value)
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "sslmode"),
    [
        ("postgresql://u:p@db.example.com/app", "require"),
        ("postgresql+psycopg://u:p@db.example.com/app", "require"),
        ("postgresql://u:p@db.example.com/app?sslrootcert=/ca.pem", "verify-full"),
        ("postgresql://u:p@db.example.com/app?sslmode=verify-ca&sslrootcert=/ca.pem", "verify-ca"),
        ("postgresql://u:p@10.0.0.7,127.0.0.1/app", "require"),
        ("postgresql://u:p@127.0.0.1/app", None),
        ("postgresql://u:p@localhost/app", None),
        ("postgresql:///app?host=/var/run/postgresql", None),
    ],
)
def test_another_machine_is_asked_over_tls(url: str, sslmode: str | None) -> None:
    assert read_address(url).parameters().get("sslmode") == sslmode


@pytest.mark.parametrize("sslmode", ["disable", "allow", "prefer"])
def test_a_url_that_would_send_data_in_the_clear_is_refused(sslmode: str) -> None:
    with pytest.raises(ConfigurationError, match=f"sslmode={sslmode}"):
        connect(f"postgresql://u:secret@db.example.com/app?sslmode={sslmode}")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:secret@db/app",
        "embedded:",
        "secret",
        "postgresql://u:secret%zz@db/app",
        "postgresql://u:secret@db/app?unknown=secret",
        "rds-iam://db/app?sslrootcert=/ca.pem",
        f"rds-iam://u@{HOST}/app",
        f"rds-iam://u:secret@{HOST}/app?sslrootcert=/ca.pem",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="LEADGEN_DATABASE_URL") as refused:
        connect(url)
    assert "secret" not in str(refused.value)


def test_a_refused_user_is_the_settings_fault_and_an_absent_server_is_not(database: str) -> None:
    with pytest.raises(ConfigurationError, match="no_such_role"):
        connect(database.replace("postgres:@", "no_such_role:secret@")).connect()
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached") as away:
        connect("postgresql://u:secret@127.0.0.1:1/app").connect()
    assert "secret" not in str(away.value)


def test_a_session_that_the_server_ends_is_named_and_the_engine_goes_on(database: str) -> None:
    engine = connect(database)
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(database, autocommit=True) as administrator:
            administrator.execute("SELECT pg_terminate_backend(%s)", [pid])
        with pytest.raises(DatabaseUnavailableError):
            connection.execute(text("SELECT 1"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_an_iam_token_is_what_aws_own_client_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "to+ken/")
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: noon.replace(tzinfo=None))
    address = read_address(f"rds-iam://reader@{HOST}/app?region=eu-central-1&sslrootcert=/ca.pem")
    theirs = parse_qs(
        urlsplit("//" + boto3.client("rds", "eu-central-1").generate_db_auth_token(HOST, 5432, "reader")).query
    )
    parameters = address.parameters()
    place, _, query = parameters.pop("password").partition("/?")
    ours = parse_qs(query)
    assert place == f"{HOST}:5432"
    assert ours == theirs
    assert parameters == {
        "host": HOST, "port": 5432, "user": "reader", "dbname": "app", "sslmode": "verify-full",
        "sslrootcert": "/ca.pem",
    }  # fmt: skip


def test_each_connection_is_opened_with_a_token_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = iter(["first", "second"])
    given: list[str] = []
    monkeypatch.setattr("leadgen.database.iam.authentication_token", lambda *_: next(tokens))

    def refuse(_: str, **parameters: str) -> None:
        given.append(parameters["password"])
        raise psycopg.OperationalError(f"PAM authentication failed, password {parameters['password']}")

    monkeypatch.setattr(psycopg, "connect", refuse)
    engine = connect(f"rds-iam://reader@{HOST}/app?region=eu-central-1&sslrootcert=/ca.pem")
    for token in ("first", "second"):
        with pytest.raises(DatabaseUnavailableError) as refused:
            engine.connect()
        assert token not in str(refused.value)
    assert given == ["first", "second"]


def test_iam_without_credentials_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    engine = connect(f"rds-iam://reader@{HOST}/app?region=eu-central-1&sslrootcert=/ca.pem")
    with pytest.raises(ConfigurationError, match="credentials"):
        engine.connect()


def test_a_pool_lends_no_more_connections_than_it_holds(database: str) -> None:
    engine = connect(database, pool_size=1)
    waited = threading.Event()

    def borrow() -> None:
        with engine.connect():
            waited.set()

    with engine.connect():
        thread = threading.Thread(target=borrow)
        thread.start()
        assert not waited.wait(0.2)
    thread.join(10)
    assert waited.is_set()
    engine.dispose()
