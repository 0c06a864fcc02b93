"""Every way to ask the database wrongly, and SQL where data is expected."""

import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest

from functions.api.schemas.problem import Problem

SQL = "'; DROP TABLE runs CASCADE; -- \" \\ %s %(x)s $1 :x {x} UNION SELECT 1"
SEARCHES = ("/sentences/search", "/topics/search", "/themes/search")


def refused(response: httpx.Response, status: int = 422) -> Problem:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(response.content)
    for word in ("psycopg", "sqlalchemy", "SELECT", "Traceback"):
        assert word not in response.text
    return problem


@pytest.fixture
def content(filled: Any) -> Iterator[Any]:
    """What is in the database, before and after."""

    def counts() -> list[Any]:
        with psycopg.connect(filled.url) as connection:
            tables = ("runs", "firms", "themes", "topics", "sentences")
            return [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]

    before = counts()
    yield before
    assert counts() == before


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/themes?quarter={quote(SQL)}", 422),
        (f"/themes?run_id={quote(SQL)}", 422),
        (f"/themes?level={quote(SQL)}", 422),
        (f"/themes?sort={quote(SQL)}", 422),
        (f"/themes?text={quote(SQL)}", 200),
        (f"/themes?n={quote(SQL)}", 422),
        (f"/themes?cursor={quote(SQL)}", 422),
        (f"/themes/{quote(SQL)}", 422),
        (f"/themes/compare?from={quote(SQL)}&to=2021Q4", 422),
        (f"/themes/compare?from=2021Q3&to={quote(SQL)}", 422),
        (f"/themes/compare?from=2021Q3&to=2021Q4&level={quote(SQL)}", 422),
        (f"/themes/1/topics?company_id={quote(SQL)}", 200),
        (f"/topics/{quote(SQL)}", 422),
        (f"/topics/5/sentences?order={quote(SQL)}", 422),
        (f"/topics/5/sentences?speaker_type={quote(SQL)}", 422),
        (f"/firms/{quote(SQL, safe='')}", 404),
        (f"/firms/{quote(SQL, safe='')}/topics", 404),
        (f"/runs?cursor={quote(SQL)}", 422),
        (f"/themes?{quote(SQL)}=1", 422),
    ],
)
def test_sql_in_a_parameter_is_data(themes: httpx.Client, path: str, status: int) -> None:
    assert themes.get(path).status_code == status


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("path", SEARCHES)
@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("text", SQL, 200),
        ("company_ids", [SQL], 200),
        ("quarters", [SQL], 422),
        ("theme_id", SQL, 422),
        ("n", SQL, 422),
        ("cursor", SQL, 422),
        (SQL, 1, 422),
    ],
)
def test_sql_in_a_search_is_data(themes: httpx.Client, path: str, field: str, value: Any, status: int) -> None:
    assert themes.post(path, json={"text": "freight", field: value}).status_code == status


def test_sql_as_a_speaker_type_is_refused(themes: httpx.Client) -> None:
    problem = refused(themes.post("/sentences/search", json={"text": "freight", "speaker_types": [SQL]}))
    assert problem.errors[0].pointer == "#/speaker_types/0"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/themes/9223372036854775808", "theme_id"),
        ("/themes/-1", "theme_id"),
        ("/themes/1e300", "theme_id"),
        ("/themes/NaN/topics", "theme_id"),
        ("/topics/99999999999999999999999", "topic_id"),
        ("/topics/0/sentences", "topic_id"),
        ("/themes?run_id=2147483648", "run_id"),
        ("/themes?level=NaN", "level"),
        ("/themes?n=0", "n"),
        ("/themes?n=101", "n"),
        ("/themes?text=%00", "text"),
        ("/themes?quarter=2021Q3%0a", "quarter"),
        ("/themes?quarter=2021Q5", "quarter"),
        ("/themes?quarter=2021Q3&run_id=1", "run_id"),
        ("/themes/compare?from=2021Q3", "to"),
        ("/themes/1/topics?company_id=a%00b", "company_id"),
        ("/firms/a%00b", "company_id"),
        ("/firms/a%00b/topics", "company_id"),
        ("/topics/1/sentences?limit=5", "limit"),
    ],
)
def test_an_unusable_parameter_is_named(themes: httpx.Client, path: str, parameter: str) -> None:
    assert refused(themes.get(path)).errors[0].parameter == parameter


