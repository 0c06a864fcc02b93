"""The cold start: the bundle is open before the first event, or the log says in one line why not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Event = Callable[..., dict[str, Any]]


def test_the_first_event_of_a_cold_function_is_answered(run_function: Callable[..., Any], http_event: Event) -> None:
    with run_function() as function:
        answer = function.invoke(http_event("POST", "/score_lead", json.dumps({"bio": "Runs a bakery"})))
        assert answer["statusCode"] == 200
        again = function.invoke(http_event("POST", "/score_lead", json.dumps({"bio": "Runs a bakery"})))
        assert json.loads(again["body"]) == json.loads(answer["body"])


def test_without_a_bundle_the_log_says_so_without_a_stack_trace(
    run_function: Callable[..., Any], http_event: Event, tmp_path: Path
) -> None:
    with run_function(LEADGEN_BUNDLE_PATH=str(tmp_path)) as function:
        answer = function.invoke(http_event("GET", "/health"))
        assert "statusCode" not in answer
        log = function.log.read_text()
    assert f"leadgen: LEADGEN_BUNDLE_PATH={tmp_path}" in log
    assert "Traceback" not in log


def test_the_log_is_one_line_of_json_a_request(run_function: Callable[..., Any], http_event: Event) -> None:
    with run_function() as function:
        function.invoke(http_event("GET", "/health"))
        lines = [json.loads(line) for line in function.log.read_text().splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["message"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [("/health", 200)]
