"""One BigCommerce store: how it is reached, and how its lists are read."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from connectors.kit import (
    Address,
    Credential,
    Declared,
    HubError,
    Limit,
    NumberedPages,
    RateHeaders,
    Response,
    Rest,
    Secret,
    Unauthorized,
    header,
)

NO_CONTENT, UNAUTHORIZED, FORBIDDEN = 204, 401, 403
ATTRIBUTES = Declared("/v3/customers/attributes", items="data")
VALUES = Declared(
    "/v3/customers/attribute-values", items="data", id="customer_id",
    fill={"attribute_id:in": "id"},
)  # fmt: skip
"""The values of one attribute."""


class BigCommerceStore(Rest):
    """Settings and answers that source and destination share."""

    base_url = "{self.url}/stores/{self.store_hash}"
    pages = NumberedPages(size=250, per_page="limit", total_path="meta.pagination.total")
    limits = (Limit(requests=150, seconds=30.0, at_once=3),)
    learns = RateHeaders("X-Rate-Limit-Requests-Left")

    store_hash: str = Field(pattern=r"^[a-z0-9]+$")
    """Hash of the store, as the address of its API account shows it: stores/HASH."""
    token: Secret
    """Access token of an API account (Settings, API accounts)."""
    url: Address = "https://api.bigcommerce.com"
    """Address of the API where it is not the vendor's own: a proxy."""

    def credential(self) -> Credential:
        """Sent with every request."""
        return header("X-Auth-Token", self.token)

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer; version 2 answers an empty list with 204 and nothing."""
        return () if response.status == NO_CONTENT else super().rows_of(response, declared)

    def meaning_of(self, answer: Response) -> HubError | None:
        """A token that is refused or lacks a scope."""
        if answer.status not in (UNAUTHORIZED, FORBIDDEN):
            return None
        return Unauthorized(
            f"{answer.where} answered {answer.status}: the token is refused or lacks a scope; make "
            "an API account (Settings, API accounts) with Customers, Orders, Order transactions, "
            "Products and Information & settings read-only, to push with Customers modify"
        )
