"""One Magento shop: how it is reached, and how its lists are searched."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from connectors.kit import (
    Address,
    Credential,
    Cursor,
    Declared,
    HubError,
    Limit,
    NumberedPages,
    Raw,
    Response,
    Rest,
    Secret,
    SinglePage,
    Unauthorized,
    Window,
    bearer,
    dig,
    iso_without_zone,
    oauth1,
)

SEARCH = "searchCriteria"
UNAUTHORIZED, FORBIDDEN = 401, 403


def _sorted_by(field: str) -> dict[str, str]:
    order = f"{SEARCH}[sortOrders][0]"
    return {f"{order}[field]": field, f"{order}[direction]": "ASC"}


def _changed(window: Window) -> dict[str, str]:
    """Both ends of a window: what is saved meanwhile leaves it, and the total tells."""
    ends = {"gteq": window.since, "lteq": window.until}
    asked: dict[str, str] = {}
    for group, (condition, at) in enumerate((name, at) for name, at in ends.items() if at):
        place = f"{SEARCH}[filterGroups][{group}][filters][0]"
        asked |= {
            f"{place}[field]": "updated_at",
            f"{place}[value]": iso_without_zone(at).replace("T", " "),
            f"{place}[conditionType]": condition,
        }
    return asked


CHANGED = Cursor("updated_at", ask=_changed)
BY_CHANGE, BY_ID = _sorted_by("updated_at"), _sorted_by("entity_id")
ATTRIBUTES = Declared("/attributeMetadata/customer", pages=SinglePage(), id="attribute_code")
OWN_ATTRIBUTES = Declared(
    "/attributeMetadata/customer/custom", pages=SinglePage(), id="attribute_code"
)
CUSTOMERS = Declared("/customers/search", items="items", params=BY_ID)


class MagentoShop(Rest):
    """Settings and answers that source and destination share."""

    base_url = "{self.url}/rest/{self.store_view}/V1"
    pages = NumberedPages(
        size=100, page=f"{SEARCH}[currentPage]", per_page=f"{SEARCH}[pageSize]",
        total_path="total_count",
    )  # fmt: skip
    # The shop's own server answers; it has no rate, and its visitors share it.
    limits = (Limit(requests=5, seconds=1.0, at_once=2),)

    url: Address
    """Address of the shop, like https://shop.example."""
    token: Secret
    """Access token of an integration (System, Extensions, Integrations)."""
    consumer_key: str = ""
    """Consumer key of the integration, where requests are signed: the shop does not allow the token
    alone (Stores, Configuration, Services, OAuth)."""
    consumer_secret: Secret | None = None
    """Consumer secret that belongs to the key."""
    token_secret: Secret | None = None
    """Access token secret that belongs to the token."""
    store_view: str = Field(default="default", pattern=r"^\w+$")
    """Code of the store view whose names and prices are read."""

    def credential(self) -> Credential:
        """The token, or a signature made with it for each request."""
        if not self.consumer_key:
            return bearer(self.token)
        return oauth1(
            self.consumer_key, self.consumer_secret or "", at=self._clock.now(), token=self.token,
            token_secret=self.token_secret or "",
        )  # fmt: skip

    def meaning_of(self, answer: Response) -> HubError | None:
        """A token that is refused, and a resource that the integration may not use."""
        if answer.status not in (UNAUTHORIZED, FORBIDDEN):
            return None
        return Unauthorized(
            f"{answer.where} answered {answer.status}: the token is refused, or the integration "
            "lacks the resource; grant it Customers, Sales and Catalog (System, Extensions, "
            "Integrations, API) and activate it again; where all that is right, allow its token as "
            "a bearer token (Stores, Configuration, Services, OAuth) or write consumer_key, "
            "consumer_secret and token_secret"
        )


def attribute(raw: Raw, code: str) -> Any:
    """Value of a customer's or a product's own attribute; None where it has none."""
    return attributes(raw).get(code)


def attributes(raw: Raw) -> Mapping[str, Any]:
    """Values of all own attributes by their codes."""
    rows = dig(raw, "custom_attributes") or ()
    return {row["attribute_code"]: row.get("value") for row in rows}