@pytest.mark.parametrize("path", SEARCHES)
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"text": "a\\u0000b"}', "#/text"),
        ('{"text": ""}', "#/text"),
        ('{"text": "x", "company_ids": ["a\\u0000b"]}', "#/company_ids/0"),
        ('{"text": "x", "theme_id": 9223372036854775808}', "#/theme_id"),
        ('{"text": "x", "theme_id": NaN}', "#/theme_id"),
        ('{"text": "x", "theme_id": 1.5}', "#/theme_id"),
        ('{"text": "x", "n": Infinity}', "#/n"),
        ('{"text": "x", "n": true}', "#/n"),
        ('{"text": "x", "quarters": ["2021-Q3"]}', "#/quarters/0"),
        ('{"text": "x", "quarters": "2021Q3"}', "#/quarters"),
        ('{"text": ["x"]}', "#/text"),
        ("{}", "#/text"),
    ],
)
def test_an_unusable_search_is_pointed_to(themes: httpx.Client, path: str, body: str, pointer: str) -> None:
    response = themes.post(path, content=body, headers={"Content-Type": "application/json"})
    assert refused(response).errors[0].pointer == pointer


def test_a_search_of_a_quarter_without_a_run_is_404(themes: httpx.Client) -> None:
    problem = refused(themes.post("/topics/search", json={"text": "x", "quarters": ["2021Q4", "1999Q1"]}), 404)
    assert "1999Q1" in problem.detail


@pytest.fixture
def cursor(themes: httpx.Client) -> str:
    """Of the second page of themes by firms."""
    return themes.get("/themes", params={"n": 2}).json()["next_cursor"]


@pytest.mark.parametrize(
    "path",
    [
        "/themes?sort=n_topics",
        "/themes?quarter=2021Q3",
        "/themes?text=e",
        "/themes?level=1",
        "/runs?n=1",
        "/themes/1/topics?n=1",
        "/topics/400/sentences?n=1",
        "/firms/c003/topics?n=1",
    ],
)
def test_a_cursor_of_another_list_is_refused(themes: httpx.Client, cursor: str, path: str) -> None:
    problem = refused(themes.get(path, params={**httpx.URL(path).params, "cursor": cursor}))
    assert problem.errors[0].parameter == "cursor"
    assert "another question" in problem.detail


def test_a_cursor_of_another_search_is_refused(themes: httpx.Client, cursor: str) -> None:
    body = {"text": "freight", "n": 1}
    own = themes.post("/topics/search", json=body).json()["next_cursor"]
    for other in ({"text": "trial"}, {"company_ids": ["c003"]}, {"theme_id": 1}, {"quarters": ["2021Q3"]}):
        problem = refused(themes.post("/topics/search", json={**body, **other, "cursor": own}))
        assert problem.errors[0].pointer == "#/cursor"
    refused(themes.post("/themes/search", json={**body, "cursor": own}))
    refused(themes.post("/topics/search", json={**body, "cursor": cursor}))
    assert themes.post("/topics/search", json={**body, "n": 3, "cursor": own}).status_code == 200


def test_a_cursor_with_any_letter_changed_is_refused(themes: httpx.Client, cursor: str) -> None:
    for i, letter in enumerate(cursor):
        damaged = cursor[:i] + ("A" if letter != "A" else "B") + cursor[i + 1 :]
        if i == len(cursor) - 1:  # its last bits may be padding
            continue
        refused(themes.get("/themes", params={"cursor": damaged}))
    refused(themes.get("/themes", params={"cursor": cursor[:-3]}))


def test_a_page_stays_with_the_run_of_the_first(themes: httpx.Client, filled: Any, cursor: str) -> None:
    with psycopg.connect(filled.url, autocommit=True) as connection:
        complete = "UPDATE runs SET status = %s WHERE id = %s"
        connection.execute(complete, ("complete", filled.quarters.running))
        try:
            later = themes.get("/themes", params={"cursor": cursor, "n": 100}).json()
            newest = themes.get("/themes").json()
        finally:
            connection.execute(complete, ("running", filled.quarters.running))
    assert newest["run"]["run_id"] == filled.quarters.running
    assert later["run"]["run_id"] == filled.quarters.second
    assert len(later["themes"]) == 5


def test_similarities_are_finite(themes: httpx.Client) -> None:
    found = themes.post("/sentences/search", json={"text": "freight", "n": 100}).json()["sentences"]
    assert all(math.isfinite(hit["similarity"]) and -1 <= hit["similarity"] <= 1 for hit in found)
