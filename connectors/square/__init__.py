"""Square: customers, orders, refunds, catalog and locations of one till.

Fact sheet, from https://developer.squareup.com/reference/square:
- API: version 2025-08-20 at `https://connect.squareup.com/v2`; the header `Square-Version` names
  it, the setting `version` another one. A version that is retired is refused by name.
- Auth: bearer token that may MERCHANT_PROFILE_READ, CUSTOMERS_READ, ITEMS_READ and ORDERS_READ;
  a permission that is missing is told by name.
- Paging: `cursor` in the body of a POST search, sent with the same filters until none comes back;
  customers 100, orders 500, catalog 1000 a page. A list without rows is left out of the answer.
- Cursor: `updated_at` of customers and orders, `begin_time` of the catalog (later than, not at).
  Orders come sorted by it, so the checkpoint moves with each page; of more than ten locations,
  which are asked for ten at a time, it moves at the window's end. A till that was offline tells
  its orders up to 72 hours late, so three days are read again; customers show up in a minute.
- Limits: not published; 429 means later. We ask ten times a second at most.
- Money: whole minor units with 0, 2, 3 or 4 decimals by currency; quantities are decimal texts.
- Batch: up to 100 customers, not used by a source.
- What it cannot do: tell deleted customers, or when somebody unsubscribed (the profile's last
  change stands for it) or came back (what was withdrawn stays so); tell coupons as such: a
  discount that somebody put on at the till by its name counts as a code, but for those that
  `not_coupons` names, one by a pricing rule as a sale, a loyalty reward as neither; join a return
  without a receipt to its sale; tell prices before a sale in the catalog. Brands are a custom
  attribute of text; of one to choose from it tells no words.
- Stays outside: tips, service charges, the rounding of cash. Gift cards that are sold are no goods.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from connectors.kit import (
    Category,
    Consent,
    Contact,
    Cursor,
    CursorPages,
    Declared,
    Deleted,
    Form,
    Order,
    OrderStatuses,
    Product,
    Raw,
    Refund,
    RestSource,
    Store,
    stream,
)
from connectors.square.account import SquareAccount
from connectors.square.catalogue import offers
from connectors.square.people import person
from connectors.square.returns import refunds
from connectors.square.sales import sale

__all__ = ["Square"]

MOST_LOCATIONS = 10
"""In one search for orders."""
OFFLINE = timedelta(hours=72)
"""How late a till may tell what it sold while it was offline."""


def _between(place: str, overlap: timedelta = timedelta(minutes=10)) -> Cursor:
    """A time range of a search; whether its edges belong to it is not told of every list."""
    return Cursor(
        "updated_at",
        since=f"{place}.start_at",
        until=f"{place}.end_at",
        exclusive=True,
        overlap=overlap,
    )


class Square(OrderStatuses, SquareAccount, RestSource):
    """Customers, orders, refunds, catalog and locations of one Square account."""

    kind = "square"
    system = "till"

    brand_attribute: str = "brand"
    """Name of the items' custom attribute that holds the brand."""
    not_coupons: tuple[str, ...] = ()
    """Names of discounts that nobody brings a coupon for, like one for the staff; they count as a
    lower price."""
    web_sources: tuple[str, ...] = ("Square Online", "Square Online Store")
    """Where orders come from that count as the web's; all others are the till's."""

    def custom_fields(self) -> dict[str, Form]:
        """None: of a customer's own attributes nothing is read."""
        return {}

    @stream("/locations", items="locations")
    def locations(self, raw: Raw) -> Iterator[Store]:
        """The stores, closed ones too."""
        address = raw.get("address") or {}
        yield Store(
            id=raw["id"],
            title=raw.get("name") or raw.get("business_name"),
            city=address.get("locality"),
            postcode=address.get("postal_code"),
            country=address.get("country") or raw.get("country"),
        )

    @stream(
        "/customers/search",
        items="customers",
        cursor=_between("query.filter.updated_at"),
        pages=CursorPages("cursor", size=100),
        # An order that nothing changes while the pages are read.
        body={"query": {"sort": {"field": "CREATED_AT", "order": "ASC"}}},
    )
    def customers(self, raw: Raw) -> Iterator[Consent | Contact]:
        """Everybody in the directory, and who wants no more mail."""
        return person(raw)

    @stream(
        "/catalog/search",
        items="objects",
        cursor=Cursor("updated_at", since="begin_time", exclusive=True),
        pages=CursorPages("cursor", size=1000),
        body={"object_types": ["CATEGORY", "ITEM"]},
    )
    def catalog(self, raw: Raw) -> Iterator[Category | Product]:
        """Shelves, and each variation of what lies on them; what was deleted stays known."""
        return offers(raw, self.brand_attribute)

    @stream(
        "/orders/search",
        items="orders",
        cursor=_between("query.filter.date_time_filter.updated_at", OFFLINE),
        pages=CursorPages("cursor", size=500),
        ordered=True,
        body={
            "query": {"sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"}},
            "return_entries": False,
        },
    )
    def orders(self, raw: Raw) -> Iterator[Refund | Deleted | Order]:
        """Sales with their lines and discounts, and what was given back of them."""
        if raw.get("line_items") or not raw.get("returns"):
            yield sale(
                raw,
                web_sources=self.web_sources,
                not_coupons=self.not_coupons,
                statuses=self.statuses,
            )
        yield from refunds(raw)

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Orders of all locations, which a search must name, ten at a time."""
        if stream != "orders":
            yield declared
            return
        # A broken location is a reject of its own stream.
        ids = list(self.look_up(self.declared()["locations"]))
        for begin in range(0, len(ids), MOST_LOCATIONS):
            some = {"location_ids": ids[begin : begin + MOST_LOCATIONS]}
            yield replace(declared, body={**(declared.body or {}), **some})
