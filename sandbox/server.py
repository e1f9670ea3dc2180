"""One small HTTP server on loopback per vendor, with a request log and faults."""

import base64
import binascii
import json
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit

from sandbox.faults import Fault, Faults

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
SECRET_PARAMETERS = frozenset({"consumer_key", "consumer_secret"})
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Log in</body></html>"
LONGEST_BODY = 20_000_000


@dataclass(frozen=True)
class Request:
    """A received request, without its credentials."""

    method: str
    path: str
    query: Mapping[str, str]
    """Values of `name[]` are joined by commas under `name`."""
    headers: Mapping[str, str]
    """Names in lower case, without Authorization."""
    body: Any = None
    """Parsed JSON; None where there is no body or it is no JSON."""


@dataclass(frozen=True)
class Credentials:
    """Credentials of a request: `user` and `password` of Basic, or a bearer token."""

    user: str = ""
    password: str = ""
    bearer: str = ""


@dataclass(frozen=True)
class Answer:
    """A response to send."""

    status: int = 200
    body: Any = None
    """Becomes JSON, unless it is bytes; None: no body."""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    def encoded(self) -> bytes:
        """The body as it is sent."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False).encode()


class Service(Protocol):
    """A vendor's API without its sockets."""

    most_at_once: int | None
    """Requests that one user may have open; more get 429."""

    def answer(self, request: Request, credentials: Credentials) -> Answer:
        """Answer a request."""

    def refusal(self, status: int) -> Answer:
        """An error in the vendor's own shape."""


class Server:
    """A service behind a port of its own; a context manager."""

    def __init__(self, service: Service, *, port: int = 0) -> None:
        """Bind to loopback; 0: any free port. Serves from `start` on."""
        self.service = service
        self.faults = Faults()
        self.requests: list[Request] = []
        """Received requests in order of arrival."""
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.open_requests = 0
        self.last_answers: dict[str, Answer] = {}
        self._http = _Listener(("127.0.0.1", port), _handler_of(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> Self:
        """Start the server."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop the server."""
        self.stopping.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def respond(self, request: Request, credentials: Credentials, fault: Fault | None) -> Answer:
        """The service's answer, spoilt by the fault if there is one."""
        if fault is not None:
            spoilt = self._spoilt(request, credentials, fault)
            if spoilt is not None:
                return spoilt
        answer = self.service.answer(request, credentials)
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self.last_answers[request.path] = answer
        return answer

    def _spoilt(self, request: Request, credentials: Credentials, fault: Fault) -> Answer | None:
        match fault.kind:
            case "rate_limited":
                return _with_header(self.service.refusal(429), "Retry-After", fault.retry_header())
            case "unavailable":
                page = Answer(503, b"Service Unavailable", content_type="text/html")
                return _with_header(page, "Retry-After", fault.retry_header())
            case "blocked":
                return Answer(403, b"<html><body>Forbidden</body></html>", content_type=HTML)
            case "login_page":
                return Answer(200, LOGIN_PAGE, content_type=HTML)
            case "wrong_type":
                answer = self.service.answer(request, credentials)
                return Answer(answer.status, answer.body, answer.headers, "text/plain")
            case "server_error" | "unauthorized" | "forbidden":
                status = {"server_error": 500, "unauthorized": 401, "forbidden": 403}[fault.kind]
                return self.service.refusal(status)
            case "error_envelope":
                return Answer(200, self.service.refusal(500).body)
            case "repeated_page":
                return self.last_answers.get(request.path)
        return None


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        sandbox_server = server

    return Handler


class _Handler(BaseHTTPRequestHandler):
    sandbox_server: Server
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def __getattr__(self, name: str) -> Any:
        # The standard library asks for `do_GET` and the like; one method serves them all.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the log is `Server.requests`."""

    def _serve(self) -> None:
        server = self.sandbox_server
        request, credentials = self._read()
        with server.lock:
            server.requests.append(request)
            server.open_requests += 1
            limit = server.service.most_at_once
            crowded = limit is not None and server.open_requests > limit
        try:
            if crowded:
                self._send(server.service.refusal(429))
                return
            fault = server.faults.next_for(request.method, request.path)
            if fault is not None and fault.kind == "reset":
                self._reset()
                return
            if fault is not None and fault.kind == "slow":
                server.stopping.wait(fault.seconds)
            self._send(server.respond(request, credentials, fault), fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with server.lock:
                server.open_requests -= 1

    def _read(self) -> tuple[Request, Credentials]:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(min(length, LONGEST_BODY)) if length > 0 else b""
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        target = urlsplit(self.path)
        query: dict[str, str] = {}
        for name, value in parse_qsl(target.query, keep_blank_values=True):
            plain = name.removesuffix("[]")
            query[plain] = f"{query[plain]},{value}" if name != plain and plain in query else value
        credentials = credentials_of(self.headers.get("Authorization") or "", query)
        return Request(
            method=self.command,
            path=target.path,
            query={name: value for name, value in query.items() if name not in SECRET_PARAMETERS},
            headers={
                name.lower(): value
                for name, value in self.headers.items()
                if name.lower() != "authorization"
            },
            body=body,
        ), credentials

    def _send(self, answer: Answer, fault: Fault | None = None) -> None:
        body = answer.encoded()
        kind = fault.kind if fault else None
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        if kind == "truncated":
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind == "trickle":
            self._trickle(body, fault.seconds if fault else 0)
            return
        self.wfile.write(body[: len(body) // 2] if kind == "truncated" else body)
        self.wfile.flush()

    def _trickle(self, body: bytes, seconds: float) -> None:
        for position in range(len(body)):
            self.wfile.write(body[position : position + 1])
            self.wfile.flush()
            if self.sandbox_server.stopping.wait(seconds):
                self.close_connection = True
                return

    def _reset(self) -> None:
        # Lingering for zero seconds makes closing send a reset instead of a goodbye.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def _with_header(answer: Answer, name: str, value: str | None) -> Answer:
    headers = dict(answer.headers) | ({name: value} if value is not None else {})
    return Answer(answer.status, answer.body, headers, answer.content_type)


def credentials_of(authorization: str, query: Mapping[str, str]) -> Credentials:
    """Read the Authorization header, else key and secret in the query."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return Credentials(bearer=rest)
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Credentials()
        return Credentials(user, password)
    return Credentials(query.get("consumer_key", ""), query.get("consumer_secret", ""))
