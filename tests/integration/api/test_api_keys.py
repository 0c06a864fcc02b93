"""A plain server that asks for keys."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from functions.api.schemas.problem import Problem

KEY = "a-key-of-more-than-twenty-letters"


@pytest.fixture(scope="module")
def guarded(serve: Callable[..., Any]) -> Iterator[Any]:
    with serve(LEADGEN_API_KEYS=f"{KEY},{KEY[::-1]}", LEADGEN_CORS_ORIGINS="https://crm.example") as server:
        yield server


def test_a_lead_is_scored_for_who_shows_a_key(guarded: Any, lead: dict[str, Any]) -> None:
    for headers in ({"Authorization": f"Bearer {KEY}"}, {"X-Api-Key": KEY[::-1]}):
        assert httpx.post(f"{guarded.url}/score_lead", json=lead, headers=headers).status_code == 200


def test_everything_but_the_health_check_is_refused_without(guarded: Any, lead: dict[str, Any]) -> None:
    assert httpx.get(f"{guarded.url}/health").status_code == 200
    for path in ("/", "/docs", "/openapi.json", "/nothing", "/companies/comp-000001"):
        assert httpx.get(f"{guarded.url}{path}").status_code == 401
    answer = httpx.post(f"{guarded.url}/score_lead", json=lead, headers={"X-Api-Key": "guessed"})
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.status) == (401, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    line = guarded.line(problem.request_id)
    assert line["status"] == 401
    assert KEY not in guarded.log.read_text()


def test_a_page_of_a_known_origin_may_ask_and_reads_the_refusal(guarded: Any) -> None:
    origin = {"Origin": "https://crm.example"}
    asked = origin | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    assert httpx.options(f"{guarded.url}/score_lead", headers=asked).status_code == 200
    refusal = httpx.post(f"{guarded.url}/score_lead", headers=origin)
    assert (refusal.status_code, refusal.headers["access-control-allow-origin"]) == (401, origin["Origin"])


def test_the_document_says_what_to_show(guarded: Any) -> None:
    document = httpx.get(f"{guarded.url}/openapi.json", headers={"X-Api-Key": KEY}).json()
    assert document["components"]["securitySchemes"]["Key"]["name"] == "x-api-key"
    assert {"Key": []} in document["security"]
    assert "401" in document["paths"]["/score_lead"]["post"]["responses"]
    assert document["paths"]["/health"]["get"]["security"] == []
    assert "401" not in document["paths"]["/health"]["get"]["responses"]


def test_a_gateways_check_is_refused_where_there_is_no_gateway(sample_bundle: Any) -> None:
    import subprocess
    import sys

    environment = sample_bundle.environment | {"LEADGEN_REQUIRE_AUTHORIZER": "iam"}
    command = [sys.executable, "-m", "functions.api.server"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "LEADGEN_API_KEYS" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
