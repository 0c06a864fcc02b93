"""EC2's metadata service in its second version, which announces an interruption when it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_TOKEN = "a-token-of-six-hours"


class MetadataService(ThreadingHTTPServer):
    """What it knows by path; `asked` are the paths that were read with a token."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.values = {"instance-id": "i-0123456789abcdef0"}
        self.asked: list[str] = []
        self.tokens = 0
        self.faults: list[tuple[int, str]] = []
        """Status and page that the next requests for a token are answered with."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def announce_interruption(self) -> None:
        self.values["spot/instance-action"] = json.dumps({"action": "terminate", "time": "2026-10-05T07:12:00Z"})


class _Handler(BaseHTTPRequestHandler):
    server: MetadataService

    def do_PUT(self) -> None:
        if self.server.faults:
            self._answer(*self.server.faults.pop())
            return
        right = self.path == "/latest/api/token" and "X-aws-ec2-metadata-token-ttl-seconds" in self.headers
        self.server.tokens += right
        self._answer(200 if right else 400, _TOKEN if right else "")

    def do_GET(self) -> None:
        if self.headers["X-aws-ec2-metadata-token"] != _TOKEN:
            self._answer(401, "")
            return
        path = self.path.removeprefix("/latest/meta-data/")
        self.server.asked.append(path)
        value = self.server.values.get(path)
        self._answer(404 if value is None else 200, value or "")

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def metadata_service() -> Iterator[MetadataService]:
    with MetadataService() as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield service
        service.shutdown()
        thread.join()
