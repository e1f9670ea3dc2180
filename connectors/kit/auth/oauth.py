"""OAuth 2.0: a connector declares where tokens come from, and the kit gets and renews them.

    oauth = OAuth("{self.url}/api/1.0/token", grant="refresh_token", rotates=True)

There is no `credential()` to write then. Tokens are renewed ahead of time, before a request waits
for its turn at the limiter, and once more where a request is refused with 401.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Grant = Literal["refresh_token", "client_credentials", "jwt", "authorization_code"]


@dataclass(frozen=True)
class OAuth:
    """Where the tokens of a vendor come from. Addresses and claims are filled as `base_url` is."""

    token_url: str
    grant: Grant = "refresh_token"
    """`refresh_token` and `authorization_code` (a token that is not renewed) begin with
    `segmenthub connect`; the others need nobody."""
    rotates: bool = False
    """Whether a refresh token is spent by its use, and the answer brings the next one."""
    authorize_url: str = ""
    """The page where a person grants the access."""
    scope: str = ""
    client_id: str = "client_id"
    """The connection's field that holds it; so for the next four."""
    client_secret: str = "client_secret"  # noqa: S105 - a field's name
    """Empty: a client without one."""
    assertion: str = ""
    """For `jwt`: an assertion that the vendor made, such as an API key."""
    private_key: str = ""
    """For `jwt`: the RSA key, in PEM, that signs an assertion of our own (RS256)."""
    claims: Mapping[str, str] = field(default_factory=dict)
    """For `jwt`: what it asserts (`iss`, `sub`, `aud`); its times are added."""
    basic: bool = False
    """Whether client id and secret are sent as user and password instead of in the form."""
    lives: timedelta | None = None
    """How long an access token lives where the answer does not say."""
    header: str = "Authorization"
    """Header that carries the access token; one of the vendor's own naming holds it alone."""
