"""The database down, slow, unmigrated, or of no right to write."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from forwarder import Forwarder
from leadgen.database.reading import reading
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError

SEARCH = ("/sentences/search", {"text": "freight shipping"})


def over_tcp(url: str, port: int) -> str:
    parsed = make_url(url)
    return f"postgresql://{parsed.username}@127.0.0.1:{port}/{parsed.database}?sslmode=disable"


@pytest.fixture
def network(filled: Any) -> Iterator[Forwarder]:
    with psycopg.connect(filled.url) as connection:
        folder, port = connection.info.host, connection.info.port
    forwarder = Forwarder(f"{folder}/.s.PGSQL.{port}")
    yield forwarder
    forwarder.cut()


def test_while_the_database_is_away_it_is_503_and_afterwards_all_is_well(
    filled: Any, network: Forwarder, text_model: str, serve: Callable[..., Any]
) -> None:
    settings = {
        "LEADGEN_DATABASE_URL": over_tcp(filled.url, network.port), "LEADGEN_THEMES_TEXT_MODEL": text_model,
    }  # fmt: skip
    network.cut()
    with serve(**settings) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        for _ in range(2):
            for response in (client.get("/themes"), client.post(SEARCH[0], json=SEARCH[1])):
                assert response.status_code == 503
                assert response.headers["retry-after"] == "5"
                assert str(network.port) not in response.text
            assert client.get("/health").status_code == 200
            network.join()
            assert client.get("/themes").status_code == 200
            assert client.post(SEARCH[0], json=SEARCH[1]).status_code == 200
            network.cut()
        request_id = client.get("/themes").headers["x-request-id"]
        assert server.line(request_id)["reason"].startswith("the database")


def test_sessions_that_the_server_ended_are_replaced(themes: httpx.Client, filled: Any) -> None:
    assert themes.get("/themes").status_code == 200
    with psycopg.connect(filled.url, autocommit=True) as connection:
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'only_reads'"
        assert connection.execute(ended).fetchone() >= (1,)
    assert themes.get("/themes").status_code == 200


def test_a_statement_that_takes_too_long_is_503(filled: Any, text_model: str, serve: Callable[..., Any]) -> None:
    settings = {"LEADGEN_DATABASE_URL": filled.url, "LEADGEN_DATABASE_TIMEOUT_SECONDS": "0.2"}
    with serve(**settings, LEADGEN_THEMES_TEXT_MODEL=text_model) as server, psycopg.connect(filled.url) as other:
        other.execute("LOCK TABLE themes IN ACCESS EXCLUSIVE MODE")
        response = httpx.get(f"{server.url}/themes", timeout=30)
        assert response.status_code == 503
        assert "LEADGEN_DATABASE_TIMEOUT_SECONDS" in response.json()["detail"]
        assert response.headers["retry-after"] == "5"
        other.rollback()
        assert httpx.get(f"{server.url}/themes", timeout=30).status_code == 200


def test_a_database_without_tables_is_503_and_named_in_the_log_only(
    empty_database: str, serve: Callable[..., Any]
) -> None:
    with serve(LEADGEN_DATABASE_URL=empty_database) as server:
        response = httpx.get(f"{server.url}/runs", timeout=30)
        assert response.status_code == 503
        assert "runs" not in response.json()["detail"]
        assert 'relation "runs" does not exist' in server.line(response.headers["x-request-id"])["reason"]


def test_a_database_without_a_run_is_404(database: str, serve: Callable[..., Any]) -> None:
    with serve(LEADGEN_DATABASE_URL=database) as server:
        assert httpx.get(f"{server.url}/runs", timeout=30).json() == {"runs": [], "next_cursor": None}
        for path in ("/themes", "/firms/a", "/themes/1"):
            assert httpx.get(f"{server.url}{path}", timeout=30).status_code == 404
        assert httpx.post(f"{server.url}{SEARCH[0]}", json=SEARCH[1], timeout=30).status_code == 404


def test_every_operation_works_for_a_user_who_may_only_read_and_who_cannot_write(
    themes_server: Any, themes: httpx.Client, filled: Any
) -> None:
    """Of the other tests, too, this user asked all questions."""
    assert themes.get("/themes").status_code == 200
    with psycopg.connect(filled.url) as connection:
        users = connection.execute("SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()")
        assert ("only_reads",) in users.fetchall()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE only_reads; DELETE FROM sentences")


def test_even_a_user_who_may_write_cannot_in_a_transaction_of_the_api(engine: Engine) -> None:
    for statement in ("DELETE FROM sentences", "SELECT nextval('topic_ids')", "CREATE TABLE x (y int)"):
        with reading(engine) as connection, pytest.raises(DBAPIError, match="read-only transaction"):
            connection.execute(text(statement))
