"""A running server against its own OpenAPI document, by schemathesis."""

import os
import subprocess
import sys
from pathlib import Path


def checked_against_its_document(url: str, folder: Path, *, examples: int, places: tuple[str, ...] = ()) -> str:
    """What schemathesis prints of a server that keeps to its document; an AssertionError of one that does not.

    One check is left out: JSON Schema cannot say all that a body must be. `places` are options that choose operations.
    """
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--no-color"]
    chosen = ["--checks", "all", "--exclude-checks", "positive_data_acceptance", "--continue-on-failure"]
    extent = ["--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--generation-deterministic"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    ran = subprocess.run(
        [*command, *chosen, *extent, *places],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    return ran.stdout
