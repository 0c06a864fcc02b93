"""The handler under AWS's own runtime interface emulator, in its own processes, without Docker."""

import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[3]
HANDLER = "functions.api.lambda_handler.handler"
INVOCATIONS = "/2015-03-31/functions/function/invocations"
_ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Function:
    """One execution environment; the emulator takes one invocation at a time."""

    url: str
    log: Path
    emulator: subprocess.Popen[bytes]

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """The function's answer to an event, the cold start included in the first; empty where it has ended."""
        for _ in range(100):
            try:
                answer = httpx.post(self.url, json=event, timeout=60)
                return answer.json() if answer.content else {}
            except httpx.ConnectError:
                time.sleep(0.05)
        raise AssertionError(f"the emulator does not answer: {self.log.read_text()}")

    def wait(self) -> None:
        """Until the emulator listens."""
        address = urlsplit(self.url)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex((address.hostname, address.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the emulator does not listen: {self.log.read_text()}")


@pytest.fixture(scope="session")
def emulator() -> Path:
    """The binary inside the wheel of aws-sam-cli."""
    package = find_spec("samcli")
    architecture = _ARCHITECTURES.get(platform.machine())
    if package is None or not package.origin:
        pytest.skip("aws-sam-cli is not installed: see tests/integration/lambda_/requirements-rie.txt")
    if architecture is None or sys.platform != "linux":
        pytest.skip(f"AWS has no runtime interface emulator for {sys.platform} on {platform.machine()}")
    return Path(package.origin).parent / f"local/rapid/aws-lambda-rie-{architecture}"


@contextmanager
def _running(
    emulator: Path, environment: dict[str, str], log: Path, runtime_command: list[str], folder: Path = ROOT
) -> Iterator[Function]:
    front, runtime = _free_port(), _free_port()
    command = [str(emulator), "--runtime-interface-emulator-address", f"127.0.0.1:{front}"]
    command += ["--runtime-api-address", f"127.0.0.1:{runtime}", *runtime_command]
    with log.open("wb") as out:
        # A session of its own, because the emulator leaves its runtime behind when it is stopped.
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=folder, start_new_session=True)
    try:
        yield Function(f"http://127.0.0.1:{front}{INVOCATIONS}", log, process)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def run_function(emulator: Path, sample_bundle: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`with run_function(LEADGEN_X="…") as function`: an execution environment with these settings on top."""

    def run(**settings: str) -> Any:
        environment = sample_bundle.environment | {"AWS_LAMBDA_FUNCTION_NAME": "leadgen"} | settings
        log = tmp_path_factory.mktemp("function") / "log"
        return _running(emulator, environment, log, [sys.executable, "-m", "awslambdaric", HANDLER])

    return run


@pytest.fixture(scope="session")
def run_zipped(emulator: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`with run_zipped("rollout") as function`: a function of the folder's own files, which logs JSON."""

    def run(name: str) -> Any:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("LEADGEN_", "AWS_", "PYTHON"))
        }
        environment = kept | {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO", "PYTHONPATH": "."}
        command = [sys.executable, "-m", "awslambdaric", f"{name}.handler.handler"]
        folder = tmp_path_factory.mktemp("zipped")
        shutil.copytree(ROOT / "functions" / name, folder / name)
        return _running(emulator, environment, folder / "log", command, folder)

    return run


@pytest.fixture(scope="session")
def run_image(emulator: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """The same for what a rebuild bakes: its context, laid out and started as the Dockerfile says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "tests/integration/rebuild")
        from images import build_image_context, install_image

    context = build_image_context(tmp_path_factory.mktemp("context"))
    image = install_image(context, "baked", tmp_path_factory.mktemp("image"))

    def run(**settings: str) -> Any:
        environment = image.process_environment() | {"AWS_LAMBDA_FUNCTION_NAME": "leadgen"} | settings
        entry_point = image.inside("/srv/functions/api/entrypoint.sh")
        log = tmp_path_factory.mktemp("function") / "log"
        return _running(emulator, environment, log, [entry_point], image.root / "srv")

    return run


@pytest.fixture(scope="session")
def function(run_function: Callable[..., Any]) -> Iterator[Function]:
    with run_function() as running:
        yield running


@pytest.fixture(scope="session")
def http_event() -> Callable[..., dict[str, Any]]:
    return _http_event


@pytest.fixture(scope="session")
def rest_event() -> Callable[..., dict[str, Any]]:
    return _rest_event


def _http_event(
    method: str, path: str, body: str | None = None, *, base64: bool = False, query: str = "", stage: str = "$default",
    content_type: str = "application/json",
) -> dict[str, Any]:  # fmt: skip
    """API Gateway's payload 2.0, as HTTP APIs send it."""
    prefix = "" if stage == "$default" else f"/{stage}"
    context = {
        "accountId": "123456789012",
        "apiId": "api-id",
        "domainName": "id.execute-api.eu-west-1.amazonaws.com",
        "http": {
            "method": method,
            "path": prefix + path,
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
            "userAgent": "agent",
        },
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": "$default",
        "stage": stage,
        "time": "12/Mar/2026:19:03:58 +0000",
        "timeEpoch": 1773342238000,
    }
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": prefix + path,
        "rawQueryString": query,
        "headers": {"content-type": content_type, "host": context["domainName"], "x-forwarded-proto": "https"},
        "requestContext": context,
        "isBase64Encoded": base64,
    }
    return event if body is None else event | {"body": body}


def _rest_event(method: str, path: str, body: str | None = None, *, base64: bool = False) -> dict[str, Any]:
    """API Gateway's payload 1.0, as REST APIs send it, nulls included."""
    headers = {"Content-Type": "application/json", "Host": "id.execute-api.eu-west-1.amazonaws.com"}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "agent"},
            "path": f"/prod{path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "resourcePath": "/{proxy+}",
            "stage": "prod",
        },
        "body": body,
        "isBase64Encoded": base64,
    }
