"""Every way to ask wrongly, and the problem that answers it."""

import socket
from typing import Any

import httpx
import pytest

from functions.api.schemas.problem import Problem

JSON = {"Content-Type": "application/json"}


def refused(answer: httpx.Response, status: int) -> Problem:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.content)
    assert problem.status == status
    assert problem.request_id == answer.headers["x-request-id"]
    assert problem.instance.endswith(problem.request_id)
    assert "Traceback" not in answer.text
    return problem


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"bio": "x", "salary": 1}', "#/salary"),
        ('{"bio": "x", "a/b~c": 1}', "#/a~1b~0c"),
        ('{"web_activity_score": NaN}', "#/web_activity_score"),
        ('{"web_activity_score": -Infinity}', "#/web_activity_score"),
        ('{"web_activity_score": 1e999}', "#/web_activity_score"),
        ('{"web_activity_score": "70"}', "#/web_activity_score"),
        ('{"web_activity_score": true}', "#/web_activity_score"),
        ('{"industry": NaN}', "#/industry"),
        ('{"industry": ["Software"]}', "#/industry"),
        ('{"industry": "' + "x" * 1001 + '"}', "#/industry"),
        ('{"bio": 5}', "#/bio"),
        ('{"bio": "' + "x" * 20_001 + '"}', "#/bio"),
        ('{"customer_id": 5, "bio": "x"}', "#/customer_id"),
        ('{"email": {}, "bio": "x"}', "#/email"),
        ("{}", "#"),
        ('{"bio": null, "industry": " ", "email": "a@b.example"}', "#"),
        ('{"bio": "n/a"}', "#"),
        ("[]", "#"),
        ("null", "#"),
        ("", "#"),
    ],
)
def test_an_unusable_lead_is_refused_with_a_pointer(client: httpx.Client, body: str, pointer: str) -> None:
    problem = refused(client.post("/score_lead", content=body, headers=JSON), 422)
    assert problem.errors is not None
    assert problem.errors[0].pointer == pointer


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b'{"bio": "\\ud800"}', b'{"bio": "\x01"}', b"[" * 100_000, b"1" * 6000, b"{'a': 1}"]
)
def test_what_is_no_json_is_refused(client: httpx.Client, body: bytes) -> None:
    refused(client.post("/score_lead", content=body, headers=JSON), 400)


def test_a_lead_among_many_is_pointed_to(client: httpx.Client) -> None:
    leads = [{"bio": "x"}, {"bio": "x", "nope": 1}]
    problem = refused(client.post("/score_leads", json={"leads": leads}), 422)
    assert problem.errors[0].pointer == "#/leads/1/nope"
    problem = refused(client.post("/score_leads", json={"leads": [{"bio": "x"}, {}]}), 422)
    assert problem.errors[0].pointer == "#/leads/1"
    assert "web_activity_score" in problem.errors[0].detail


@pytest.mark.parametrize("leads", [[], [{"bio": "x"}] * 501])
def test_lists_have_limits(client: httpx.Client, leads: list[dict[str, str]]) -> None:
    problem = refused(client.post("/score_leads", json={"leads": leads}), 422)
    assert problem.errors[0].pointer == "#/leads"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_another_media_type_is_refused(client: httpx.Client, content_type: str) -> None:
    refused(client.post("/score_lead", content=b'{"bio": "x"}', headers={"Content-Type": content_type}), 415)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"])
def test_json_under_any_of_its_names_is_read(client: httpx.Client, content_type: str) -> None:
    answer = client.post("/score_lead", content=b'{"bio": "x"}', headers={"Content-Type": content_type})
    assert answer.status_code == 200


def test_a_large_body_is_refused_by_its_announced_length(client: httpx.Client) -> None:
    refused(client.post("/score_lead", content=b" " * 2_097_153, headers=JSON), 413)


def test_a_large_body_is_refused_although_it_comes_in_chunks(server: Any) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    head = (
        b"POST /score_lead HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(head + (b"10000\r\n" + b" " * 65_536 + b"\r\n") * 33)
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/companies/", 404),
        ("GET", "/score_lead", 405),
        ("PUT", "/score_lead", 405),
        ("DELETE", "/health", 405),
        ("POST", "/companies/x", 405),
        ("TRACE", "/", 405),
    ],
)
def test_unknown_addresses_and_methods_are_problems(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    refused(answer, status)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/score_lead?neighbors=0", "neighbors"),
        ("/score_lead?neighbors=many", "neighbors"),
        ("/score_lead?explain=perhaps", "explain"),
        ("/score_lead?neighbours=5", "neighbours"),
    ],
)
def test_an_unusable_parameter_is_named(client: httpx.Client, path: str, parameter: str) -> None:
    problem = refused(client.post(path, json={"bio": "x"}), 422)
    assert problem.errors[0].parameter == parameter


def test_a_refusal_never_repeats_what_was_sent(client: httpx.Client, server: Any) -> None:
    secret = "ada.miller@private.example"
    answer = client.post("/score_lead", json={"web_activity_score": secret, "bio": 1})
    assert secret not in answer.text
    assert secret not in server.log.read_text()
