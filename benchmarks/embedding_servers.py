"""Servers of embeddings, ours and others', each as a command on a port."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.http_load import post

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 120
_PLAIN = """
import os
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer
app = FastAPI()
model = SentenceTransformer(os.environ["CHECKPOINT"], device="cpu")
class Ask(BaseModel):
    texts: list[str]
@app.post("/embed")
{kind} embed(ask: Ask):
    return {{"embeddings": model.encode(ask.texts).tolist()}}
@app.get("/health")
def health():
    return {{}}
"""
# github.com/benoitc/gunicorn, examples/embedding_service: the same calls and settings, on a local checkpoint.
_DIRTY_APP = """
import os
from gunicorn.dirty.app import DirtyApp
class EmbeddingApp(DirtyApp):
    def init(self):
        from sentence_transformers import SentenceTransformer
        self.model = SentenceTransformer(os.environ["CHECKPOINT"], device="cpu")
    def embed(self, texts):
        return self.model.encode(texts).tolist()
    def close(self):
        del self.model
"""
_DIRTY_MAIN = """
from fastapi import FastAPI
from pydantic import BaseModel
from gunicorn.dirty.client import get_dirty_client
app = FastAPI()
class EmbedRequest(BaseModel):
    texts: list[str]
class EmbedResponse(BaseModel):
    embeddings: list[list[float]]
@app.post("/embed", response_model=EmbedResponse)
async def embed(request: EmbedRequest):
    result = get_dirty_client().execute("dirty_embedding:EmbeddingApp", "embed", request.texts)
    return EmbedResponse(embeddings=result)
@app.get("/health")
async def health():
    return {"status": "ok"}
"""
_DIRTY_CONF = """
workers = 2
worker_class = "asgi"
dirty_apps = ["dirty_embedding:EmbeddingApp"]
dirty_workers = 1
dirty_timeout = 60
"""


@dataclass
class Server:
    """How a server is started and asked; `asks` makes the request of some texts."""

    name: str
    command: Callable[[int], Sequence[str]]
    environment: Mapping[str, str]
    asks: Callable[[Sequence[str]], bytes]
    port: int = 0
    start_seconds: float = 0.0
    processes: list[psutil.Process] = field(default_factory=list)

    def start(self, port: int, log: Path) -> None:
        """Start it and wait until it embeds. Raises RuntimeError where it does not."""
        self.port, started = port, time.perf_counter()
        with log.open("wb") as output:
            command = list(self.command(port))
            process = psutil.Popen(
                command, env=os.environ | self.environment, cwd=log.parent, stdout=output, stderr=subprocess.STDOUT
            )
        self.processes = [process]
        while not self._embeds():
            if process.poll() is not None or time.perf_counter() - started > _START_SECONDS:
                raise RuntimeError(f"{self.name} does not start; see {log}")
            time.sleep(0.05)
        self.start_seconds = time.perf_counter() - started
        self.processes += process.children(recursive=True)

    def stop(self) -> None:
        """End it and its children."""
        running = self._running()
        for process in running:
            process.terminate()
        for process in psutil.wait_procs(running, timeout=15)[1]:
            process.kill()

    def cpu_seconds(self) -> float:
        """Processor time that it took so far."""
        times = [process.cpu_times() for process in self._running()]
        return float(sum(of_process.user + of_process.system for of_process in times))

    def megabytes(self) -> float:
        """Memory of its own now: what its processes share is counted once."""
        return float(sum(process.memory_full_info().pss for process in self._running())) / 1e6

    def _running(self) -> list[psutil.Process]:
        return [process for process in self.processes if process.is_running()]

    def _embeds(self) -> bool:
        head, body = self.asks(["ready?"]).split(b"\r\n\r\n", 1)
        address = f"http://127.0.0.1:{self.port}{head.split()[1].decode()}"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False


def leadgen(name: str, model: Path, **settings: str) -> Server:
    """Ours, with a compiled model."""
    environment = {
        "LEADGEN_EMBEDDING_MODELS": f"model={model.resolve()}",
        "LEADGEN_LOG_LEVEL": "WARNING",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/leadgen/python'}",
        **settings,
    }

    def command(port: int) -> list[str]:
        environment["LEADGEN_PORT"] = str(port)
        return [sys.executable, "-m", "functions.api.server"]

    return Server(name, command, environment, _asking("/embed", "texts"))


def plain(python: str, checkpoint: Path, folder: Path, kind: str) -> Server:
    """FastAPI and sentence-transformers, as most people begin: its endpoint is `def` or `async def`."""
    module = f"plain_{kind.replace(' ', '_')}"
    (folder / f"{module}.py").write_text(_PLAIN.format(kind=kind))
    return Server(
        f"FastAPI + sentence-transformers, `{kind}`",
        lambda port: [python, "-m", "uvicorn", f"{module}:app", "--port", str(port), "--no-access-log"],
        _offline(checkpoint),
        _asking("/embed", "texts"),
    )


def dirty(python: str, checkpoint: Path, folder: Path) -> Server:
    """Gunicorn's example of dirty workers."""
    for name, text in (("dirty_embedding", _DIRTY_APP), ("dirty_main", _DIRTY_MAIN), ("dirty_conf", _DIRTY_CONF)):
        (folder / f"{name}.py").write_text(text)
    return Server(
        "gunicorn, dirty workers",
        lambda port: [python, "-m", "gunicorn", "-c", "dirty_conf.py", "-b", f"127.0.0.1:{port}", "dirty_main:app"],
        _offline(checkpoint),
        _asking("/embed", "texts"),
    )


def infinity(python: str, checkpoint: Path) -> Server:
    """Infinity with its engine torch."""
    command = Path(python).parent / "infinity_emb"
    options = ["--engine", "torch", "--device", "cpu", "--no-bettertransformer", "--no-model-warmup"]
    return Server(
        "infinity",
        lambda port: [str(command), "v2", "--model-id", str(checkpoint), *options, "--port", str(port)],
        _offline(checkpoint) | {"INFINITY_ANONYMOUS_USAGE_STATS": "0", "DO_NOT_TRACK": "1"},
        _asking("/embeddings", "input"),
    )


def _offline(checkpoint: Path) -> dict[str, str]:
    return {"CHECKPOINT": str(checkpoint), "HF_HUB_OFFLINE": "1"}


def _asking(path: str, key: str) -> Callable[[Sequence[str]], bytes]:
    return lambda texts: post(path, json.dumps({key: list(texts)}).encode())
