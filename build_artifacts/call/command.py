"""`leadgen call METHOD PATH`."""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from leadgen.errors import ConfigurationError

from build_artifacts.call.request import Request, as_curl, send
from build_artifacts.call.target import find_target

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
# Already encoded parts of a path and its query stay as they are.
_SAFE = "/?&=%:;,+~-._!*'()@$"


def add_call_flags(parser: argparse.ArgumentParser) -> None:
    """Keys and tokens come from the environment as well, so that none need stand in a shell's history."""
    parser.add_argument("method", type=str.upper, choices=_METHODS)
    parser.add_argument("path", help="such as /health")
    parser.add_argument("--json", help="the body, or @FILE that holds it")
    parser.add_argument("--url", default=os.environ.get("LEADGEN_API_URL"), help="the API, instead of a stack's output")
    parser.add_argument("--stack", default=os.environ.get("LEADGEN_API_STACK", "leadgen-dev-api"), help="(%(default)s)")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION"))
    parser.add_argument(
        "--bearer", default=os.environ.get("LEADGEN_API_TOKEN"), help="a JWT; the request is not signed"
    )
    parser.add_argument("--api-key", default=os.environ.get("LEADGEN_API_KEY"), help="sent as x-api-key")
    parser.add_argument("--curl", action="store_true", help="print the curl command instead of calling")


def call(options: argparse.Namespace) -> int:
    """Status on standard error, JSON on standard output; 1 for a status of 400 or more."""
    target = find_target(options.url, options.stack, options.region)
    if options.bearer:
        target = replace(target, auth="none")
    request = _request(options)
    if options.curl:
        print(as_curl(target, request))
        return 0
    answer = send(target, request)
    print(f"{answer.status} {request.method} {target.url}{request.path}", file=sys.stderr)
    print(_pretty(answer.body))
    return int(answer.status >= 400)


def _request(options: argparse.Namespace) -> Request:
    headers = {"accept": "application/json"}
    body = _body(options.json)
    if body is not None:
        headers["content-type"] = "application/json"
    if options.api_key:
        headers["x-api-key"] = options.api_key
    if options.bearer:
        headers["authorization"] = f"Bearer {options.bearer}"
    path = quote(options.path, safe=_SAFE)
    return Request(options.method, path if path.startswith("/") else f"/{path}", body, headers)


def _body(given: str | None) -> bytes | None:
    if given is None:
        return None
    try:
        body = Path(given[1:]).read_bytes() if given.startswith("@") else given.encode()
        json.loads(body)
    except OSError as error:
        raise ConfigurationError(f"--json {given}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"--json is no JSON: {error}") from error
    return body


def _pretty(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode(errors="replace")
