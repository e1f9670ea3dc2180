"""One WooCommerce shop: how it is reached, and what all its rows have in common."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.kit import (
    Absent,
    Address,
    Credential,
    Cursor,
    Declared,
    HubError,
    KeysetPages,
    Misconfigured,
    Mistake,
    NumberedPages,
    Raw,
    Response,
    Rest,
    Secret,
    Unauthorized,
    basic,
    iso_without_zone,
    part_of,
    unescaped,
    utc,
)

# No upper bound: while orders are saved the total would sink, and pages shift.
MODIFIED = Cursor(
    "date_modified_gmt", since="modified_after", format=iso_without_zone, exclusive=True,
    newest={"order": "desc"},
)  # fmt: skip
IN_UTC = {"dates_are_gmt": "true"}
DATE_CREATED = "date_created_gmt"
CREATED = Cursor(DATE_CREATED, since="after", format=iso_without_zone, exclusive=True)
BY_MODIFIED = {"orderby": "modified", "order": "asc", **IN_UTC}
BY_ID = {"orderby": "id", "order": "asc"}
# Rows of one second are sorted by id.
AS_SAVED = KeysetPages(
    MODIFIED, size=100, limit="per_page", skip="offset", page="page", total_header="X-WP-Total"
)
SAVED_ORDERS = Declared(
    "/orders", cursor=MODIFIED, pages=AS_SAVED, ordered=True, params=BY_MODIFIED
)
EVERY_ROLE = {"role": "all", **BY_ID}
"""Without it only accounts of the role `customer` are listed."""
KEYS = "WooCommerce, Settings, Advanced, REST API"
NO_ROUTE = "rest_no_route"
NEWER_LISTS = ("/refunds", "/variations")
"""Since WooCommerce 9.0 and 10.3."""
NOT_FOUND, REDIRECTS = 404, range(300, 400)
# A language or a folder may stand in the path; these stand behind the shop's own address.
_NO_SHOP = re.compile(r"/(wp-json|wp-admin|wp-login\.php).*|\?.*")
WRONG_KEY = "woocommerce_rest_authentication_error"
NOT_ALLOWED = "woocommerce_rest_cannot_"


class WooCommerceShop(Rest):
    """Settings and answers that source and destination share."""

    base_url = "{self.url}/{self.prefix}/wc/v3"
    asks_fields = "_fields"
    pages = NumberedPages(size=100, total_header="X-WP-Total", pages_header="X-WP-TotalPages")

    url: Address
    """Address of the shop, like https://shop.example."""
    key: Secret
    """Consumer key with read access, to push with read and write access (WooCommerce, Settings,
    Advanced, REST API)."""
    secret: Secret
    """Consumer secret that belongs to the key."""
    prefix: str = "wp-json"
    """Path of the REST API below the address of the shop."""

    def credential(self) -> Credential:
        """Key and secret, in a header and never in the address."""
        return basic(self.key, self.secret)

    def meaning_of(self, answer: Response) -> HubError | None:
        """A key that may not, and a shop without this API; WordPress tells both by codes."""
        said = f"{answer.where} answered {answer.status}"
        if answer.status in REDIRECTS:
            return self._misplaced(f"{said}, which leads in a circle: ")
        if not answer.is_error:
            return None
        code = str(answer.find("code") or "")
        # With plain permalinks the shop's own page for a wrong address answers, without a code, or
        # redirects without end; so does a shop in another folder.
        if code == NO_ROUTE or (answer.status == NOT_FOUND and not code):
            if answer.where.rpartition(" ")[2] in NEWER_LISTS:
                return Absent(f"{said}: this version of WooCommerce has not that list")
            return self._misplaced("")
        if answer.status not in (401, 403):
            return None
        wanted = "Read" if answer.where.startswith("GET ") else "Read/Write"
        if code.startswith(NOT_ALLOWED) or code == WRONG_KEY:
            return Unauthorized(
                f"{said}: the credential is refused, or lacks the permission {wanted}; grant it "
                f"to the key of a user who manages the shop ({KEYS}); where all that is right, "
                "look for a host or a plugin that takes the Authorization header away"
                + (
                    "; over http WooCommerce takes no key from a header: write https:// in url"
                    if self.url.startswith("http://")
                    else ""
                )
            )
        return None

    def check(self) -> None:
        """Refuse the address of the API or of the administration; raises Misconfigured."""
        super().check()
        if found := _NO_SHOP.search(self.url):
            message = f"write the address of the shop alone, without {found[0]}"
            raise Misconfigured([Mistake("url", message)])

    def _misplaced(self, said: str) -> Misconfigured:
        message = (
            f"{said}{self.url} has no {self.prefix}/wc/v3; look whether WooCommerce is active "
            "there, whether the shop lies in a folder that url lacks (https://shop.example/butik), "
            "whether its version still has that API, whether the permalinks are not plain "
            "(WordPress, Settings, Permalinks), and at prefix"
        )
        return Misconfigured([Mistake("url", message)])


def moment(raw: Raw, name: str) -> Any:
    """The instant of a `_gmt` field, as `utc` reads it; None where there is none."""
    return utc(raw[name]) if raw.get(name) else None


def place(billing: Raw) -> dict[str, str | None]:
    """Where somebody lives and can be called, as fields of a contact."""
    return {
        "phone": billing.get("phone"),
        "country": billing.get("country"),
        "region": billing.get("state"),
        "city": unescaped(billing.get("city")),
        "postcode": billing.get("postcode"),
    }


def own_fields(raw: Raw, keys: Sequence[str]) -> dict[str, Any]:
    """Values of some keys in a row's meta data, None where they are blank; none without keys."""
    return {"custom": {key: noted(raw, key) or None for key in keys}} if keys else {}


def noted(raw: Raw, key: str) -> Any:
    """Value of a key in a row's meta data; the first of several, else None."""
    for note in part_of(raw, "meta_data") or ():
        if isinstance(note, Mapping) and note.get("key") == key:
            return note.get("value")
    return None
