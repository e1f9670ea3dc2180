"""Credentials: what proves who asks, to one origin and nowhere else; the client sees to that."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from core.errors import Misconfigured


@dataclass(frozen=True)
class Credential:
    """Headers, and perhaps parameters, that prove who asks. Never printed."""

    headers: dict[str, str] = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False, kw_only=True)
    """For a proof that is no secret itself: addresses are logged at the other side."""

    def __post_init__(self) -> None:
        """Refuse what no header can carry: a pasted line break would end the header early."""
        for name, value in self.headers.items():
            if not (value.isascii() and value.isprintable()):
                raise Misconfigured(
                    f"the credential for the header {name} holds letters that no header can "
                    "carry, perhaps a line break; copy it again"
                )

    def headers_for(self, method: str, url: str) -> Mapping[str, str]:  # noqa: ARG002 - for those that sign
        """The headers of one request."""
        return self.headers


def basic(user: SecretStr | str, password: SecretStr | str) -> Credential:
    """User and password, as RFC 7617 writes them."""
    pair = f"{plain(user)}:{plain(password)}".encode()
    return Credential({"Authorization": f"Basic {base64.b64encode(pair).decode()}"})


def bearer(token: SecretStr | str) -> Credential:
    """A token in the Authorization header."""
    return header("Authorization", token, prefix="Bearer ")


def header(name: str, value: SecretStr | str, prefix: str = "") -> Credential:
    """A key in a header of the vendor's own naming."""
    return Credential({name: f"{prefix}{plain(value)}"})


def plain(value: SecretStr | str) -> str:
    """A secret as it is sent."""
    # Files and pasted keys end in a line break more often than keys do.
    return (value.get_secret_value() if isinstance(value, SecretStr) else value).strip()
