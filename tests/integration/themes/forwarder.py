"""A TCP port in front of a server's socket file, to be cut and joined again like a network."""

import contextlib
import selectors
import socket
import threading


class Forwarder:
    """Forwards what comes to `port` of the loopback interface while it is joined."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._listener = _listening(0)
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._accept()

    def cut(self) -> None:
        """Refuse connections, and break those there are."""
        _close(self._listener)
        for end in self._open:
            _close(end)
        self._open.clear()

    def join(self) -> None:
        """Listen at the same port again."""
        self._listener = _listening(self.port)
        self._accept()

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._path)
                self._open += [client, server]
                threading.Thread(target=_pump, args=(client, server), daemon=True).start()


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def _pump(client: socket.socket, server: socket.socket) -> None:
    other = {client: server, server: client}
    with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as selector:
        for end in other:
            selector.register(end, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                data = key.fileobj.recv(65_536)
                if not data:
                    return
                other[key.fileobj].sendall(data)
