"""The zipped functions in the real runtime: from their own folder alone, their log as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
ZIPPED = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
DELETION = {
    "RequestType": "Delete",
    "ResponseURL": "http://127.0.0.1:9/?X-Amz-Signature=abc",
    "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/leadgen-dev-rebuild/1",
    "RequestId": "1",
    "LogicalResourceId": "Image",
    "ResourceProperties": {},
}


@pytest.mark.parametrize("name", ZIPPED)
def test_a_function_starts_from_its_own_folder(run_zipped: Callable[..., Any], name: str) -> None:
    """Without an event of its own it fails, but in its own code."""
    with run_zipped(name) as function:
        answer = function.invoke({})
    assert not answer.get("errorType", "").startswith("Runtime."), answer


def test_a_log_line_is_json_with_its_fields_and_without_the_signed_address(run_zipped: Callable[..., Any]) -> None:
    with run_zipped("first_image") as function:
        answer = function.invoke(DELETION)
        log = function.log.read_text()
    assert "https" in answer["errorMessage"]
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("message") == "request"]
    assert (line["level"], line["request"], line["resource"]) == ("INFO", "Delete", "Image")
    assert "X-Amz-Signature" not in log
