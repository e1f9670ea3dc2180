"""The token of one connection as its requests use it: fetched, renewed ahead of time, kept."""

import base64
import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import httpx
from pydantic import PrivateAttr

from connectors.kit.auth.credential import Credential, header, plain
from connectors.kit.auth.keeper import MemoryKeeper
from connectors.kit.auth.oauth import OAuth
from connectors.kit.auth.signing import encoded, signed_jwt
from connectors.kit.clock import Clock
from connectors.kit.http.body import Response
from connectors.kit.http.client import Client
from core.contract import Connector, Network
from core.errors import Broken, Unauthorized, Unavailable
from core.log import hide
from core.tokens import SignIn, Token, TokenKeeper

_DEADLINE = 30.0
"""Seconds that one request for a token may take; shorter than the lease of a renewal."""
_AHEAD = timedelta(minutes=5)
_ASSERTION_LIVES = timedelta(minutes=3)
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REFUSALS = frozenset({400, 401, 403})
_ERROR_CODE = re.compile(r"[a-zA-Z_]{1,40}")
_HEALS = frozenset({"temporarily_unavailable", "server_error"})


class OAuthSession:
    """The token of one connection, as its requests use it. Threads may share it."""

    def __init__(
        self,
        oauth: OAuth,
        connector: Connector,
        keeper: Callable[[], TokenKeeper],
        network: Network,
        clock: Clock,
    ) -> None:
        """Take the connector; sends nothing before its first request."""
        self._oauth = oauth
        self._connector = connector
        self._keeper = keeper
        self._network = network
        self._clock = clock
        self._token: Token | None = None
        self._lock = threading.Lock()
        self._used = threading.local()

    def prepare(self) -> None:
        """Have a token that is good for the next request; raises Unauthorized, Unavailable."""
        with self._lock:
            token = self._token or self._keeper().current()
            if token is None or (token.renew_at and token.renew_at <= self._clock.now()):
                token = self._renewed(token)
            self._token = token
            hide(token.access)

    def credential(self) -> Credential | None:
        """The access token as a header."""
        self._used.token = self._token
        if self._token is None:
            return None
        name = self._oauth.header
        return header(name, self._token.access, "Bearer " if name == "Authorization" else "")

    def renew(self) -> bool:
        """Replace the token that this thread used, unless another thread has done so."""
        with self._lock:
            if self._token == getattr(self._used, "token", None):
                self._token = self._renewed(self._token)
                hide(self._token.access)
        return True

    def begin_sign_in(self, redirect: str) -> SignIn | None:
        """The vendor's page for a sign-in; None where it has none."""
        if not self._oauth.authorize_url:
            return None
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        params = {
            "response_type": "code",
            "client_id": self._field(self._oauth.client_id),
            "redirect_uri": redirect,
            "state": state,
            "code_challenge": encoded(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        if self._oauth.scope:
            params["scope"] = self._oauth.scope
        page = httpx.URL(self._filled(self._oauth.authorize_url)).copy_merge_params(params)
        return SignIn(str(page), redirect, state, verifier)

    def finish_sign_in(self, sign_in: SignIn, code: str) -> None:
        """Exchange the code for the first token and store it; raises Unauthorized."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": sign_in.redirect,
            "code_verifier": sign_in.verifier,
        }
        self._keeper().store(self._send(form, None, idempotent=False))

    def _renewed(self, spent: Token | None) -> Token:
        keeper = self._keeper()
        if self._oauth.grant in {"refresh_token", "authorization_code"} and not (
            spent and spent.refresh
        ):
            stored = keeper.current()
            if stored is not None and stored != spent:
                return stored
            is_known = "is not connected yet" if spent is None else "must be connected again"
            raise Unauthorized(
                f"{keeper.connection} {is_known}; run: segmenthub connect {keeper.connection}"
            )
        return keeper.renew(spent, self._request_token)

    def _request_token(self, spent: Token | None) -> Token:
        match self._oauth.grant:
            case "client_credentials":
                form = {"grant_type": "client_credentials"}
            case "jwt":
                form = {"grant_type": _JWT, "assertion": self._assertion()}
            case _:
                refresh = spent.refresh if spent else ""
                form = {"grant_type": "refresh_token", "refresh_token": refresh}
                # A second request with a spent token would be taken for a thief's.
                return self._send(form, spent, idempotent=not self._oauth.rotates)
        if self._oauth.scope:
            form["scope"] = self._oauth.scope
        return self._send(form, spent, idempotent=True)

    def _send(self, form: dict[str, str], spent: Token | None, *, idempotent: bool) -> Token:
        url = httpx.URL(self._filled(self._oauth.token_url))
        client = Client(str(url.copy_with(raw_path=b"/")), network=self._network, clock=self._clock)
        sent_at = self._clock.now()
        headers = {}
        client_id = self._field(self._oauth.client_id)
        secret = self._field(self._oauth.client_secret)
        if self._oauth.basic:
            pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            form |= {"client_id": client_id} | ({"client_secret": secret} if secret else {})
        answer = client.request(
            "POST",
            url.raw_path.decode(),
            form=form,
            headers=headers,
            accept=_REFUSALS,
            idempotent=idempotent,
            deadline=_DEADLINE,
        )
        if answer.status in _REFUSALS:
            raise self._refusal(answer, form["grant_type"])
        return self._read(answer, sent_at, spent)

    def _refusal(self, answer: Response, grant: str) -> Unauthorized | Unavailable:
        name = self._keeper().connection
        try:
            error = str(answer.part("error") or "")
        except Broken:
            error = ""
        # A vendor's own sentence may repeat what was sent.
        code = error if _ERROR_CODE.fullmatch(error) else "no reason given"
        if code in _HEALS:
            return Unavailable(f"{answer.where} answered {code}; the next run tries again")
        said = f"{answer.where} answered {answer.status} ({code})"
        if grant == "refresh_token" and code != "invalid_client":
            return Unauthorized(
                f"{said}: the refresh token of {name} was spent elsewhere, has ended, or the "
                f"access was withdrawn; run: segmenthub connect {name}"
            )
        if grant == "authorization_code" and code != "invalid_client":
            return Unauthorized(
                f"{said}: the code is refused and nothing was stored; "
                f"run again: segmenthub connect {name}"
            )
        return Unauthorized(f"{said}: check the client and its keys in [connections.{name}]")

    def _read(self, answer: Response, sent_at: datetime, spent: Token | None) -> Token:
        body = answer.json()
        if not isinstance(body, Mapping) or not isinstance(access := body.get("access_token"), str):
            raise Broken(f"{answer.where} answered without an access_token")
        given = body.get("refresh_token")
        refresh = given if isinstance(given, str) else spent.refresh if spent else ""
        lives = _seconds(body.get("expires_in")) or self._oauth.lives
        refresh_lives = _seconds(
            body.get("refresh_token_expires_in") or body.get("refresh_expires_in")
        )
        is_renewable = bool(refresh) or self._oauth.grant in {"client_credentials", "jwt"}
        if not is_renewable:
            return Token(access, ends_at=sent_at + lives if lives else None)
        ends_at = sent_at + refresh_lives if refresh_lives else spent.ends_at if spent else None
        renew_at = sent_at + lives - min(_AHEAD, lives / 10) if lives else None
        return Token(access, refresh, renew_at, ends_at)

    def _assertion(self) -> str:
        if self._oauth.assertion:
            return self._field(self._oauth.assertion)
        now = int(self._clock.now().timestamp())
        claims: dict[str, Any] = {
            name: self._filled(value) for name, value in self._oauth.claims.items()
        }
        claims |= {"iat": now, "exp": now + int(_ASSERTION_LIVES.total_seconds())}
        if self._oauth.scope:
            claims.setdefault("scope", self._oauth.scope)
        return signed_jwt(claims, self._field(self._oauth.private_key))

    def _filled(self, text: str) -> str:
        return text.format(self=self._connector)

    def _field(self, name: str) -> str:
        return plain(getattr(self._connector, name) or "") if name else ""


class WithOAuth(Connector):
    """A connector that may have tokens."""

    oauth: ClassVar[OAuth | None] = None
    """Where its tokens come from; None: it needs none."""

    ca_file: Path | None = None
    """File of certificates (PEM) to trust beside the usual ones: where a server in the own network
    has a certificate that no public authority signed."""

    _clock: Clock = PrivateAttr(default_factory=Clock)

    @property
    def network(self) -> Network:
        """The way to the outside, with the connection's own certificates."""
        return replace(self._network, ca_file=self.ca_file)

    @property
    def keeper(self) -> TokenKeeper:
        """Where tokens and quotas are kept: by the hub, else in memory."""
        return self._tokens or self._alone

    @cached_property
    def _alone(self) -> TokenKeeper:
        return MemoryKeeper(self.kind, self._clock)

    @cached_property
    def session(self) -> OAuthSession | None:
        """The tokens of this connection; None where it needs none."""
        if self.oauth is None:
            return None
        return OAuthSession(self.oauth, self, lambda: self.keeper, self.network, self._clock)

    def begin_sign_in(self, redirect: str) -> SignIn | None:
        """The vendor's page where a person grants the access; None: nobody needs to."""
        return self.session.begin_sign_in(redirect) if self.session else None

    def finish_sign_in(self, sign_in: SignIn, code: str) -> None:
        """Exchange the code for the first token and store it; raises Unauthorized."""
        if self.session:
            self.session.finish_sign_in(sign_in, code)


def _seconds(value: object) -> timedelta | None:
    try:
        number = float(str(value))
        return timedelta(seconds=number) if number > 0 else None
    except (ValueError, OverflowError):
        return None
