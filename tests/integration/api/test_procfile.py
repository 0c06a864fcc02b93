"""The Procfile, as hosts run it that give a $PORT."""

import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[3]


def test_the_web_process_listens_on_every_address_of_the_port_it_is_given(sample_bundle: Any, tmp_path: Path) -> None:
    command = re.search(r"^web: (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)[1]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = sample_bundle.environment | {
        "PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    environment.pop("LEADGEN_PORT")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        for _ in range(600):
            if f"running on http://0.0.0.0:{port}" in (tmp_path / "log").read_text():
                break
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.05)
        assert httpx.get(f"http://127.0.0.1:{port}/health", timeout=30).json()["status"] == "ok"
    finally:
        process.terminate()
        process.wait(20)
