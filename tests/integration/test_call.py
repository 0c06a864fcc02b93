"""`leadgen call` over real HTTP: a server that recomputes Signature Version 4, and a stack's outputs in moto."""

import json
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from build_artifacts.cli import main

REGION = "eu-west-1"
CREDENTIALS = Credentials("AKIDEXAMPLE", "a secret of the caller", "a session token")


@dataclass
class Seen:
    """What the server was sent last, and whether its signature was the one that the secret gives."""

    path: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    signed: bool = False


class Gateway(BaseHTTPRequestHandler):
    """Answers 200 to a right signature for execute-api in REGION, 403 to any other, 401 to none without a bearer."""

    seen: Seen

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        type(self).seen = Seen(self.path, body, headers, "AWS4-HMAC-SHA256" in headers.get("authorization", ""))
        if self.path == "/page":
            self._write(200, b"<p>no JSON</p>")
        elif not self.seen.signed:
            self._write(200 if headers.keys() & {"authorization", "x-api-key"} else 401, b'{"who": "unsigned"}')
        elif headers["authorization"] == _expected(self.command, headers, self.path, body):
            self._write(200, '{"who": "signed", "naïve": [1]}'.encode())
        else:
            self._write(403, b'{"message": "The request signature we calculated does not match"}')

    def _write(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


def _expected(method: str, headers: dict[str, str], path: str, body: bytes) -> str:
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    request = AWSRequest(method, f"http://{headers['host']}{path}", {n: headers[n] for n in names if n != "host"}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(CREDENTIALS, "execute-api", REGION)
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    scope = f"{CREDENTIALS.access_key}/{headers['x-amz-date'][:8]}/{REGION}/execute-api/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={';'.join(names)}, Signature={signature}"


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, moto_endpoint: str) -> None:
    for name in ("LEADGEN_API_URL", "LEADGEN_API_STACK", "LEADGEN_API_KEY", "LEADGEN_API_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", moto_endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", CREDENTIALS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CREDENTIALS.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", CREDENTIALS.token)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def stack(gateway: str) -> Iterator[str]:
    yield from _stack("leadgen-dev-api", {"ApiUrl": gateway + "/", "Authorization": "iam"})


def _stack(name: str, outputs: dict[str, str], region: str = REGION) -> Iterator[str]:
    template = {
        "Resources": {
            "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "String", "Value": "-"}}
        },
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    client = boto3.client("cloudformation", region_name=region)
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    yield name
    client.delete_stack(StackName=name)
    client.close()


@pytest.mark.usefixtures("stack")
def test_a_request_to_the_stack_of_dev_is_signed_and_its_answer_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "post", "/score_lead?explain=a b", "--json", '{"name": "Zoë"}']) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"who": "signed", "naïve": [1]}
    assert "naïve" in shown.out
    assert shown.err.startswith("200 POST http://127.0.0.1")
    assert json.loads(Gateway.seen.body) == {"name": "Zoë"}
    assert Gateway.seen.path == "/score_lead?explain=a%20b"
    assert Gateway.seen.headers["content-type"] == "application/json"


@pytest.mark.usefixtures("stack")
def test_a_path_that_needs_encoding_is_signed_as_it_is_sent() -> None:
    assert main(["call", "GET", "companies/Zoë & Söhne/similar?n=3&n=1"]) == 0
    assert Gateway.seen.path == "/companies/Zo%C3%AB%20&%20S%C3%B6hne/similar?n=3&n=1"


@pytest.mark.usefixtures("stack")
def test_a_wrong_secret_is_refused_and_told_by_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    assert main(["call", "GET", "/health"]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("403 ")
    assert "does not match" in shown.out


def test_a_signature_for_another_region_is_refused(gateway: str) -> None:
    for elsewhere in _stack("elsewhere", {"ApiUrl": gateway}, "us-east-1"):
        assert main(["call", "GET", "/health", "--stack", elsewhere, "--region", "us-east-1"]) == 1
    assert Gateway.seen.signed


def test_the_body_may_come_from_a_file(tmp_path, stack: str) -> None:
    (tmp_path / "lead.json").write_text('{"customer_id": "lead-1"}')
    assert main(["call", "POST", "/score_lead", "--stack", stack, "--json", f"@{tmp_path / 'lead.json'}"]) == 0
    assert Gateway.seen.body == b'{"customer_id": "lead-1"}'


def test_other_homes_get_a_key_or_a_token_and_no_signature(gateway: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["call", "GET", "/health", "--url", gateway]) == 1
    assert main(["call", "GET", "/health", "--url", gateway, "--bearer", "a.b.c"]) == 0
    assert Gateway.seen.headers["authorization"] == "Bearer a.b.c"
    monkeypatch.setenv("LEADGEN_API_KEY", "the key")
    monkeypatch.setenv("LEADGEN_API_URL", gateway)
    assert main(["call", "GET", "/health"]) == 0
    assert Gateway.seen.headers["x-api-key"] == "the key"
    assert not Gateway.seen.signed


def test_an_api_with_jwt_is_not_signed(gateway: str) -> None:
    for stack in _stack("with-jwt", {"ApiUrl": gateway, "Authorization": "jwt"}):
        assert main(["call", "GET", "/health", "--stack", stack]) == 1
    assert not Gateway.seen.signed


def test_an_answer_that_is_no_json_is_printed_as_it_is(gateway: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "GET", "/page", "--url", gateway]) == 0
    assert capsys.readouterr().out == "<p>no JSON</p>\n"


@pytest.mark.usefixtures("stack")
def test_the_curl_command_sends_the_same_and_holds_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    body = """{"name": "O'Brien $HOME"}"""
    assert main(["call", "POST", "/score_lead", "--json", body, "--curl"]) == 0
    command = capsys.readouterr().out
    assert CREDENTIALS.secret_key not in command
    assert CREDENTIALS.token not in command
    words = shlex.split(command)
    assert words[words.index("--data-binary") + 1] == body
    assert f"aws:amz:{REGION}:execute-api" in words
    answer = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert json.loads(Gateway.seen.body) == json.loads(body)
    assert json.loads(answer.stdout)["who"] == "signed"


def test_the_curl_command_takes_keys_from_the_environment(gateway: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "GET", "/health", "--url", gateway, "--api-key", "hidden", "--curl"]) == 0
    assert "hidden" not in (command := capsys.readouterr().out)
    assert "${LEADGEN_API_KEY}" in command


def test_a_gateway_address_is_signed_for_its_own_region(capsys: pytest.CaptureFixture[str]) -> None:
    url = "https://abc123.execute-api.ap-south-1.amazonaws.com"
    assert main(["call", "GET", "/health", "--url", url, "--curl", "--region", ""]) == 0
    assert "aws:amz:ap-south-1:execute-api" in capsys.readouterr().out


def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, gateway: str, stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: str) -> str:
        assert main(["call", "GET", "/health", *arguments]) == 2
        return capsys.readouterr().err

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert "does not answer" in refused("--url", f"http://127.0.0.1:{port}")
    assert "--stack" in refused("--stack", "absent")
    for other in _stack("without-url", {"Other": "x"}):
        assert "no output 'ApiUrl'" in refused("--stack", other)
    assert "no JSON" in refused("--url", gateway, "--json", "{")
    assert "absent.json" in refused("--url", gateway, "--json", "@absent.json")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    assert "no AWS credentials" in refused("--stack", stack)
    assert "no AWS credentials" in refused("--url", "https://a.execute-api.eu-west-1.amazonaws.com")
    monkeypatch.delenv("AWS_REGION")
    assert "no region" in refused("--stack", stack)
