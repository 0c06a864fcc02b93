"""Metrics in CloudWatch's embedded metric format."""

import json
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from asgi import answers, ask

from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.middleware import Metrics
from functions.api.middleware.metrics import DUPLICATES


async def fails(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def breaks(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError


def metrics(app: Any = answers) -> Metrics:
    created = datetime.now(UTC) - timedelta(hours=30)
    return Metrics(app, "leads", created.isoformat(), EmbeddingMeasures())


def measured(capsys: pytest.CaptureFixture[str], app: Any, path: str, **scope: Any) -> dict[str, Any]:
    """The line of one request to the route with this path."""
    route = {"route": SimpleNamespace(path_format=path)} if path else {}
    ask(app, "/companies/a%20person", **route, **scope)
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


def of(line: dict[str, Any], *dimensions: str) -> dict[str, float]:
    """What CloudWatch takes from the line under these dimensions."""
    found: dict[str, float] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == "Leadgen"
        assert all(isinstance(line[name], str) for names in directive["Dimensions"] for name in names)
        if list(dimensions) in directive["Dimensions"]:
            found |= {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}
    return found


def test_an_operation_is_timed_by_its_route_and_by_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    line = measured(capsys, metrics(), "/companies/{company_id}")
    assert (line["Service"], line["Route"], line["Status"]) == ("leads", "/companies/{company_id}", 200)
    assert "person" not in json.dumps(line)
    by_route, by_service = of(line, "Service", "Route"), of(line, "Service")
    assert set(by_route) == {"Latency"}
    assert set(by_service) == {"Latency", "ColdStarts", "MemoryUsed", "BundleAge"}
    assert 0 <= by_service["Latency"] < 1000
    assert 10 < by_service["MemoryUsed"] < 10_000
    assert by_service["BundleAge"] == pytest.approx(30, abs=0.05)
    assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 60


def test_a_process_starts_cold_once(capsys: pytest.CaptureFixture[str]) -> None:
    app = metrics()
    assert measured(capsys, app, "/score_lead")["ColdStarts"] == 1
    assert "ColdStarts" not in measured(capsys, app, "/score_lead")


@pytest.mark.parametrize("path", ["", "/", "/health", "/docs", "/openapi.json"])
def test_pings_and_pages_are_no_operations(capsys: pytest.CaptureFixture[str], path: str) -> None:
    line = measured(capsys, metrics(), path)
    assert "Latency" not in of(line, "Service")
    assert of(line, "Service", "Route") == {}
    assert of(line, "Service")["BundleAge"] > 0


def test_duplicates_and_errors_of_the_server_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert of(measured(capsys, metrics(), "/score_leads", **{DUPLICATES: 3}), "Service")["Duplicates"] == 3
    assert of(measured(capsys, metrics(fails), "/score_leads"), "Service")["Errors5xx"] == 1


def test_what_breaks_counts_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError):
        ask(metrics(breaks))
    assert of(json.loads(capsys.readouterr().out), "Service")["Errors5xx"] == 1


def test_a_line_names_the_version_whose_errors_stop_a_canary(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    line = measured(capsys, metrics(fails), "/score_lead")
    assert (line["Version"], line["Errors5xx"]) == ("7", 1)


def test_what_was_embedded_is_counted_by_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    embedding = EmbeddingMeasures()

    async def embeds(scope: Any, receive: Any, send: Any) -> None:
        embedding.read(np.array([3, 4]), np.array([0, 2]))
        embedding.batch(2, 7, 0.003)
        await answers(scope, receive, send)

    app = Metrics(embeds, "leads", None, embedding)
    for _ in range(2):
        found = of(measured(capsys, app, "/embed"), "Service")
        assert {name: found[name] for name in ("EmbeddedTexts", "EmbeddedTokens", "TruncatedTexts", "BatchTexts")} == {
            "EmbeddedTexts": 2,
            "EmbeddedTokens": 7,
            "TruncatedTexts": 1,
            "BatchTexts": [2],
        }


def test_a_client_that_left_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    async def leaves(scope: Any, receive: Any, send: Any) -> None:
        """Nothing is answered."""

    with pytest.raises(IndexError):
        ask(metrics(leaves), "/embed")
    line = json.loads(capsys.readouterr().out)
    assert line["Status"] == 499
    assert "Errors5xx" not in line
