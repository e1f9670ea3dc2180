"""One WooCommerce shop: how it is reached, and what all its rows have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.kit import (
    Address,
    Credential,
    Cursor,
    NumberedPages,
    Raw,
    Rest,
    Secret,
    basic,
    iso_without_zone,
    utc,
)

MODIFIED = Cursor(
    "date_modified_gmt",
    since="modified_after",
    until="modified_before",
    format=iso_without_zone,
    exclusive=True,
)


class WooCommerceShop(Rest):
    """What source and destination share."""

    base_url = "{self.url}/{self.prefix}/wc/v3"
    pages = NumberedPages(size=100, total_header="X-WP-Total", pages_header="X-WP-TotalPages")

    url: Address
    """Address of the shop, like https://shop.example."""
    key: Secret
    """Consumer key with read access, to push with read and write access (WooCommerce, Settings,
    Advanced, REST API)."""
    secret: Secret
    """Consumer secret that belongs to the key. It also keys the ids of guests: with a new secret
    a guest's later orders get a new id, and the address joins both to one person."""
    prefix: str = "wp-json"
    """Path of the REST API below the address of the shop."""

    def credential(self) -> Credential:
        """Key and secret, in a header and never in the address."""
        return basic(self.key, self.secret)


def moment(raw: Raw, name: str) -> datetime | None:
    """The instant of a `_gmt` field; None where there is none."""
    return utc(raw[name]) if raw.get(name) else None


def place(billing: Raw) -> dict[str, str | None]:
    """Where somebody lives and can be called, as fields of a contact."""
    return {
        "phone": billing.get("phone"),
        "country": billing.get("country"),
        "region": billing.get("state"),
        "city": billing.get("city"),
        "postcode": billing.get("postcode"),
    }


def noted(raw: Raw, key: str) -> Any:
    """What stands under a key of a row's meta data; of several the first, else None."""
    for note in raw.get("meta_data") or ():
        if isinstance(note, Mapping) and note.get("key") == key:
            return note.get("value")
    return None
