"""A vendor's token endpoint, sign-in page and one list of people, on a loopback socket."""

import base64
import hashlib
import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from connectors.kit import Contact, Limit, OAuth, RestSource, Secret, stream


class TokenServer:
    """Hands out tokens; a refresh token is good for one use."""

    def __init__(self) -> None:
        """Listen."""
        self.forms: list[dict[str, str]] = []
        """Every request for a token."""
        self.headers: list[dict[str, str]] = []
        self.reads: list[str] = []
        """The token of every request for people."""
        self.access: set[str] = set()
        """Access tokens that are good now."""
        self.refresh = "refresh 0"
        self.challenges: dict[str, str] = {}
        """PKCE challenge by code."""
        self.error: tuple[int, object] | None = None
        """Status and body to answer instead of a token."""
        self.also: dict[str, object] = {"expires_in": 3600}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"vendor": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, form: dict[str, str]) -> tuple[int, object]:
        """Status and body of the token endpoint."""
        with self._lock:
            self.forms.append(form)
            if self.error is not None:
                return self.error
            if form["grant_type"] == "refresh_token":
                if form["refresh_token"] != self.refresh:
                    return 400, {"error": "invalid_grant"}
            elif form["grant_type"] == "authorization_code":
                digest = hashlib.sha256(form["code_verifier"].encode()).digest()
                challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
                if self.challenges.pop(form["code"], None) != challenge:
                    return 400, {"error": "invalid_grant"}
            return 200, self._next(refresh=form["grant_type"] in _WITH_REFRESH)

    def granted(self, address: str, code: str = "the code") -> str:
        """A person grants the access: the query that the browser brings back."""
        asked = {name: each[0] for name, each in parse_qs(urlsplit(address).query).items()}
        self.challenges[code] = asked["code_challenge"]
        return f"code={code.replace(' ', '+')}&state={asked['state']}"

    def _next(self, *, refresh: bool) -> dict[str, object]:
        number = next(self._numbers)
        self.access = {f"access {number}"}
        body: dict[str, object] = {"access_token": f"access {number}", **self.also}
        if refresh:
            self.refresh = f"refresh {number}"
            body["refresh_token"] = self.refresh
        return body


_WITH_REFRESH = frozenset({"refresh_token", "authorization_code"})


class _Handler(BaseHTTPRequestHandler):
    vendor: ClassVar[TokenServer]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.vendor.headers.append(dict(self.headers))
        form = {name: each[0] for name, each in parse_qs(body).items()}
        self._say(*self.vendor.answer(form))

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.vendor.reads.append(token)
        good = token in self.vendor.access
        self._say(200 if good else 401, [{"id": "ann"}] if good else {"error": "no"})

    def _say(self, status: int, body: object) -> None:
        said = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


class Members(RestSource):
    """People behind a rotating refresh token."""

    kind = "members"
    base_url = "{self.url}/api"
    limits = (Limit(1000, at_once=1),)
    oauth: ClassVar[OAuth | None] = OAuth(
        "{self.url}/token", rotates=True, authorize_url="{self.url}/authorize", scope="people:read"
    )

    url: str
    client_id: str = "the client"
    client_secret: Secret = Secret("its secret")

    @stream("/people")
    def people(self, raw: Any) -> Iterator[Contact]:
        """Everybody."""
        yield Contact(id=raw["id"])
