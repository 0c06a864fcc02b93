"""`leadgen topics` as users start it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from openai_server import KEY

ROOT = Path(__file__).resolve().parents[1]


def start_run(
    work: Path, transcripts: Path, quarter: str, database: str, *flags: str, **variables: str
) -> "subprocess.Popen[str]":
    """The process, with its standard output and errors as pipes; `variables` are LEADGEN_ settings."""
    return subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "build_artifacts",
                "topics",
                "--input-path",
                str(transcripts),
                "--quarter",
                quarter,
            ),
            *("--database", database, "--cache", str(work / "cache"), "--processes", "1", "--threads", "1", *flags),
        ],
        cwd=work,
        env=environment(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the caller's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADGEN_", "AWS_"))}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/leadgen/python")]),
        **{f"LEADGEN_{name}": value for name, value in variables.items()},
    }


def language_model(url: str) -> dict[str, str]:
    """Settings that have a run ask the model at `url`."""
    return {
        "LLM_BASE_URL": url, "LLM_API_KEY": KEY, "LLM_MODEL": "test", "LLM_PROMPT_USD": "0.2",
        "LLM_COMPLETION_USD": "0.5", "LLM_MAX_USD": "5",
    }  # fmt: skip
