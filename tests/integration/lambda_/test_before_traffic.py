"""The check before traffic moves, of the real application under the emulator; CodeDeploy hears of every outcome."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from functions.before_traffic import handler as before_traffic

HOOK = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """What CodeDeploy is told."""
    told: list[dict[str, str]] = []

    class CodeDeploy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["X-Amz-Target"].endswith(".PutLifecycleEventHookExecutionStatus")
            told.append(json.loads(body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), CodeDeploy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL_CODEDEPLOY": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        # The emulator knows its function by this name only.
        "LEADGEN_VERSION": "function",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LEADGEN_BUNDLE", raising=False)
    monkeypatch.delenv("LEADGEN_REQUIRE_AUTHORIZER", raising=False)
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def check(statuses: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], dict[str, str]]:
    """Runs the hook on a function; what CodeDeploy was told."""

    def run(function: Any) -> dict[str, str]:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", function.url.partition("/2015")[0])
        before_traffic._lambda.cache_clear()
        before_traffic.handler(HOOK, None)
        return statuses[-1]

    return run


SUCCEEDED = {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "hook-1", "status": "Succeeded"}


@pytest.mark.parametrize("authorizer", ["iam", "jwt", "api_key"])
def test_a_version_that_answers_its_examples_succeeds(
    run_function: Callable[..., Any],
    check: Callable[[Any], dict[str, str]],
    sample_bundle: Any,
    monkeypatch: pytest.MonkeyPatch,
    authorizer: str,
) -> None:
    monkeypatch.setenv("LEADGEN_BUNDLE", sample_bundle.folder.name)
    monkeypatch.setenv("LEADGEN_REQUIRE_AUTHORIZER", authorizer)
    with run_function(LEADGEN_REQUIRE_AUTHORIZER=authorizer) as function:
        function.wait()
        assert check(function) == SUCCEEDED
        lines = [json.loads(line) for line in function.log.read_text().splitlines() if line.startswith("{")]
    asked = {(line["method"], line["route"]) for line in lines if line["message"] == "request"}
    assert {("POST", "/score_lead"), ("POST", "/score_leads"), ("POST", "/similar_companies")} <= asked


def test_a_version_with_another_bundle_fails(
    function: Any, check: Callable[[Any], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    function.wait()
    monkeypatch.setenv("LEADGEN_BUNDLE", "another")
    assert check(function)["status"] == "Failed"
    monkeypatch.setenv("LEADGEN_BUNDLE", "")
    assert check(function)["status"] == "Succeeded"


def test_a_version_that_refuses_the_check_fails(
    run_function: Callable[..., Any], check: Callable[[Any], dict[str, str]]
) -> None:
    with run_function(LEADGEN_REQUIRE_AUTHORIZER="iam") as function:
        function.wait()
        assert check(function)["status"] == "Failed"


def test_a_version_that_does_not_start_fails(
    run_function: Callable[..., Any], check: Callable[[Any], dict[str, str]], tmp_path: Any
) -> None:
    with run_function(LEADGEN_BUNDLE_PATH=str(tmp_path)) as function:
        function.wait()
        assert check(function)["status"] == "Failed"


def test_a_version_that_cannot_be_reached_fails(
    statuses: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9")
    before_traffic._lambda.cache_clear()
    assert before_traffic.handler(HOOK, None) == "Failed"
    assert statuses[-1]["status"] == "Failed"
