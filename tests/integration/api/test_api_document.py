"""The whole OpenAPI document against the running server: no 5xx, no answer that it does not document.

What embeds has a test of its own.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def test_the_server_keeps_to_its_document(server: Any, tmp_path: Path) -> None:
    """One check is left out: JSON Schema cannot say that "n/a" is no value, so a lead it allows may say nothing."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "--no-color"]
    chosen = ["--checks", "all", "--exclude-checks", "positive_data_acceptance", "--continue-on-failure"]
    extent = ["--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--generation-deterministic"]
    others = ["--exclude-path-regex", "^/(embed|similarity|tokenize|v1)"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    ran = subprocess.run(
        [*command, *chosen, *extent, *others],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert "7 selected / 14 total" in ran.stdout
