"""A model hub on this machine that answers as huggingface.co does: commit, digests, large files by redirect."""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves `root/{owner}/{name}/{file}`; the attributes make it misbehave."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.root = root
        self.commit: str | None = COMMIT
        self.requests: Counter[str] = Counter()
        self.corrupt: set[str] = set()
        self.cut_short_once: set[str] = set()
        self.status: int | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.requests[self.path] += 1
        parts = self.path.strip("/").split("/")
        if self.server.status:
            return self._send(self.server.status)
        if parts[0] == "storage":
            return self._send_file("/".join(parts[1:]))
        model, file = "/".join(parts[:2]), "/".join(parts[4:])
        if not (self.server.root / model).is_dir():
            return self._send(401, {"X-Error-Code": "RepoNotFound"})
        if not (self.server.root / model / file).is_file():
            return self._send(404, {"X-Error-Code": "EntryNotFound"})
        commit = {"X-Repo-Commit": self.server.commit} if self.server.commit else {}
        content = (self.server.root / model / file).read_bytes()
        if file.endswith(".safetensors"):
            tag = hashlib.sha256(content).hexdigest()
            linked = {"X-Linked-ETag": f'"{tag}"', "X-Linked-Size": str(len(content))}
            return self._send(302, {**commit, **linked, "Location": f"/storage/{model}/{file}"})
        blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
        return self._send_file(f"{model}/{file}", {**commit, "ETag": f'W/"{blob}"'})

    def _send_file(self, path: str, headers: dict[str, str] | None = None) -> None:
        content = (self.server.root / path).read_bytes()
        name = path.rpartition("/")[2]
        length = len(content)
        if name in self.server.corrupt:
            content = content[:-1] + bytes([content[-1] ^ 1])
        if name in self.server.cut_short_once:
            self.server.cut_short_once.remove(name)
            content = content[: length // 2]
        self._send(200, {**(headers or {}), "Content-Length": str(length)}, content)

    def _send(self, status: int, headers: dict[str, str] | None = None, content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


@contextmanager
def running_hub(root: Path) -> Iterator[Hub]:
    hub = Hub(root)
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
