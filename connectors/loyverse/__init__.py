"""Loyverse: customers, receipts, refunds, items and stores of one till.

Fact sheet, from https://developer.loyverse.com/docs/. Nobody publishes the contract whole: it is
held against a community's summary and the fields of two public clients, and what no witness tells
stands under "Not proved".
- API: version 1.0 at `https://api.loyverse.com/v1.0`.
- Version: 1.0; no end is announced.
- Auth: bearer token, an access token of the Back Office.
- Paging: `cursor` of an answer asks for the next page, until none comes; `limit` is 250 at most.
- Cursor: `updated_at`, from `updated_at_min` on and until `updated_at_max`, in UTC. A receipt of an
  offline till has the date of its sale, `receipt_date`, and shows up days later: that date narrows
  nothing. A filter that is not known is ignored without a word, so rows are checked again.
  Customers are read whole once per day, which also shows who is gone, and in between those that
  changed. Items, categories and stores are read whole.
- Limits: 60 requests a minute; 429 means later.
- Money: decimal numbers in the currency of the account, which no receipt names: the setting
  `currency` says it.
- Batch: none for reading.
- What it cannot do: tell consent, brands or tags; tell coupons: a discount has a name and no code
  that was entered, so it lowers the price, and points that were spent do too; name the row that
  came back: articles are matched by variant and price, and equal ones are one line. It is not
  written to: a customer's note and code are its only free fields, and a write replaces the whole
  customer.
- Proved against: a community's description, with the parameters and fields of public clients.
- Not proved: that a line's `total_money` has its taxes in it, those on top of the price too; that a
  refund's amounts are positive (their sign is ignored); that a cancellation moves `updated_at`; how
  far back receipts are shown without the paid sales history; whether customers who were deleted
  stay in the list.
- Stays outside: tips, surcharges, stock, shifts and the names of the staff.
"""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from connectors.kit import (
    Address,
    Category,
    Contact,
    Credential,
    Cursor,
    CursorPages,
    Deleted,
    Limit,
    Loyalty,
    Newest,
    Order,
    OrderStatuses,
    Product,
    Raw,
    Refund,
    RestSource,
    Secret,
    Store,
    bearer,
    refund_of,
    stream,
)
from connectors.loyverse.receipts import RECEIPT

__all__ = ["Loyverse"]

CHANGED = Cursor("updated_at", since="updated_at_min", until="updated_at_max")


class Loyverse(OrderStatuses, RestSource):
    """Customers, receipts, refunds, items and stores of one Loyverse account."""

    kind = "loyverse"
    system = "till"
    base_url = "{self.url}"
    pages = CursorPages("cursor", size=250)
    limits = (Limit(requests=60, seconds=60, at_once=2),)

    token: Secret
    """Access token (Back Office, Integrations, Access tokens)."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """Currency of the account, like DKK: receipts do not name it."""
    url: Address = "https://api.loyverse.com/v1.0"
    """Address of the API where it is not the vendor's own: a proxy."""

    def credential(self) -> Credential:
        """Sent with every request."""
        return bearer(self.token)

    @stream("/stores", items="stores")
    def stores(self, raw: Raw) -> Iterator[Store]:
        """The stores, closed ones too."""
        yield Store(
            id=raw["id"], title=raw.get("name"), city=raw.get("city"),
            postcode=raw.get("postal_code"), country=raw.get("country_code"),
        )  # fmt: skip

    @stream("/customers", items="customers", between=Newest(CHANGED, include=""))
    def customers(self, raw: Raw) -> Iterator[Deleted | Contact | Loyalty]:
        """Everybody in the customer base with their points."""
        if raw.get("deleted_at"):
            yield Deleted(noun="Contact", id=raw["id"])
            return
        first, _, last = (raw.get("name") or "").strip().partition(" ")
        yield Contact(
            id=raw["id"], updated_at=raw.get("updated_at"), created=raw.get("created_at"),
            email=raw.get("email"), phone=raw.get("phone_number"),
            loyalty=raw.get("customer_code"), first_name=first or None,
            last_name=last.strip() or None, city=raw.get("city"), region=raw.get("region"),
            postcode=raw.get("postal_code"), country=raw.get("country_code"),
        )  # fmt: skip
        yield Loyalty(
            contact=raw["id"], points=raw.get("total_points"), updated_at=raw.get("updated_at")
        )

    @stream("/categories", items="categories", every=timedelta(hours=1))
    def categories(self, raw: Raw) -> Iterator[Category]:
        """The categories of items, which have no parents."""
        yield Category(id=raw["id"], title=raw.get("name"))

    @stream("/items", items="items", every=timedelta(hours=1))
    def items(self, raw: Raw) -> Iterator[Product]:
        """Items and their variants; what was deleted stays known."""
        yield Product(
            id=raw["id"], updated_at=raw.get("updated_at"), title=raw.get("item_name"),
            category=raw.get("category_id"), currency=self.currency,
        )  # fmt: skip
        for each in raw.get("variants") or ():
            options = (each.get(f"option{number}_value") for number in (1, 2, 3))
            yield Product(
                id=each["variant_id"], parent=raw["id"], updated_at=raw.get("updated_at"),
                title=", ".join(filter(None, (raw.get("item_name"), *options))),
                sku=each.get("sku"), price=each.get("default_price"), currency=self.currency,
            )  # fmt: skip

    @stream("/receipts", items="receipts", cursor=CHANGED, id="receipt_number")
    def receipts(self, raw: Raw) -> Iterator[Deleted | Refund | Order]:
        """Sales, and refunds, which are receipts of their own; both may be cancelled."""
        receipt = RECEIPT.build(raw, self.statuses, currency=self.currency)
        if raw["receipt_type"] != "REFUND":
            yield receipt
        elif raw.get("cancelled_at"):
            yield Deleted(noun="Refund", id=receipt.id)
        else:
            yield refund_of(receipt, raw.get("refund_for"))
