"""Lightspeed Retail X-Series: customers, sales, returns, products and outlets of one retailer.

Fact sheet, from https://x-series-api.lightspeedhq.com/docs/introduction:
- API: version 2.0 at `https://PREFIX.retail.lightspeed.app/api/2.0`; the setting `version` names
  another one, a month like 2026-07.
- Version: 2.0; no end is announced.
- Auth: OAuth 2.0, authorization code, with the scopes customers:read, outlets:read, products:read
  and sales:read. An access token lives for a day; a refresh token is spent by its use.
- Paging: `after`, the version of the last row, and `page_size`, until a page without rows comes.
- Cursor: `version`, a number that grows with every change in the account, by which rows are sorted;
  each page moves the position. Outlets are few and read whole.
- Limits: 300 requests for each register and 50 more in five minutes, of which we use those of one
  register. A 429 names the instant to go on in `Retry-After`, as a date.
- Money: decimal numbers without tax, the tax beside them, which joins them where the outlet shows
  its prices with tax; the currency is the outlet's.
- Batch: none for reading.
- What it cannot do: tell which line was returned (a return lowers its sale as a whole, one without
  a receipt lowers none), promo codes (every discount is a lower price), gift cards that are sold,
  when somebody opted out of mail (the last change of the customer stands for it), or that somebody
  came back (an opt-out that is lifted grants nothing).
- Proved against: the vendor's description.
- Not proved: that sales to nobody name a customer with the code WALKIN or an id of zeros in every
  account; that `display_prices` is `inclusive` at every outlet that shows prices with tax (else the
  tax is on top of them, with the same sum); that a page may have 200 rows; that the sign-in comes
  back to an http address (else `segmenthub connect NAME --redirect`); `state`, which follows
  `status` in monthly versions and does not tell sales on account (they count when they are closed).
- Stays outside: customer groups, loyalty balances, surcharges, tips and charges of a webshop.
"""

from collections.abc import Iterator
from typing import Any

from connectors.kit import (
    Address,
    Category,
    Consent,
    Contact,
    ContactTable,
    Declared,
    Deleted,
    Form,
    KeysetPages,
    Limit,
    Marker,
    OAuth,
    Order,
    OrderStatuses,
    Product,
    Raw,
    Refund,
    RestSource,
    Secret,
    SinglePage,
    Store,
    dig,
    stream,
)
from connectors.lightspeed.sales import SALES, WALK_IN, is_walk_in

__all__ = ["Lightspeed"]

CUSTOM_FIELDS = tuple(f"custom_field_{number}" for number in range(1, 5))
VERSION = Marker("version", since="after")
SEARCH = {"type": "customers", "customer_code": WALK_IN}
OUTLET = Declared("/outlets", items="data", by="outlet_id")
NOBODY = Declared("/search", items="data", params=SEARCH, pages=SinglePage(), by="customer_id")
BESIDE = {"outlet": OUTLET, "walk_in": NOBODY}
PEOPLE = ContactTable(
    {
        "created": "created_at",
        "phone": ("mobile?", "phone?"),
        "loyalty": lambda raw: raw.get("customer_code") if raw.get("enable_loyalty") else None,
        "birthday": "date_of_birth?",
    },
    alike=("id", "updated_at", "email", "first_name", "last_name", "gender"),
    custom=CUSTOM_FIELDS,
    codes={"gender": {"F": "female", "M": "male"}},
    opt_outs={"do_not_email": "email"},
)


def _address(raw: Raw, place: str) -> dict[str, Any]:
    """Return one of the addresses of a row."""
    names = {"country": "country_id", "city": "city", "postcode": "postcode"}
    return {ours: raw.get(f"{place}_{theirs}") for ours, theirs in names.items()}


class Lightspeed(OrderStatuses, RestSource):
    """Customers, sales, returns, products and outlets of one Lightspeed Retail X-Series account."""

    kind = "lightspeed"
    system = "till"
    base_url = "{self.url}/api/{self.version}"
    oauth = OAuth(
        "{self.url}/api/1.0/token",
        rotates=True,
        authorize_url="https://secure.retail.lightspeed.app/connect",
        scope="customers:read outlets:read products:read sales:read",
    )
    pages = KeysetPages("version", since="after", size=200, limit="page_size", until="empty")
    limits = (Limit(requests=350, seconds=300),)

    url: Address
    """Address of the account, like https://example.retail.lightspeed.app."""
    client_id: str
    """Client id of your application (developers.retail.lightspeed.app)."""
    client_secret: Secret
    """Client secret of your application."""
    version: str = "2.0"
    """Version of the API: 2.0, or a month from the vendor's release notes."""

    def custom_fields(self) -> dict[str, Form]:
        """The four free fields of a customer, which are texts."""
        return dict.fromkeys(CUSTOM_FIELDS, "text")

    @stream("/outlets", items="data")
    def outlets(self, raw: Raw) -> Iterator[Store]:
        """The stores."""
        yield Store(id=raw["id"], title=raw.get("name"), **_address(raw, "physical"))

    @stream("/customers", items="data", marker=VERSION, ordered=True, params={"deleted": "true"})
    def customers(self, raw: Raw) -> Iterator[Consent | Deleted | Contact]:
        """Everybody but the placeholder of sales to nobody, and opt-outs of mail."""
        if raw.get("deleted_at") or is_walk_in(raw):
            yield Deleted(noun="Contact", id=raw["id"])
            return
        place = "physical" if raw.get("physical_city") or raw.get("physical_postcode") else "postal"
        region = raw.get(f"{place}_state")
        yield from PEOPLE.records(raw, region=region, **_address(raw, place))

    @stream("/products", items="data", marker=VERSION, ordered=True)
    def products(self, raw: Raw) -> Iterator[Category | Product]:
        """Products and variants with their categories; what was deleted stays known."""
        category = raw.get("type") or {}
        parent = None
        for each in category.get("category_path") or filter(None, [category]):
            yield Category(id=each["id"], title=each["name"], parent=parent)
            parent = each["id"]
        yield Product(
            id=raw["id"], updated_at=raw["updated_at"], sku=raw.get("sku"), category=parent,
            title=raw.get("variant_name") or raw.get("name"), brand=dig(raw, "brand.name"),
            price=raw.get("price_including_tax"),
        )  # fmt: skip

    @stream(
        "/sales",
        items="data",
        marker=VERSION,
        ordered=True,
        beside={"outlet": OUTLET, "walk_in": NOBODY},
    )
    def sales(self, raw: Raw, outlet: Raw, walk_in: Raw) -> Iterator[Refund | Deleted | Order]:
        """Sales with their lines and discounts, and what was given back."""
        return SALES.records({**raw, "outlet": outlet, "walk_in": walk_in}, self.statuses)
