"""A sign-in at a vendor's page, answered on a loopback address or by a pasted address."""

import hmac
import select
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from core.errors import Misconfigured, Unauthorized, Unavailable
from core.tokens import SignIn

PORT = 8484
PATIENCE = 300.0
"""Seconds until nothing more is expected."""
HOST = "127.0.0.1"
_LONGEST_LINE = 8192
_LONGEST_SHOWN = 60


class Loopback:
    """A page on this machine that a browser is sent back to; open while its block runs."""

    def __init__(self, port: int) -> None:
        """Open the port; raises Misconfigured where another program has it."""
        try:
            self._server = _Server((HOST, port), _Page)
        except OSError as error:
            raise Misconfigured(
                f"port {port} of {HOST} cannot be opened: {error.strerror}; choose another one "
                "with --port, and register it with the vendor, or use --paste"
            ) from None

    def __enter__(self) -> Self:
        """The page, open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the port."""
        self._server.server_close()

    def code(self, sign_in: SignIn, patience: float = PATIENCE) -> str:
        """Wait for the code that the browser brings; raises Unauthorized and Unavailable."""
        end = time.monotonic() + patience
        self._server.sign_in = sign_in
        while (left := end - time.monotonic()) > 0:
            self._server.timeout = left
            self._server.handle_request()
            if self._server.failure is not None:
                raise self._server.failure
            if self._server.code:
                return self._server.code
        raise _nothing(patience)


class _Server(HTTPServer):
    sign_in: SignIn
    code = ""
    failure: Unauthorized | None = None


class _Page(BaseHTTPRequestHandler):
    server: _Server
    timeout: ClassVar[float] = 10.0

    def do_GET(self) -> None:
        """Take the answer; a browser also asks for icons."""
        url = urlsplit(self.path)
        if url.path != "/" or not url.query:
            self.send_error(404)
            return
        try:
            self.server.code = code_of(url.query, self.server.sign_in)
            said = "Connected. You can close this page."
        except Unauthorized as error:
            self.server.failure = error
            said = "Not connected. The terminal says why; you can close this page."
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing: the address holds the code."""


def pasted_code(sign_in: SignIn, patience: float = PATIENCE) -> str:
    """The code of an address that a person pastes on standard input, in one line."""
    ready, _, _ = select.select([sys.stdin], [], [], patience)
    line = sys.stdin.readline(_LONGEST_LINE).strip() if ready else ""
    if not line:
        raise _nothing(patience)
    query = urlsplit(line).query
    if not query:
        raise Unauthorized(
            "this is no address with a code; paste the whole address that the browser shows after "
            "the sign-in, from https:// or http:// on. Nothing was stored"
        )
    return code_of(query, sign_in)


def code_of(query: str, sign_in: SignIn) -> str:
    """The code of an answer to this sign-in; raises Unauthorized for any other answer."""
    answer: Mapping[str, list[str]] = parse_qs(query)
    (state,) = answer.get("state", [""])[:1]
    if not hmac.compare_digest(state.encode(), sign_in.state.encode()):
        raise Unauthorized(
            "the answer belongs to another sign-in (its state differs); nothing was stored. "
            "Run the command again and use the address that it prints"
        )
    if "error" in answer:
        error = answer["error"][0][:_LONGEST_SHOWN]
        shown = error if error.isascii() and error.isprintable() else "an error"
        raise Unauthorized(
            f"the vendor's page answered {shown}; nothing was stored. Sign in as somebody who may "
            "grant the access, and check client_id and the registered address"
        )
    (code,) = answer.get("code", [""])[:1]
    if not code:
        raise Unauthorized("the answer holds no code; nothing was stored. Run the command again")
    return code


def _nothing(patience: float) -> Unavailable:
    return Unavailable(
        f"no answer came within {patience / 60:.0f} minutes; nothing was stored. "
        "Run the command again"
    )
