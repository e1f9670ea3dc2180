"""PrestaShop: customers, orders, credit slips, carts, products and categories of one shop.

Fact sheet, from https://devdocs.prestashop-project.org/9/webservice/:
- API: webservice 9 at `https://{shop}/api`, in XML. Its contract is what each shop answers to
  `?schema=synopsis`; nobody publishes it whole, so names are those of the vendor's tables.
- Version: that of PrestaShop 9, and of 1.7 and 8 before it; no end is announced.
- Auth: a key as the name of a user without a password, with GET for addresses, cart_rules, carts,
  categories, countries, currencies, customers, groups, order_cart_rules, order_slip, order_states,
  orders and products.
- Paging: `limit`, sorted by id, each page from the last id on (`filter[id]=>[7]`): a row that is
  saved meanwhile pushes no other out of sight.
- Cursor: `filter[date_upd]=[from,to]`, which is refused or ignored without `date=1`
  (https://github.com/PrestaShop/PrestaShop/issues/25334), by the shop's own clock, hence the
  setting `timezone`; 70 minutes are read again, as that clock shows one hour of autumn twice. Rows
  outside the interval are shown now and then
  (https://github.com/PrestaShop/PrestaShop/issues/12385) and left out here. Customers are read
  whole once per day, which also shows who is gone; in between those that changed.
- Limits: none of its own; hosts answer 429 and 503, and so does a shop in maintenance.
- Money: texts with six decimals, with tax and without; what is read has its tax in it. Prices of
  products are without tax. An order's discounts are carried by none of its lines.
- Batch: none for reading.
- Consent: `newsletter` grants mail from `newsletter_date_add` on; without that date it grants
  nothing. A customer who once allowed it and no longer does has withdrawn it by the last change.
- What it cannot do: tell a sale price (a line has the price of the day), deleted orders and
  products, subscribers of the newsletter module without an account, and gift cards.
- Proved against: samples written from the vendor's tables, which are no description.
- Not proved: that an order counts whose `valid` is 1 (sent where its state is `shipped`, else paid)
  and no other does (pending, unless `statuses` says what the state's name means); that `value` of a
  free-shipping code has the shipping in it; that a slip without details is for goods; `>[id]`.
- What is never done: nothing is written.
- Stays outside: combinations, partner offers (`optin`), stores and shops of a multi-shop (the
  key's own shops are read together), the Admin API of version 9, which has not all orders.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from connectors.kit import (
    Cart,
    CartLine,
    Category,
    Consent,
    Contact,
    Deleted,
    GroupMember,
    Newest,
    Order,
    OrderStatuses,
    OrderTable,
    Parents,
    Product,
    Raw,
    Refund,
    RefundLine,
    RestSource,
    Xml,
    amount_of,
    dig,
    order_status,
    stream,
    utc,
)
from connectors.prestashop.account import (
    CHANGED,
    FULL,
    PrestaShopAccount,
    any_of,
    listed,
    several,
    text_of,
)

__all__ = ["PrestaShop"]

ADDRESSES = listed("addresses", "address", id="id_customer")
RULES = listed("order_cart_rules", "order_cart_rule", id="id_order")
ORDERED = listed("orders", "order", id="id_cart")
GROUPS = listed("groups", "group")
CURRENCY = listed("currencies", "currency", by="id_currency")
NONE = (None, "", "0")
NOTHING: Mapping[str, Any] = MappingProxyType({})
GENDERS = {"1": "male", "2": "female"}


def _lines(raw: Raw) -> list[Any]:
    return several(dig(raw, "associations.order_rows"), "order_row")


def _times(price: str) -> Callable[[Raw], Any]:
    """Return how the price of one becomes that of a line."""
    return lambda row: amount_of(row["product_quantity"]) * amount_of(row[price])


WITH_TAX, WITHOUT = _times("unit_price_tax_incl"), _times("unit_price_tax_excl")


def _discount(raw: Raw) -> Any:
    """Return what codes took off the goods; one for free shipping took off the shipping too."""
    free = any(rule.get("free_shipping") == "1" for rule in raw["rules"])
    shipping = amount_of(raw["total_shipping_tax_incl"]) if free else 0
    return max(amount_of(raw["total_discounts_tax_incl"]) - shipping, amount_of(0))


SALES = OrderTable(
    {
        "id": "id",
        "updated_at": lambda raw: utc(raw["date_upd"]),
        "placed_at": lambda raw: utc(raw["date_add"]),
        "contact": lambda raw: None if raw["id_customer"] in NONE else raw["id_customer"],
        "status": "status",
        "currency": "currency",
        "shipping": "total_shipping_tax_incl",
        "discount": _discount,
    },
    lines=_lines,
    line={
        "id": "id",
        "product": "product_id",
        "variant": lambda row: None if (own := row.get("product_attribute_id")) in NONE else own,
        "sku": "product_reference?",
        "title": "product_name?",
        "quantity": "product_quantity",
        "total": WITH_TAX,
        "tax": lambda row: WITH_TAX(row) - WITHOUT(row),
    },
    discounts="rules",
    discount={
        "code": "code",
        "amount": "value",
        "kind": lambda rule: None if rule["code"] else "automatic",
    },
)


class PrestaShop(OrderStatuses, RestSource, PrestaShopAccount):
    """Customers, orders, slips, carts, products and categories of one PrestaShop."""

    kind = "prestashop"

    @stream("/categories", params=FULL | {"display": "[id,id_parent,name]"}, reads=Xml("category"))
    def categories(self, raw: Raw) -> Iterator[Category]:
        """The tree of categories."""
        parent = None if raw.get("id_parent") in NONE else raw["id_parent"]
        yield Category(id=raw["id"], title=text_of(raw["name"]), parent=parent)

    @stream("/products", cursor=CHANGED, params=FULL, reads=Xml("product"))
    def products(self, raw: Raw) -> Iterator[Product]:
        """Products with their brand and their price without tax."""
        own = raw.get("id_category_default")
        shelves = several(dig(raw, "associations.categories"), "category")
        yield Product(
            id=raw["id"], updated_at=utc(raw["date_upd"]), sku=raw.get("reference"),
            title=text_of(raw["name"]), brand=raw.get("manufacturer_name"), price=raw.get("price"),
            tax_included=False, category=None if own in NONE else own,
            categories=tuple(each["id"] for each in shelves if each["id"] != own),
        )  # fmt: skip

    @stream(
        "/customers", params=FULL, reads=Xml("customer"), between=Newest(CHANGED, include=""),
        parents=Parents(ADDRESSES, named="id", include="filter[id_customer]", written=any_of),
        beside={"groups": GROUPS, "countries": listed("countries", "country")},
    )  # fmt: skip
    def customers(
        self, raw: Raw, addresses: Raw = NOTHING, *, groups: Raw, countries: Raw
    ) -> Iterator[Contact | Consent | GroupMember | Deleted]:
        """Accounts and guests, with their newest address, their groups and their consent."""
        if raw.get("deleted") == "1":
            yield Deleted(noun="Contact", id=raw["id"])
            return
        living = [each for each in addresses.get("all", ()) if each.get("deleted") != "1"]
        address = living[-1] if living else {}
        birthday = raw.get("birthday")
        yield Contact(
            id=raw["id"], updated_at=utc(raw["date_upd"]), created=utc(raw.get("date_add")),
            email=raw["email"], first_name=raw.get("firstname"), last_name=raw.get("lastname"),
            gender=GENDERS.get(str(raw.get("id_gender"))),
            birthday=None if str(birthday).startswith("0000") else birthday,
            phone=address.get("phone_mobile") or address.get("phone"), city=address.get("city"),
            postcode=address.get("postcode"),
            country=dig(countries, f"{address.get('id_country')}.iso_code"),
        )  # fmt: skip
        allowed = utc(raw.get("newsletter_date_add"))
        if raw.get("newsletter") in ("0", "1") and isinstance(allowed, datetime):
            granted = raw["newsletter"] == "1"
            at = allowed if granted else utc(raw["date_upd"])
            yield Consent(contact=raw["id"], channel="email", granted=granted, at=at)
        for each in several(dig(raw, "associations.groups"), "group"):
            title = text_of(dig(groups, f"{each['id']}.name"))
            yield GroupMember(contact=raw["id"], group=each["id"], title=title)

    @stream(
        "/carts", cursor=CHANGED, params=FULL, reads=Xml("cart"), beside={"currency": CURRENCY},
        parents=Parents(ORDERED, named="id", include="filter[id_cart]", written=any_of),
    )  # fmt: skip
    def carts(self, raw: Raw, order: Raw = NOTHING, *, currency: Raw) -> Iterator[Cart]:
        """Carts of customers, and the order that each became."""
        owner, rows = raw["id_customer"], several(dig(raw, "associations.cart_rows"), "cart_row")
        if rows and owner not in NONE:
            yield Cart(
                id=raw["id"], contact=owner, at=utc(raw["date_upd"]),
                updated_at=utc(raw["date_upd"]), currency=currency.get("iso_code"),
                order=order.get("id"),
                lines=tuple(CartLine(product=each["id_product"]) for each in rows),
            )  # fmt: skip

    @stream(
        "/orders", cursor=CHANGED, params=FULL, reads=Xml("order"),
        parents=Parents(RULES, named="id", include="filter[id_order]", written=any_of),
        beside={
            "currency": CURRENCY,
            "state": listed("order_states", "order_state", by="current_state"),
            "codes": listed("cart_rules", "cart_rule"),
        },
    )  # fmt: skip
    def orders(
        self, raw: Raw, rules: Raw = NOTHING, *, currency: Raw, state: Raw, codes: Raw
    ) -> Iterator[Order]:
        """Orders with their lines and codes."""
        entered = [
            {**each, "code": dig(codes, f"{each['id_cart_rule']}.code")}
            for each in rules.get("all", ())
            if each.get("deleted") != "1"
        ]
        counts = "fulfilled" if state.get("shipped") == "1" else "paid"
        usual = counts if raw["valid"] == "1" else "pending"
        name = text_of(state.get("name"))
        status = order_status(name, self.statuses, {name: usual})
        known = {"rules": entered, "status": status, "currency": currency["iso_code"]}
        yield SALES.build({**raw, **known}, self.statuses, channel="web")

    @stream("/order_slip", cursor=CHANGED, params=FULL, reads=Xml("order_slip"))
    def slips(self, raw: Raw) -> Iterator[Refund]:
        """Credit slips: goods and shipping that were given back."""
        goods = amount_of(raw["total_products_tax_incl"])
        rows = several(dig(raw, "associations.order_slip_details"), "order_slip_detail")
        yield Refund(
            id=raw["id"], order=raw["id_order"], at=utc(raw["date_add"]),
            updated_at=utc(raw["date_upd"]),
            total=goods + amount_of(raw["total_shipping_tax_incl"]), goods=None if rows else goods,
            lines=tuple(
                RefundLine(line=each["id_order_detail"], quantity=each["product_quantity"],
                           total=each["amount_tax_incl"])
                for each in rows
            ),
        )  # fmt: skip
