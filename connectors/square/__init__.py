"""Square: customers, orders, refunds, catalog and locations of one till.

Fact sheet, from https://developer.squareup.com/reference/square:
- API: version 2025-08-20 at `https://connect.squareup.com/v2`; the header `Square-Version` names
  it, the setting `version` another one. A version that is retired is refused by name.
- Version: 2025-08-20; no end is announced.
- Auth: bearer token that may MERCHANT_PROFILE_READ, CUSTOMERS_READ, ITEMS_READ, ORDERS_READ and
  LOYALTY_READ; a permission that is missing is told by name.
- Paging: `cursor` in the body of a POST search, sent with the same filters until none comes back;
  customers 100, orders 500, catalog 1000, loyalty accounts 200, loyalty events 30 a page. A list
  without rows is left out of the answer.
- Cursor: `updated_at` of customers and orders, `begin_time` of the catalog (later than, not at).
  Orders come sorted by it, so the checkpoint moves with each page; of more than ten locations,
  which are asked for ten at a time, it moves at the window's end. A till that was offline tells
  its orders up to 72 hours late, so three days are read again; customers show up in a minute.
- Limits: not published; 429 means later. We ask ten times a second at most.
- Money: whole minor units with 0, 2, 3 or 4 decimals by currency; quantities are decimal texts.
- Batch: up to 100 customers, not used by a source.
- Buyers: the order names the customer, else the payment, else the loyalty event of the order. An
  account without a customer is a person of its own, known by phone. Another system's id of a
  customer (`reference_id`) is a custom field, because nothing says which system it is.
- What it cannot do: tell deleted customers, or when somebody unsubscribed (the profile's last
  change stands for it) or came back (what was withdrawn stays so); tell coupons: an order names
  discounts and no code, so a discount lowers the price unless `coupons` names it, and a loyalty
  reward does neither; tell since when a customer is in a group; join a return without a receipt
  to its sale; tell prices before a sale in the catalog. Brands are a custom attribute of text; of
  one to choose from it tells no words.
- Proved against: the vendor's description.
- Stays outside: tips, service charges, the rounding of cash. Gift cards that are sold are no goods.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from connectors.kit import (
    Category,
    Consent,
    Contact,
    Cursor,
    CursorPages,
    Declared,
    Deleted,
    Form,
    GroupMember,
    Loyalty,
    Order,
    OrderStatuses,
    Product,
    Raw,
    Refund,
    RestSource,
    Store,
    Stream,
    Window,
    stream,
)
from connectors.square.account import NoLoyalty, SquareAccount
from connectors.square.catalogue import offers
from connectors.square.people import PERSON, account, order_of, owner
from connectors.square.returns import refunds
from connectors.square.sales import sale

__all__ = ["Square"]

MOST_LOCATIONS = 10
"""In one search for orders."""
OFFLINE = timedelta(hours=72)
"""How late a till may tell what it sold while it was offline."""


def _between(field: str, filters: str, overlap: timedelta = timedelta(minutes=10)) -> Cursor:
    """A time range of a search; whether its edges belong to it is not told of every list."""
    place = f"{filters}.{field}"
    return Cursor(
        field, since=f"{place}.start_at", until=f"{place}.end_at", exclusive=True, overlap=overlap
    )


GROUPS = Declared("/customers/groups", items="groups", pages=CursorPages("cursor", size=50))
ACCOUNTS = Declared(
    "/loyalty/accounts/search", items="loyalty_accounts", pages=CursorPages("cursor", size=200),
    body={},
)  # fmt: skip
EVENTS = Declared(
    "/loyalty/events/search",
    items="events",
    cursor=_between("created_at", "query.filter.date_time_filter"),
    pages=CursorPages("cursor", size=30),
    body={},
)


class Square(OrderStatuses, SquareAccount, RestSource):
    """Customers, orders, refunds, catalog and locations of one Square account."""

    kind = "square"
    system = "till"

    brand_attribute: str = "brand"
    """Name of the items' custom attribute that holds the brand."""
    coupons: tuple[str, ...] = ()
    """Names of discounts that customers bring a coupon for, in any case; all others count as a
    lower price."""
    loyalty: bool = True
    """Whether loyalty accounts and their events are read."""
    web_sources: tuple[str, ...] = ("Square Online", "Square Online Store")
    """Where orders come from that count as the web's; all others are the till's."""

    def custom_fields(self) -> dict[str, Form]:
        """The id that another system has for a customer."""
        return {"reference_id": "text"}

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
        cursor=_between("updated_at", "query.filter"),
        pages=CursorPages("cursor", size=100),
        # An order that nothing changes while the pages are read.
        body={"query": {"sort": {"field": "CREATED_AT", "order": "ASC"}}},
    )
    def customers(self, raw: Raw) -> Iterator[Consent | Contact]:
        """Everybody in the directory, and who wants no more mail."""
        return PERSON.records(raw)

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
        cursor=_between("updated_at", "query.filter.date_time_filter", OFFLINE),
        pages=CursorPages("cursor", size=500),
        ordered=True,
        body={
            "query": {"sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"}},
            "return_entries": False,
        },
        beside={"owners": EVENTS},
    )
    def orders(
        self, raw: Raw, owners: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[Refund | Deleted | Order]:
        """Sales with their lines and discounts, and what was given back of them."""
        if raw.get("line_items") or not raw.get("returns"):
            yield sale(
                raw,
                web_sources=self.web_sources,
                coupons=self.coupons,
                statuses=self.statuses,
                owner=owners.get(raw["id"]),
            )
        yield from refunds(raw)

    @stream(
        "/customers/search",
        items="customers",
        pages=CursorPages("cursor", size=100),
        body={"query": {"sort": {"field": "CREATED_AT", "order": "ASC"}}},
        each=GROUPS,
        fill={"query.filter.group_ids.any.0": "id"},
        every=timedelta(hours=1),
    )
    def groups(self, raw: Raw, group: Raw) -> Iterator[GroupMember]:
        """The customers of each group."""
        yield GroupMember(contact=raw["id"], group=group["id"], title=group.get("name"))

    @stream(
        ACCOUNTS.path, items=ACCOUNTS.items, pages=ACCOUNTS.pages, body={},
        every=timedelta(hours=1),
    )  # fmt: skip
    def loyalties(self, raw: Raw) -> Iterator[Contact | Loyalty]:
        """Loyalty accounts, and people who are known by one alone."""
        return account(raw)

    def streams(self) -> Sequence[Stream]:
        """Every stream, without loyalty where the settings say so."""
        return [each for each in super().streams() if self.loyalty or each.name != "loyalties"]

    def look_up(self, declared: Declared, window: Window | None = None) -> dict[str, Any]:
        """Return the rows of a small list; of loyalty events the contact of each order."""
        if declared is not EVENTS:
            return super().look_up(declared, window)
        try:
            events = self.loyalty and super().look_up(EVENTS, window)
            accounts = super().look_up(ACCOUNTS) if events else {}
        except NoLoyalty:
            # The stream of loyalty accounts says why; sales do not wait for it.
            return {}
        return {
            order: owner(accounts[event["loyalty_account_id"]])
            for event in (events or {}).values()
            if (order := order_of(event)) and event["loyalty_account_id"] in accounts
        }

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
