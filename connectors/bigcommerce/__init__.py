"""BigCommerce: customers, subscribers, orders, refunds and products of one store.

As a destination: attributes of the customers who have an account.

Fact sheet, from https://developer.bigcommerce.com/docs/rest-management:
- API: REST, version 3 (orders and customer groups: version 2), at
  `https://api.bigcommerce.com/stores/{hash}`.
- Version: 3; no end is announced.
- Auth: token of an API account in `X-Auth-Token`; it does not expire.
- Paging: `page` and `limit` (250). Version 3 tells a total; version 2 none, and answers an empty
  list with 204 and no body. Orders are read from the last one's `date_modified` on, since each
  change moves an order to the end of the list.
- Cursor: `min_date_modified` of orders, which tell dates as in mail (RFC 2822);
  `date_modified:min` of customers and products, `created:min` of refunds. No list tells deleted
  customers: they are read whole once per day, in between those whose date moved.
- Limits: 150 requests in 30 seconds, three at once; `X-Rate-Limit-Requests-Left` tells what is
  left.
- Money: in the currency that the buyer paid, `default_currency_code`; `currency_code` is only how
  prices were shown. A row's discounts, also those of the whole order, stand beside it with their
  codes; its total is without them.
- Batch: ten customers in one request.
- Tags: none. A tag is a customer attribute with the value `yes`; leaving empties it, as clearing a
  field does. People create attributes; only those of the type string are written.
- Consent: a subscriber whose `consents` hold marketing_newsletter; the date is the last change.
  `is_email_opt_in` of orders and `accepts_product_review_abandoned_cart_emails` allow no newsletter
  and are not read.
- Buyers: the billing address of an order, which is all that is known of a guest (customer 0).
- What it cannot do: tell why or when a subscriber left (who is gone from the list), list prices of
  rows (the price of the product stands for it), or abandoned carts without their tokens.
- Proved against: the vendor's descriptions, which lie in one file per list.
- Not proved: that no 250 orders change within one second; that an attribute takes an empty value;
  the instant of `created` for refunds that are taken back.
- What is never done: no customer (`POST /v3/customers`), subscriber or attribute is created or
  deleted; nothing is written but attribute values.
- Stays outside: categories, brands, price lists, store credit, gift wrapping and fees.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.bigcommerce.account import BigCommerceStore
from connectors.bigcommerce.destination import BigCommerceDestination
from connectors.bigcommerce.sales import instant, refunds, sale
from connectors.kit import (
    Consent,
    Contact,
    Cursor,
    Declared,
    Deleted,
    GroupMember,
    KeysetPages,
    Newest,
    NumberedPages,
    Order,
    OrderStatuses,
    Product,
    Raw,
    Refund,
    RestSource,
    stream,
    utc,
)

__all__ = ["BigCommerce"]

NEWSLETTER = "newsletter"
GRANT = "marketing_newsletter"
CHANGED = Cursor("date_modified", since="date_modified:min", exclusive=True)
ORDERED = Cursor("date_modified", since="min_date_modified", parse=instant, exclusive=True)
REFUNDED = Cursor("created", since="created:min")
GROUPS = Declared("/v2/customer_groups", pages=NumberedPages(size=50, per_page=None, until="empty"))
EVERY_PART = {
    "include": "consignments.line_items", "consignment_structure": "object",
    "sort": "date_modified:asc",
}  # fmt: skip


class BigCommerce(OrderStatuses, BigCommerceDestination, BigCommerceStore, RestSource):
    """Customers, subscribers, orders, refunds and products of one BigCommerce store."""

    kind = "bigcommerce"

    @stream("/v3/catalog/products", items="data", cursor=CHANGED, params={"sort": "id"})
    def products(self, raw: Raw) -> Iterator[Product]:
        """Products; the first of the categories counts, and a sale lowers the price."""
        shelves = raw.get("categories") or ()
        yield Product(
            id=raw["id"], updated_at=utc(raw.get("date_modified")), sku=raw.get("sku"),
            title=raw.get("name"), price=raw.get("sale_price") or raw.get("price"),
            list_price=raw.get("retail_price") or raw.get("price"),
            category=shelves[0] if shelves else None, categories=tuple(shelves[1:]),
        )  # fmt: skip

    @stream(
        "/v3/customers", items="data", beside={"groups": GROUPS},
        params={"include": "addresses", "sort": "date_created:asc"},
        between=Newest(CHANGED, {"sort": "date_modified:asc"}),
    )  # fmt: skip
    def customers(self, raw: Raw, groups: Mapping[str, Raw]) -> Iterator[Contact | GroupMember]:
        """Everybody with an account, and the customer group."""
        place: Raw = next(iter(raw.get("addresses") or ()), {})
        yield Contact(
            id=raw["id"], updated_at=utc(raw.get("date_modified")),
            created=utc(raw.get("date_created")), email=raw.get("email"),
            first_name=raw.get("first_name"), last_name=raw.get("last_name"),
            phone=raw.get("phone") or place.get("phone"), country=place.get("country_code"),
            region=place.get("state_or_province"), city=place.get("city"),
            postcode=place.get("postal_code"),
        )  # fmt: skip
        # The group 0 is none.
        if group := raw.get("customer_group_id"):
            title = groups.get(str(group), {}).get("name")
            yield GroupMember(contact=raw["id"], group=group, title=title)

    @stream("/v3/customers/subscribers", items="data", cursor=CHANGED)
    def subscribers(self, raw: Raw) -> Iterator[Consent]:
        """Addresses on the newsletter, with an account or without; anything else grants nothing."""
        at: Any = utc(raw.get("date_modified") or raw.get("date_created"))
        granted = GRANT in (raw.get("consents") or ())
        yield Consent(
            email=raw["email"], channel="email", list=NEWSLETTER, granted=granted,
            origin=raw.get("source"), at=at,
        )  # fmt: skip

    @stream(
        "/v2/orders", cursor=ORDERED, ordered=True, params=EVERY_PART,
        pages=KeysetPages(ORDERED, size=250, page="page"),
    )  # fmt: skip
    def orders(self, raw: Raw) -> Iterator[Order | Deleted]:
        """Orders with their rows; guests are told by their bills alone."""
        yield sale(raw, self.statuses)

    @stream("/v3/orders/payment_actions/refunds", items="data", cursor=REFUNDED)
    def refunds(self, raw: Raw) -> Iterator[Refund]:
        """Refunds, whole and in part."""
        yield from refunds(raw)
