"""A real server on a loopback socket, for what only bytes can show."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

Talk = Callable[[socket.socket, bytes], None]
"""Answers one request, whose head is given."""


class Wire:
    """Listens, and answers each connection by the next of its talks, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.talks: list[Talk] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                head += chunk
            self.requests.append(head)
            talk = self.talks.pop(0) if len(self.talks) > 1 else self.talks[0]
            talk(connection, head)


def says(
    body: bytes,
    *,
    status: str = "200 OK",
    headers: str = "Content-Type: application/json\r\n",
    length: int | None = None,
) -> Talk:
    """A talk that sends one answer and hangs up; `length` overrides what it claims."""
    claimed = f"Content-Length: {len(body) if length is None else length}\r\n"
    if length == -1:
        claimed = ""
    head = f"HTTP/1.1 {status}\r\n{headers}{claimed}Connection: close\r\n\r\n".encode()

    def talk(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head + body)

    return talk


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A server of this test's own."""
    wire = Wire()
    yield wire
    wire.close()
