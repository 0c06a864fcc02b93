"""What the application says of itself, and what holds for every answer."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from functions.api.schemas.health import Health


def test_health_names_the_bundle_and_its_model(client: httpx.Client, sample_bundle: Any) -> None:
    health = Health.model_validate_json(client.get("/health").content, strict=True)
    manifest = sample_bundle.manifest
    assert health.status == "ok"
    assert health.bundle_id == manifest["build_id"]
    assert health.model == manifest["text_model"]["id"]
    assert health.embedding_dimension == manifest["text_model"]["dimension"]
    assert health.precision == "fp32"
    assert health.device == "cpu"
    assert health.rows.customers == manifest["customers"]["rows"]
    assert health.rows.companies == manifest["companies"]["rows"]
    assert any("hashing" in warning for warning in health.warnings) == (health.model_kind == "hashing")


def test_the_index_lists_the_operations(client: httpx.Client) -> None:
    index = client.get("/").json()
    listed = {(entry["method"], entry["path"]) for entry in index["operations"]}
    assert ("POST", "/score_lead") in listed
    assert ("GET", "/companies/{company_id}/similar") in listed
    assert client.get(index["docs"]).status_code == 200


def test_the_request_schema_is_the_bundles(client: httpx.Client, sample_bundle: Any) -> None:
    document = client.get("/openapi.json").json()
    customers = sample_bundle.manifest["customers"]
    columns = [column for kind in ("text", "categories", "numbers") for column in customers["plan"][kind]]
    expected = {*columns, *customers["duplicate_columns"].values(), "customer_id", "email"}
    lead = document["components"]["schemas"]["Lead"]
    assert set(lead["properties"]) == expected
    assert lead["additionalProperties"] is False
    filters = document["components"]["schemas"]["Filters"]
    assert set(filters["properties"]) == set(sample_bundle.manifest["companies"]["filters"])


def test_every_example_of_the_document_runs(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    ran = []
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        if content:
            name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            for example in document["components"]["schemas"][name]["examples"]:
                answer = client.post(path, json=example)
                assert answer.status_code == 200, answer.text
                ran.append(path)
    assert {"/score_lead", "/score_leads", "/similar_companies"} <= set(ran)


def test_an_id_given_with_the_request_comes_back_and_is_logged(client: httpx.Client, server: Any) -> None:
    answer = client.get("/health", headers={"X-Request-Id": "call-42"})
    assert answer.headers["x-request-id"] == "call-42"
    line = server.line("call-42")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/health", 200)
    assert client.get("/health", headers={"X-Request-Id": "no spaces"}).headers["x-request-id"] != "no spaces"


def test_answers_carry_safe_headers_and_open_no_other_origin(client: httpx.Client) -> None:
    headers = client.get("/health", headers={"Origin": "https://elsewhere.example"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_the_log_holds_no_person(client: httpx.Client, server: Any, lead: dict[str, Any]) -> None:
    client.post("/score_lead", json=lead | {"email": "ada.miller@quiet.example"})
    client.post("/score_lead", json={"bio": {"name": "Ada Miller"}})
    client.get("/companies/Ada%20Miller")
    text = server.log.read_text()
    assert "Ada" not in text
    assert "quiet.example" not in text
    assert all(json.loads(line) for line in text.splitlines())


def test_named_origins_and_docs_follow_the_settings(serve: Callable[..., Any]) -> None:
    settings = {"LEADGEN_CORS_ORIGINS": "https://a.example, https://b.example", "LEADGEN_DOCS": "false"}
    with serve(**settings) as server, httpx.Client(base_url=server.url) as client:
        origin = {"Origin": "https://b.example"}
        assert client.get("/nothing", headers=origin).headers["access-control-allow-origin"] == origin["Origin"]
        preflight = client.options("/score_lead", headers=origin | {"Access-Control-Request-Method": "POST"})
        assert preflight.status_code == 200
        assert client.get("/docs").status_code == 404
