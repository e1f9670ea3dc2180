"""OAuth 1.0a with one leg (RFC 5849): each request is signed with a consumer key and secret."""

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import parse_qsl, quote

from pydantic import SecretStr

from connectors.kit.auth.credential import Credential, plain

SignatureMethod = Literal["HMAC-SHA256", "HMAC-SHA1"]


@dataclass(frozen=True)
class SignedCredential(Credential):
    """Consumer key and secret that sign every request: OAuth 1.0a with one leg, RFC 5849."""

    key: str
    secret: str = field(repr=False)
    token: str = ""
    token_secret: str = field(default="", repr=False)
    method: SignatureMethod = "HMAC-SHA256"
    timestamp: int = 0
    nonce: str = ""

    def headers_for(self, method: str, url: str) -> Mapping[str, str]:
        """The Authorization header that signs this request's method, address and parameters."""
        ours = {
            "oauth_consumer_key": self.key,
            "oauth_nonce": self.nonce,
            "oauth_signature_method": self.method,
            "oauth_timestamp": str(self.timestamp),
            "oauth_version": "1.0",
        }
        if self.token:
            ours["oauth_token"] = self.token
        address, _, query = url.partition("?")
        params = [*parse_qsl(query, keep_blank_values=True), *ours.items()]
        text = signature_base(method, address, params)
        ours["oauth_signature"] = sign(text, self.secret, self.token_secret, self.method)
        pairs = ", ".join(f'{name}="{_percent(value)}"' for name, value in ours.items())
        return {**self.headers, "Authorization": f"OAuth {pairs}"}


def oauth1(
    key: SecretStr | str,
    secret: SecretStr | str,
    *,
    at: datetime,
    token: SecretStr | str = "",
    token_secret: SecretStr | str = "",
    method: SignatureMethod = "HMAC-SHA256",
) -> Credential:
    """OAuth 1.0a with one leg: each request is signed. `at` is the present instant, aware.

    Make a new one for every attempt, in `credential()`, so that no nonce is used twice.
    """
    return SignedCredential(
        {},
        plain(key),
        plain(secret),
        plain(token),
        plain(token_secret),
        method,
        int(at.timestamp()),
        secrets.token_hex(16),
    )


def signature_base(method: str, address: str, params: Iterable[tuple[str, str]]) -> str:
    """The text that is signed: RFC 5849, section 3.4.1."""
    pairs = sorted((_percent(name), _percent(value)) for name, value in params)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(map(_percent, (method.upper(), address, joined)))


def sign(text: str, secret: str, token_secret: str, method: SignatureMethod) -> str:
    """The signature, in base64: RFC 5849, section 3.4.2, and the same with SHA-256."""
    key = f"{_percent(secret)}&{_percent(token_secret)}".encode()
    digest = "sha1" if method == "HMAC-SHA1" else "sha256"
    return base64.b64encode(hmac.digest(key, text.encode(), digest)).decode()


def _percent(text: str) -> str:
    return quote(text, safe="~")
