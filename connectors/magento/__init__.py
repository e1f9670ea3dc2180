"""Magento (Adobe Commerce): customers, orders, credit memos, carts and products of one shop.

As a destination: attributes of the customers who have an account.

Fact sheet, from https://developer.adobe.com/commerce/webapi/rest/:
- API: REST, version 1, at `https://{shop}/rest/{store view}/V1`, of Magento Open Source and of
  Adobe Commerce.
- Version: 2.4.9; no end is announced.
- Auth: access token of an integration as a bearer token, which the shop must allow, or OAuth 1.0a
  with its four secrets (HMAC-SHA256). The resources Customers, Sales, Catalog and Stores.
- Paging: `searchCriteria[currentPage]` and `[pageSize]`, with `total_count`. A page beyond the end
  shows the last one again, so the total alone ends a list.
- Cursor: `updated_at` in UTC without a zone (`2024-05-01 10:00:00`), both ends asked for in filter
  groups of their own, which are joined by AND. It does not move where a customer changes an address
  or the newsletter, and no list tells who is gone: customers are read whole once per day, in
  between those whose date moved. Categories and stores are few and read whole, once per day.
- Limits: none of its own; five requests a second are asked.
- Money: what the buyer was shown, in the order's own currency. A row's tax, and the tax in its
  discount, stand beside it; `grand_total` is made of them in both modes. Whether catalogue prices
  include tax no order tells: `stores_without_tax` names the store views where they do not.
- Batch: none. A save replaces the customer, so each is read and saved at once, with every attribute
  and with `is_subscribed` exactly as read. In bulk the saves would wait in a queue, and bring back
  whoever unsubscribes meanwhile.
- Tags: none; a tag is a customer attribute of the type Yes/No, a field one that is a text. People
  create both. The customer group is not written: it decides prices and taxes.
- Consent: `is_subscribed`, without a time: the last change of the customer stands for it. A pending
  double opt-in is no subscriber (`CustomerPlugin` in
  https://github.com/magento/magento2/tree/2.4-develop/app/code/Magento/Newsletter/Model/Plugin).
- Buyers: the billing address of an order, which is all that is known of a guest.
- What it cannot do: tell guests who subscribed (the newsletter has no list), deleted products and
  orders, where a purchase came from, or tills. Prices of products are those of the catalogue,
  before special prices and rules; a cart names what lies in it by `sku` alone, so its lines are not
  read. Before 2.4 `is_subscribed` may be missing
  (https://github.com/magento/magento2/issues/13252): then no consent is read and nothing written.
- Proved against: the vendor's description.
- Not proved: that a bundle with priced parts shows their sum again (its own row is then left out);
  that the attributes of a customer who is saved are all in the answer.
- What is never done: no customer is created (`POST /customers`), deleted, confirmed or activated,
  none is moved to another group, and `is_subscribed` is never changed.
- Stays outside: Adobe Commerce as a Cloud Service, whose sign-in is another; companies, gift
  wrapping, invoices and shipments.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.kit import (
    Cart,
    Category,
    Consent,
    Contact,
    ContactTable,
    Declared,
    Deleted,
    FieldNames,
    Form,
    GroupMember,
    NamedField,
    Newest,
    Order,
    OrderStatuses,
    Product,
    Raw,
    Refund,
    RestSource,
    SinglePage,
    Store,
    amount_of,
    contact_fields,
    custom_forms,
    dig,
    readable,
    stream,
    utc,
)
from connectors.magento.account import (
    ATTRIBUTES,
    BY_CHANGE,
    BY_ID,
    CHANGED,
    CUSTOMERS,
    attribute,
)
from connectors.magento.destination import MagentoDestination
from connectors.magento.sales import given_back, sale

__all__ = ["Magento"]

DAY = timedelta(days=1)
NEWSLETTER = "newsletter"
GROUPS = Declared("/customerGroups/search", items="items")
PERSON = ContactTable(
    {
        "updated_at": lambda raw: utc(raw.get("updated_at")),
        "created": lambda raw: utc(raw.get("created_at")),
        "first_name": "firstname?",
        "last_name": "lastname?",
        "birthday": "dob?",
        "gender": lambda raw: str(raw.get("gender") or ""),
        "phone": "address.telephone",
        "country": "address.country_id",
        "region": "address.region.region_code",
        "city": "address.city",
        "postcode": "address.postcode",
    },
    alike=("id", "email"),
    codes={"gender": {"1": "male", "2": "female", "3": ""}},
)


class Magento(OrderStatuses, MagentoDestination, RestSource):
    """Customers, orders, credit memos, carts and products of one Magento shop."""

    kind = "magento"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the customer attributes that hold them: { "custom.level" = "level" }.
    Of an attribute with options the label is read."""
    stores_without_tax: tuple[int, ...] = ()
    """Numbers of the store views whose catalogue prices are without tax (Stores, Configuration,
    Sales, Tax)."""
    brand_attribute: str = "brand"
    """Code of the product attribute that holds the brand, as a text."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names."""
        return custom_forms(self.fields, "text")

    @stream("/store/storeViews", pages=SinglePage(), every=DAY)
    def stores(self, raw: Raw) -> Iterator[Store]:
        """Store views, each a shop to its visitors."""
        yield Store(id=raw["id"], title=raw["name"])

    @stream("/categories/list", items="items", params=BY_ID, every=DAY)
    def categories(self, raw: Raw) -> Iterator[Category]:
        """The category tree; the root of all is above every store."""
        yield Category(id=raw["id"], title=raw["name"], parent=raw.get("parent_id") or None)

    @stream("/products", items="items", cursor=CHANGED, ordered=True, params=BY_CHANGE)
    def products(self, raw: Raw) -> Iterator[Product]:
        """Products, each variant one of its own; the first of the categories counts."""
        links = dig(raw, "extension_attributes.category_links") or ()
        shelves = [each["category_id"] for each in links]
        yield Product(
            id=raw["id"], updated_at=utc(raw.get("updated_at")), sku=raw["sku"],
            title=raw.get("name"), brand=attribute(raw, self.brand_attribute),
            price=raw.get("price"), list_price=raw.get("price"), categories=tuple(shelves[1:]),
            category=shelves[0] if shelves else None, gift_card=raw.get("type_id") == "giftcard",
        )  # fmt: skip

    @stream(
        CUSTOMERS.path, items="items", params=BY_ID, between=Newest(CHANGED, BY_CHANGE),
        beside={"groups": GROUPS, "known": ATTRIBUTES},
    )  # fmt: skip
    def customers(
        self, raw: Raw, groups: Mapping[str, Raw], known: Mapping[str, Raw]
    ) -> Iterator[Contact | Consent | GroupMember]:
        """Everybody with an account, the newsletter and the customer group."""
        places = raw.get("addresses") or ()
        usual: Raw = next((each for each in places if each.get("default_billing")), {})
        told = contact_fields(self.fields, lambda field: _value(raw, field, known))
        contact = next(PERSON.records({**raw, "address": usual}, **told))
        yield contact
        subscribed: Any = dig(raw, "extension_attributes.is_subscribed")
        at: Any = utc(raw.get("updated_at") or raw.get("created_at"))
        if isinstance(subscribed, bool):
            yield Consent(
                contact=raw["id"], channel="email", list=NEWSLETTER, granted=subscribed, at=at
            )
        group = raw.get("group_id")
        if group is not None:
            title = groups.get(str(group), {}).get("code")
            yield GroupMember(contact=raw["id"], group=group, title=title)

    @stream(
        "/orders", items="items", cursor=CHANGED, ordered=True, params=BY_CHANGE, id="entity_id"
    )
    def orders(self, raw: Raw) -> Iterator[Order]:
        """Orders with their rows and coupons; guests are told by their bills alone."""
        yield sale(raw, statuses=self.statuses, untaxed=self.stores_without_tax)

    @stream(
        "/creditmemos", items="items", cursor=CHANGED, ordered=True, params=BY_CHANGE,
        id="entity_id",
    )  # fmt: skip
    def credit_memos(self, raw: Raw) -> Iterator[Refund | Deleted]:
        """Credit memos, once they are refunded."""
        yield from given_back(raw, untaxed=self.stores_without_tax)

    @stream("/carts/search", items="items", cursor=CHANGED, ordered=True, params=BY_CHANGE)
    def carts(self, raw: Raw) -> Iterator[Cart]:
        """Carts of customers; one that is no longer active was ordered."""
        lines = raw.get("items") or ()
        yield Cart(
            id=raw["id"], contact=dig(raw, "customer.id"), at=utc(raw["created_at"]),
            updated_at=utc(raw.get("updated_at")),
            status="open" if raw.get("is_active") else "ordered",
            currency=dig(raw, "currency.quote_currency_code"),
            total=sum(
                (amount_of(each.get("price")) * amount_of(each["qty"]) for each in lines), Decimal()
            ),
        )  # fmt: skip


def _value(raw: Raw, field: NamedField, known: Mapping[str, Raw]) -> Any:
    """Value of an attribute; the label of an option."""
    value = attribute(raw, field.name)
    options = (known.get(field.name) or {}).get("options") or ()
    labels = {str(each.get("value")): each.get("label") for each in options}
    return labels.get(str(value), value)
