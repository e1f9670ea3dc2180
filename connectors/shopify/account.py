"""One Shopify shop: how it is reached, how its lists are paged, and what its answers mean."""

from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from pydantic import Field, PrivateAttr

from connectors.kit import (
    Address,
    Credential,
    Cursor,
    GraphQL,
    HubError,
    Limit,
    Misconfigured,
    Mistake,
    OAuth,
    RateCosts,
    Response,
    Secret,
    header,
    iso,
)

VERSION = "2026-10"
"""The version that the vendor's description is of."""
TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105 - a header's name
SPOKEN = "X-Shopify-API-Version"
SEARCH = "variables.query"
MODIFIED = Cursor(
    "updatedAt",
    since=SEARCH,
    format=lambda at: f"updated_at:>='{iso(at)}'",
    # What was saved appears in a search within seconds, at times minutes.
    overlap=timedelta(minutes=30),
)


class ShopifyShop(GraphQL):
    """The shop, whatever is read of it or written to it."""

    base_url = "{self.url}/admin/api/{self.version}/graphql.json"
    oauth: ClassVar[OAuth | None] = OAuth(
        "{self.url}/admin/oauth/access_token", grant="client_credentials", header=TOKEN_HEADER
    )
    limits = (Limit(requests=20, seconds=1.0, at_once=2),)
    learns = RateCosts(
        "extensions.cost.requestedQueryCost",
        left="extensions.cost.throttleStatus.currentlyAvailable",
        restored="extensions.cost.throttleStatus.restoreRate",
    )
    throttled = frozenset({"THROTTLED", "INTERNAL_SERVER_ERROR"})

    url: Address
    """Address of the shop, like https://example.myshopify.com."""
    client_id: str = ""
    """Client id of your app (dev.shopify.com, your app, Settings)."""
    client_secret: Secret | None = None
    """Client secret of your app."""
    token: Secret | None = None
    """Admin API access token of an older custom app, in the place of client id and secret."""
    version: str = Field(default=VERSION, pattern=r"^(\d{4}-\d{2}|unstable)$")
    """Version of the API, a quarter from the vendor's release notes."""

    _spoken: str = PrivateAttr(default="")
    """The version by which the shop answered last."""

    def check(self) -> None:
        """Ask for a token, or for what one is given for."""
        super().check()
        if not self.token and not (self.client_id and self.client_secret):
            needs = "client_id and client_secret of an app (dev.shopify.com), or an older token"
            raise Misconfigured([Mistake("client_id", f"Shopify needs {needs}")])

    @cached_property
    def session(self) -> Any:
        """The tokens of the app; None where the settings hold one that does not end."""
        return None if self.token else super().session

    def credential(self) -> Credential | None:
        """The token of the settings, else the app's."""
        return header(TOKEN_HEADER, self.token) if self.token else super().credential()

    def meaning_of(self, answer: Response) -> HubError | None:
        """Errors inside good answers; the version of every answer is noted."""
        self._spoken = answer.headers.get(SPOKEN) or self._spoken
        return super().meaning_of(answer)
