"""One Shopify shop: how it is reached, how its lists are paged, and what its answers mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from pydantic import Field, PrivateAttr

from connectors.kit import (
    Address,
    Credential,
    Cursor,
    CursorPages,
    FakePage,
    GraphQL,
    HubError,
    Limit,
    Misconfigured,
    Mistake,
    OAuth,
    RateCosts,
    Response,
    Secret,
    Step,
    header,
    iso,
)

VERSION = "2026-10"
"""The version that the vendor's description is of."""
TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105 - a header's name
SPOKEN = "X-Shopify-API-Version"
QUERY = "variables.query"
MODIFIED = Cursor(
    "updatedAt",
    since=QUERY,
    format=lambda at: f"updated_at:>='{iso(at)}'",
    # What was saved appears in a search within seconds, at times minutes.
    overlap=timedelta(minutes=30),
)


@dataclass(frozen=True)
class Changed(CursorPages):
    """Pages of a connection that is sorted by change: each asks from the last row's instant on.

    Cursors lead no further than 25,000 rows (https://shopify.dev/docs/api/usage/limits), so they
    are followed among rows of one instant alone.
    """

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """Ask from the last instant on; where the page holds no other, by its cursor."""
        following = super().after(step, response, items)
        first, last = (_changed(items[place]) for place in (0, -1)) if items else (None, None)
        if following is None or first is None or last is None:
            return following
        if first == last:
            return Step({**step.params, **following.params})
        return Step({**self._limit(), QUERY: MODIFIED.format(last)})

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """The rows from the bound on; those without an instant come before all others."""
        asked = params.get(QUERY, "")
        bounds = [MODIFIED.format(at) if (at := _changed(row)) else "" for row in items]
        begins = asked <= min(filter(None, bounds), default="")
        rows = [
            row
            for row, bound in zip(items, bounds, strict=True)
            if (bound >= asked if bound else begins)
        ]
        return super().fake(rows, params, address)


def _changed(row: Any) -> datetime | None:
    return MODIFIED.at(row) if isinstance(row, Mapping) else None


def connection(at: str, size: int, pages: type[CursorPages] = CursorPages) -> CursorPages:
    """Pages of so many rows of the connection at a path of the answer."""
    return pages(
        f"{at}.pageInfo.endCursor",
        cursor="variables.after",
        size=size,
        limit="variables.first",
        more=f"{at}.pageInfo.hasNextPage",
    )


def number(gid: str) -> str:
    """The number at the end of a global id, by which the admin's addresses and exports name it."""
    return gid.rpartition("/")[2]


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
            raise Misconfigured(
                [
                    Mistake(
                        "client_id",
                        "Shopify needs client_id and client_secret of an app (dev.shopify.com), or "
                        "the token of a custom app of the shop",
                    )
                ]
            )

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
