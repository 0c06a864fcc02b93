"""The OpenAPI document of what the database adds: its examples run, and no answer strays from it."""

from pathlib import Path
from typing import Any

import httpx
from document_check import checked_against_its_document


def test_every_example_of_a_search_runs(themes: httpx.Client) -> None:
    document = themes.get("/openapi.json").json()
    for name, path in (
        ("SentenceSearch", "/sentences/search"),
        ("TopicSearch", "/topics/search"),
        ("ThemeSearch", "/themes/search"),
    ):
        (example,) = document["components"]["schemas"][name]["examples"]
        assert themes.post(path, json=example).status_code == 200


def test_the_server_keeps_to_its_document(themes_server: Any, tmp_path: Path) -> None:
    """JSON Schema cannot say which cursors there are."""
    places = ("--include-path-regex", "^/(runs|themes|topics|sentences|firms)")
    assert "12 selected" in checked_against_its_document(themes_server.url, tmp_path, examples=3, places=places)
