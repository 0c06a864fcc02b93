"""The OpenAPI document of what the database adds: its examples run, and no answer strays from it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx


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
    """One check is left out: JSON Schema cannot say which cursors there are."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{themes_server.url}/openapi.json", "--no-color"]
    chosen = ["--checks", "all", "--exclude-checks", "positive_data_acceptance", "--continue-on-failure"]
    extent = ["--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--generation-deterministic"]
    places = ["--include-path-regex", "^/(runs|themes|topics|sentences|firms)"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    ran = subprocess.run(
        [*command, *chosen, *extent, *places],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert "12 selected" in ran.stdout
