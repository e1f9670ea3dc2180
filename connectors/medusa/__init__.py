"""Medusa: customers, orders, refunds, products and categories of one shop.

As a destination: customer groups and metadata of its customers.

Fact sheet, from https://docs.medusajs.com/api/admin and a server of version 2.21.2:
- API: Admin API of version 2 at `https://{shop}/admin`.
- Version: 2; no end is announced.
- Auth: a secret API key, HTTP basic with the key as user and no password. It may do everything.
- Paging: `limit` and `offset`, with the total in `count`; sorted by change, a page asks from the
  last row's instant on.
- Cursor: `updated_at[$gte]`, to the millisecond. What is paid or given back does not move an
  order, nor does a group move its customers: once a day payments of sixty days are compared with
  the last look, and groups are read whole every six hours. A parameter that a list does not know is
  refused or ignored, by version, so every row is looked at again.
- Limits: none of its own.
- Money: decimal numbers in units of the currency. `total` of a line is after discounts and with
  tax; `is_tax_inclusive` says whether the prices include it.
- Status: an order is placed before it is paid, so `payment_status` and `fulfillment_status` say
  what it is worth; draft orders are no purchases.
- Refunds: of payments, without lines; a sum stands for goods.
- Batch: 100 customers of one group in one request, into it and out of it; a stranger among them
  refuses all, and they are sent again by halves. Metadata one customer at a time: keys that are not
  sent stay, and an empty text deletes one.
- Groups and metadata are no consent: `requires` is "none" unless the config says otherwise.
- Guests: a customer without an account; an account of the same address is another customer.
- Deletion is told by no list, so once a day the ids of all customers are looked through; two looks
  that do not show one say that it is gone.
- What it cannot do: tell consent, loyalty, brands, stores or the source of an order, which are
  metadata of each shop; tell carts, which the Admin API does not list.
- Proved against: a description of version 2.0.0, and Medusa 2.21.2 with 300 customers and 500
  orders.
- Not proved: prices that include tax, promotions and returns on that server; gift cards.
- Stays outside: exchanges, claims, order edits, inventory.
- What is never done: no customer is created or deleted, and nothing but metadata is changed: never
  called are `POST /customers`, `DELETE /customers/{id}`, `POST /customers/{id}/addresses` and
  `POST /customer-groups/{id}`.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Category,
    Contact,
    Cursor,
    FieldNames,
    Form,
    GroupMember,
    KeysetPages,
    LookBack,
    OffsetPages,
    Order,
    OrderStatuses,
    Product,
    Raw,
    Refund,
    RestSource,
    contact_fields,
    custom_forms,
    readable,
    stream,
)
from connectors.medusa.account import BY_CHANGE, BY_ID, MODIFIED, to_the_millisecond
from connectors.medusa.destination import GROUPS, MedusaDestination
from connectors.medusa.sales import FIELDS, address, sale

__all__ = ["Medusa"]

AS_SAVED = KeysetPages(MODIFIED, size=100, limit="limit", skip="offset", total_path="count")
SIXTY_DAYS, A_LIFE = timedelta(days=60), timedelta(days=36_500)
PERSON = "id,created_at,updated_at,email,first_name,last_name,phone,metadata,*addresses"
PRODUCT = "id,updated_at,title,is_giftcard,*categories,*variants"


def _look_back(noun: str, past: timedelta, *fields: str) -> LookBack:
    made = Cursor("created_at", since="created_at[$gte]", format=to_the_millisecond)
    return LookBack(noun, past, made, fields, ask="fields", include="id[]", named=list,
                    pages=PAGES)  # fmt: skip


PAGES = OffsetPages(size=200, total_path="count")


class Medusa(OrderStatuses, RestSource, MedusaDestination):
    """Customers, orders, refunds and products of one Medusa shop; groups and metadata."""

    kind = "medusa"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the keys of the customer's metadata that hold them:
    { birthday = "born", "custom.club" = "club" }."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; metadata hold anything."""
        return custom_forms(self.fields, "any")

    @stream(
        "/product-categories", items="product_categories",
        params={**BY_ID, "fields": "id,updated_at,name,parent_category_id"},
    )  # fmt: skip
    def categories(self, raw: Raw) -> Iterator[Category]:
        """The tree of categories."""
        yield Category(
            id=raw["id"], title=raw["name"], parent=raw.get("parent_category_id"),
            updated_at=raw.get("updated_at"),
        )  # fmt: skip

    @stream(
        "/products", items="products", cursor=MODIFIED, pages=AS_SAVED, ordered=True,
        params={**BY_CHANGE, "fields": PRODUCT},
    )  # fmt: skip
    def products(self, raw: Raw) -> Iterator[Product]:
        """Products and their variants; what was deleted stays known."""
        first, *others = [each["id"] for each in raw.get("categories") or ()] or [None]
        changed = raw["updated_at"]
        yield Product(
            id=raw["id"], updated_at=changed, title=raw["title"], category=first,
            categories=others, gift_card=raw.get("is_giftcard"),
        )  # fmt: skip
        for each in raw.get("variants") or ():
            yield Product(
                id=each["id"], parent=raw["id"], updated_at=changed, sku=each.get("sku"),
                title=each.get("title"),
            )  # fmt: skip

    @stream(
        "/customers", items="customers", cursor=MODIFIED, pages=AS_SAVED, ordered=True,
        params={**BY_CHANGE, "fields": PERSON}, daily=_look_back("Contact", A_LIFE),
    )  # fmt: skip
    def customers(self, raw: Raw) -> Iterator[Contact]:
        """Everybody with an account, and guests."""
        homes = raw.get("addresses") or ()
        home = next((each for each in homes if each.get("is_default_billing")), None)
        place = address(home or (homes[0] if homes else {}))
        held = raw.get("metadata") or {}
        told = contact_fields(self.fields, lambda field: held.get(field.name, ABSENT))
        usual = {
            **place, "email": raw.get("email"), "phone": raw.get("phone") or place["phone"],
            "first_name": raw.get("first_name"), "last_name": raw.get("last_name"),
        }  # fmt: skip
        stated = {
            name: each for name, each in told.items() if each is not None or name not in usual
        }
        yield Contact(
            id=raw["id"], updated_at=raw["updated_at"], created=raw["created_at"],
            **{**usual, **stated},
        )  # fmt: skip

    @stream(
        "/customers", items="customers", at="groups", each=GROUPS, fill={"groups[]": "id"},
        params={**BY_ID, "fields": "id"}, every=timedelta(hours=6),
    )  # fmt: skip
    def groups(self, raw: Raw, group: Raw) -> Iterator[GroupMember]:
        """The customers of each group."""
        yield GroupMember(contact=raw["id"], group=group["id"], title=group["name"])

    @stream(
        "/orders", items="orders", cursor=MODIFIED, pages=AS_SAVED, ordered=True,
        params={**BY_CHANGE, "fields": FIELDS},
        daily=_look_back("Order", SIXTY_DAYS, "payment_status", "fulfillment_status",
                         "payment_collections"),
    )  # fmt: skip
    def orders(self, raw: Raw) -> Iterator[Refund | Order]:
        """Orders with their lines and codes, and what was given back of them."""
        return sale(raw, self.statuses)
