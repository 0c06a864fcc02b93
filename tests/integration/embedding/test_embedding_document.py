"""The OpenAPI document of what embeds: its examples run, and no answer strays from it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from document_check import checked_against_its_document

OPERATIONS = {
    "/embed": {"post"},
    "/embed/batch": {"post"},
    "/similarity": {"post"},
    "/tokenize": {"post"},
    "/v1/embeddings": {"post"},
    "/v1/models": {"get"},
    "/v1/models/{model}": {"get"},
}


def examples(client: httpx.Client) -> dict[str, list[Any]]:
    """The bodies that the document shows, by path."""
    document = client.get("/openapi.json").json()
    shown = {}
    for path, operations in document["paths"].items():
        if "post" in operations:
            schema = operations["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            shown[path] = document["components"]["schemas"][schema.rpartition("/")[2]]["examples"]
    return shown


def test_every_operation_is_documented(texts: httpx.Client) -> None:
    paths = texts.get("/openapi.json").json()["paths"]
    assert {path: set(operations) for path, operations in paths.items()}.items() >= OPERATIONS.items()


def test_every_example_runs(texts: httpx.Client) -> None:
    shown = examples(texts)
    assert set(shown) == {path for path, methods in OPERATIONS.items() if "post" in methods}
    for path, bodies in shown.items():
        assert [texts.post(path, json=body).status_code for body in bodies] == [200] * len(bodies)


def test_without_a_neural_model_nothing_is_offered_that_needs_one(
    models_setting: str, serve_models: Callable[..., Any]
) -> None:
    """A deployment whose examples do not run is taken back."""
    hashing = models_setting.split(",")[1]
    with serve_models(LEADGEN_EMBEDDING_MODELS=hashing) as server, httpx.Client(base_url=server.url) as client:
        shown = examples(client)
        assert "/tokenize" not in shown
        for path, bodies in shown.items():
            assert [client.post(path, json=body).status_code for body in bodies] == [200] * len(bodies)


def test_the_server_keeps_to_its_document(embedding_server: Any, tmp_path: Path) -> None:
    """JSON Schema cannot say that either `query` or `texts` is given."""
    assert "9 selected / 9 total" in checked_against_its_document(embedding_server.url, tmp_path, examples=10)
