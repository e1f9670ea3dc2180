"""A token endpoint in place of a vendor's; it meets no fault, because faults are about the API."""

import itertools
from urllib.parse import parse_qs

import httpx

from connectors.kit.auth.session import MemoryKeeper
from connectors.kit.rest import Rest
from core.tokens import Token


class FakeTokens:
    """Hands out tokens to a connector that declares OAuth; each refresh token is good once."""

    def __init__(self, connection: Rest) -> None:
        """Give the connector its first token, as `segmenthub connect` would."""
        self.forms: list[dict[str, str]] = []
        """Requests for a token."""
        self._oauth = connection.oauth
        self._url = (
            httpx.URL(self._oauth.token_url.format(self=connection)) if self._oauth else None
        )
        self._refresh = "the first refresh token"
        self._numbers = itertools.count(1)
        if self._oauth:
            keeper = MemoryKeeper(connection.kind)
            keeper.store(Token("the first access token", self._refresh))
            connection.with_tokens(keeper)

    @property
    def are_renewed(self) -> bool:
        """Whether a token that is refused is replaced, and the request sent once more."""
        return self._oauth is not None and self._oauth.grant != "authorization_code"

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        """The answer to a request for a token; None where it is for something else."""
        if request.method != "POST" or request.url != self._url:
            return None
        form = {name: each[0] for name, each in parse_qs(request.content.decode()).items()}
        self.forms.append(form)
        if form.get("refresh_token", self._refresh) != self._refresh:
            return httpx.Response(400, json={"error": "invalid_grant"})
        number = next(self._numbers)
        token = {"access_token": f"access token {number}", "expires_in": 3600}
        if "refresh_token" in form:
            self._refresh = f"refresh token {number}"
            token["refresh_token"] = self._refresh
        return httpx.Response(200, json=token)
