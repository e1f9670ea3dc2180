"""The streams of one shop."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr

from connectors.kit import (
    Cart,
    CartLine,
    Category,
    Consent,
    Contact,
    Cursor,
    Declared,
    FieldNames,
    Form,
    GroupMember,
    LookBack,
    Order,
    OrderStatuses,
    Product,
    Raw,
    RawPage,
    Refund,
    RestSource,
    SinglePage,
    Store,
    Stream,
    Window,
    custom_forms,
    dig,
    iso,
    named_field,
    readable,
    stream,
)
from connectors.shopify import documents
from connectors.shopify.account import MODIFIED, SEARCH
from connectors.shopify.bulk import InBulk
from connectors.shopify.people import number, person
from connectors.shopify.sales import money, sale

ID = "legacyResourceId"
MANY = 2_500
"""Rows of a list after which the rest is read in bulk."""
SIXTY_DAYS, A_LIFE = timedelta(days=60), timedelta(days=36_500)
_APP = "data.currentAppInstallation"
SCOPES = Declared(
    query=documents.SCOPES, at=_APP, items=f"{_APP}.accessScopes", pages=SinglePage(), id="handle"
)


def _below(query: str, at: str) -> Declared:
    return Declared(query=query, at=at, size=50, fill={"variables.id": "id"})


def _look_back(noun: str, past: timedelta, query: str, since: str | None = None) -> LookBack:
    """A daily look for what was deleted, which no list tells."""
    made = Cursor("createdAt", since=since, format=lambda at: f"created_at:>='{iso(at)}'")
    return LookBack(
        noun, past, made, fields=(), query=query, include=SEARCH,
        named=lambda ids: " OR ".join(f"id:{each}" for each in ids),
    )  # fmt: skip


def _ids(raw: Raw, path: str) -> list[Any]:
    return [each[ID] for each in dig(raw, path) or () if each]


class ShopifySource(OrderStatuses, InBulk, RestSource):
    """Reads one shop."""

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the metafields of customers that hold them, by namespace and key:
    { gender = "facts.gender", "custom.size" = "custom.size" }."""
    all_orders: bool = True
    """Whether orders of more than sixty days ago are wanted, for which the app needs the scope
    read_all_orders."""

    _scopes: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a metafield's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    @stream(query=documents.LOCATIONS, at="data.locations", id=ID)
    def locations(self, raw: Raw) -> Iterator[Store]:
        """The stores, closed ones too."""
        yield Store(
            id=raw[ID],
            title=raw["name"],
            city=dig(raw, "address.city"),
            postcode=dig(raw, "address.zip"),
            country=dig(raw, "address.countryCode"),
            updated_at=raw["updatedAt"],
        )

    @stream(query=documents.COLLECTIONS, at="data.collections", id=ID, every=timedelta(hours=1))
    def collections(self, raw: Raw) -> Iterator[Category]:
        """Collections, which are a product's categories."""
        yield Category(id=raw[ID], title=raw["title"], updated_at=raw["updatedAt"])

    @stream(
        query=documents.PRODUCTS,
        at="data.products",
        cursor=MODIFIED,
        size=50,
        ordered=True,
        id=ID,
        nested={
            "variants": _below(documents.PRODUCT_VARIANTS, "data.product.variants"),
            "collections": _below(documents.PRODUCT_COLLECTIONS, "data.product.collections"),
        },
    )
    def products(self, raw: Raw) -> Iterator[Product]:
        """Products and their variants; what was deleted stays known."""
        price = raw["priceRangeV2"]["minVariantPrice"]
        first, *others = _ids(raw, "collections.nodes") or [None]
        yield Product(
            id=raw[ID],
            updated_at=raw["updatedAt"],
            title=raw["title"],
            brand=raw.get("vendor"),
            price=price["amount"],
            currency=price["currencyCode"],
            category=first,
            categories=others,
            gift_card=raw["isGiftCard"],
        )
        for each in raw["variants"]["nodes"]:
            yield Product(
                id=each[ID],
                parent=raw[ID],
                updated_at=raw["updatedAt"],
                sku=each.get("sku"),
                title=None if each.get("title") == "Default Title" else each.get("title"),
                price=each["price"],
                list_price=each.get("compareAtPrice") or each["price"],
                currency=price["currencyCode"],
            )

    @stream(
        query=documents.CUSTOMERS,
        at="data.customers",
        cursor=MODIFIED,
        size=100,
        ordered=True,
        id=ID,
        daily=_look_back("Contact", A_LIFE, documents.CUSTOMER_IDS),
    )
    def customers(self, raw: Raw) -> Iterator[Consent | Contact]:
        """Everybody with an account or a purchase, and what they allowed."""
        return person(raw, self.fields)

    @stream(
        query=documents.TAGS,
        at="data.tagged",
        size=250,
        id=ID,
        every=timedelta(hours=6),
    )
    def tags(self, raw: Raw) -> Iterator[GroupMember]:
        """The tags of each customer."""
        for tag in raw["tags"]:
            yield GroupMember(contact=raw[ID], group=tag)

    @stream(
        query=documents.ORDERS,
        at="data.orders",
        cursor=MODIFIED,
        size=25,
        ordered=True,
        id=ID,
        nested={
            "lineItems": _below(documents.ORDER_LINES, "data.order.lineItems"),
            "refunds.refundLineItems": _below(
                documents.REFUND_LINES, "data.refund.refundLineItems"
            ),
            "refunds.refundShippingLines": _below(
                documents.REFUND_FREIGHT, "data.refund.refundShippingLines"
            ),
        },
        beside={"scopes": SCOPES},
        daily=_look_back("Order", SIXTY_DAYS, documents.ORDER_IDS, SEARCH),
    )
    def orders(self, raw: Raw, scopes: Raw) -> Iterator[Refund | Order]:  # noqa: ARG002 - asked about
        """Orders with their lines and discounts, and what was given back of them."""
        return sale(raw, self.statuses)

    @stream(
        query=documents.CHECKOUTS,
        at="data.abandonedCheckouts",
        cursor=MODIFIED,
        size=20,
    )
    def carts(self, raw: Raw) -> Iterator[Cart]:
        """Checkouts that were begun and left."""
        yield Cart(
            id=number(raw["id"]),
            contact=dig(raw, "customer.legacyResourceId"),
            at=raw["updatedAt"],
            updated_at=raw["updatedAt"],
            status="ordered" if raw.get("completedAt") else "open",
            url=raw.get("abandonedCheckoutUrl"),
            total=money(raw, "totalPriceSet"),
            currency=dig(raw, "totalPriceSet.shopMoney.currencyCode"),
            lines=[CartLine(product=id_) for id_ in _ids(raw, "lineItems.nodes.*.product")],
        )

    def streams(self) -> Sequence[Stream]:
        """Every stream; of orders as far back as the shop shows them."""
        keeps = {} if self.all_orders else {"orders": SIXTY_DAYS}
        return [replace(each, keeps=keeps.get(each.name)) for each in super().streams()]

    def walk(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
        position: str | None = None,
    ) -> Iterator[RawPage]:
        """Yield the pages of a list; of very many changed rows, the rest is read in bulk."""
        keys = [named_field(each).name for each in self.fields.values()]
        query, shown, wanted = declared.query, 0, MANY
        if query == documents.CUSTOMERS and keys:
            variables = {"keys": keys, "metafields": True}
            declared = replace(declared, body={"query": query, "variables": variables})
        for page in super().walk(declared, window, fill, position):
            yield page
            shown += len(page.items)
            at = MODIFIED.at(page.items[-1]) if page.items and declared.ordered else None
            if at is None or window is None or page.last or shown < wanted:
                continue
            search = MODIFIED.format(at)
            if not window.live:
                search += f" AND updated_at:<='{iso(window.until)}'"
            if (rest := self.in_bulk(documents.in_bulk(query, search, keys))) is not None:
                yield from rest
                return
            # Another operation runs; pages go on, and it is tried again after as many rows.
            wanted = shown + MANY

    def look_up(self, declared: Declared, window: Window | None = None) -> dict[str, Any]:
        """Return the rows of a small list; the scopes of the token are noted."""
        rows = super().look_up(declared, window)
        if declared is SCOPES:
            self._scopes = rows
        return rows

    def questions(self, stream: str, raws: Sequence[Any]) -> Iterable[str]:  # noqa: ARG002
        """Ask about a version that has ended, and about orders that the shop does not show."""
        if self._spoken and self._spoken != self.version:
            yield (
                f"Shopify answers by version {self._spoken}, because {self.version} has ended; "
                "read what has changed at shopify.dev/changelog, then write version = "
                f'"{self._spoken}" in the connection'
            )
        if stream == "orders" and self.all_orders and "read_all_orders" not in self._scopes:
            yield (
                "Shopify shows the orders of the last sixty days alone; grant your app the scope "
                "read_all_orders, or write all_orders = false in the connection"
            )
