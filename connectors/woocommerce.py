"""WooCommerce: customers, guests, orders, refunds, products and categories of one shop.

Fact sheet, from `api-specs/README.md` and `api-specs/woocommerce/`:
- API: REST v3 at `https://{shop}/wp-json/wc/v3`, since WooCommerce 3.5.
- Auth: consumer key and secret with read access, HTTP basic over https.
- Paging: `page` and `per_page` (100 at most), totals in `X-WP-Total` and `X-WP-TotalPages`;
  rows that vanish shift the pages, which the kit sees by the total and steps back.
- Cursor: `modified_after` and `modified_before` of orders and products, in UTC only with
  `dates_are_gmt`; no order by modification, so the checkpoint moves at the window's end.
  Customers and categories have no date filter at all: full scans, which also show who is gone.
- Limits: none of its own; hosting firewalls answer 429 and 503.
- Money: texts. A line's `total` is after coupons and without tax, even where the shop's prices
  include it; here a line then carries its tax, so that it compares with the product's price.
- Batch: up to 100 objects, not used by a source.
- What it cannot do: a guest has no id (`customer_id` 0); a line does not tell its list price (the
  product's regular price stands for it; a variable product has none of its own); a partial refund
  need not count as a modification (woocommerce/woocommerce#28969), so once a day the orders of
  sixty days are looked through; deleted orders, products and refunds are not told. Coupons come
  with the orders that used them: their own list tells no date and no order.
- Brands: `brands` of a product, newer than the description; else the attribute that
  `brand_attribute` names. Gift cards are extensions' product types, hence a setting.
"""

import hashlib
import hmac
import html
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.kit import (
    Address,
    Category,
    Contact,
    Credential,
    Cursor,
    Line,
    Listed,
    NumberedPages,
    Order,
    OrderDiscount,
    Page,
    Product,
    Raw,
    Reading,
    Refund,
    RefundLine,
    RestSource,
    Secret,
    Window,
    basic,
    iso_without_zone,
    stream,
    utc,
)

MODIFIED = Cursor(
    "date_modified_gmt",
    since="modified_after",
    until="modified_before",
    format=iso_without_zone,
    exclusive=True,
)
REFUNDS_SHOW_UP_WITHIN = timedelta(days=60)

# A shop may invent statuses of its own; those stay as they are.
STATUS = {
    "on-hold": "pending",
    "processing": "paid",
    "completed": "fulfilled",
    "checkout-draft": "draft",
}
# Where a refund's line names the order's line; no line has the number 0.
REFUNDED_LINE = "_refunded_item_id"
NO_LINE = "0"
# How the tills that write into WooCommerce sign their orders.
TILLS = {"pos", "pos-rest-api", "woocommerce-pos"}


class WooCommerce(RestSource):
    """Customers, guests, orders, refunds, products and categories of one WooCommerce shop."""

    kind = "woocommerce"
    base_url = "{self.url}/{self.prefix}/wc/v3"
    pages = NumberedPages(size=100, total_header="X-WP-Total", pages_header="X-WP-TotalPages")

    url: Address
    """Address of the shop, like https://shop.example."""
    key: Secret
    """Consumer key with read access (WooCommerce, Settings, Advanced, REST API)."""
    secret: Secret
    """Consumer secret that belongs to the key. It also keys the ids of guests: with a new secret
    a guest's later orders get a new id, and the address joins both to one person."""
    brand_attribute: str | None = None
    """Name of the product attribute that holds the brand, where the shop has no brands."""
    gift_card_types: tuple[str, ...] = ("gift-card", "gift_card", "pw-gift-card")
    """Product types that are gift cards."""
    prefix: str = "wp-json"
    """Path of the REST API below the address of the shop."""

    def credential(self) -> Credential:
        """Key and secret, in a header and never in the address."""
        return basic(self.key, self.secret)

    @stream("/customers", role="all", orderby="id", order="asc")
    def customers(self, raw: Raw) -> Iterator[Contact]:
        """Everybody with an account."""
        billing = raw.get("billing") or {}
        yield Contact(
            id=raw["id"],
            updated_at=_moment(raw, "date_modified_gmt"),
            created=_moment(raw, "date_created_gmt"),
            email=raw.get("email") or billing.get("email"),
            first_name=raw.get("first_name") or billing.get("first_name"),
            last_name=raw.get("last_name") or billing.get("last_name"),
            **_place(billing),
        )

    @stream("/products/categories", orderby="id", order="asc")
    def categories(self, raw: Raw) -> Iterator[Category]:
        """The shelves."""
        yield Category(
            id=raw["id"], title=html.unescape(raw["name"]), parent=raw.get("parent") or None
        )

    @stream("/products", cursor=MODIFIED, dates_are_gmt="true", orderby="id", order="asc")
    def products(self, raw: Raw) -> Iterator[Product]:
        """What the shop sells; the first of its categories is the one that counts."""
        shelves = [each["id"] for each in raw.get("categories") or ()]
        yield Product(
            id=raw["id"],
            updated_at=_moment(raw, "date_modified_gmt"),
            sku=raw.get("sku"),
            title=html.unescape(raw["name"]),
            brand=self._brand(raw),
            price=raw.get("price"),
            list_price=raw.get("regular_price"),
            category=shelves[0] if shelves else None,
            categories=tuple(shelves[1:]),
            gift_card=raw.get("type") in self.gift_card_types,
        )

    @stream("/orders", cursor=MODIFIED, dates_are_gmt="true", orderby="id", order="asc", dp="4")
    def orders(self, raw: Raw) -> Iterator[Contact | Order]:
        """Orders with their lines and coupons, and the guests among the buyers."""
        contact = str(raw["customer_id"]) if raw["customer_id"] else self._guest(raw)
        changed = _moment(raw, "date_modified_gmt")
        billing = raw.get("billing") or {}
        if contact and not raw["customer_id"]:
            yield Contact(
                id=contact,
                updated_at=changed,
                email=billing["email"],
                first_name=billing.get("first_name"),
                last_name=billing.get("last_name"),
                **_place(billing),
            )
        taxed = bool(raw.get("prices_include_tax"))
        yield Order(
            id=raw["id"],
            updated_at=changed,
            contact=contact,
            placed_at=utc(raw["date_created_gmt"]),
            status=STATUS.get(raw["status"], raw["status"]),
            channel="pos" if raw.get("created_via") in TILLS else "web",
            currency=raw["currency"],
            tax_included=taxed,
            shipping=_sum(raw, "shipping_total", taxed and "shipping_tax"),
            lines=tuple(
                _line(line, taxed=taxed, coupons=bool(raw["coupon_lines"]))
                for line in raw["line_items"]
            ),
            discounts=tuple(
                OrderDiscount(
                    code=coupon["code"], amount=_sum(coupon, "discount", taxed and "discount_tax")
                )
                for coupon in raw["coupon_lines"]
            ),
        )

    @stream("/orders/{order}/refunds", cursor=MODIFIED, dp="4")
    def refunds(self, raw: Raw) -> Iterator[Refund]:
        """What was given back; a refund's amounts are negative there and positive here."""
        taxed = bool(raw.get("prices_include_tax"))
        lines = tuple(_refund_line(line, taxed=taxed) for line in raw["line_items"])
        total = abs(Decimal(raw["amount"]))
        besides = [*(raw.get("shipping_lines") or ()), *(raw.get("fee_lines") or ())]
        # What was given back without naming lines is for goods, but for shipping and fees.
        goods = total + sum(_sum(each, "total", "total_tax") for each in besides)
        yield Refund(
            id=raw["id"],
            order=raw["order"],
            at=utc(raw["date_created_gmt"]),
            total=total,
            goods=None if lines else goods,
            lines=lines,
        )

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read one stream; refunds order by order.

        Their state is the day of the last look through older orders.
        """
        if stream != "refunds":
            yield from super().read(stream, window, state)
            return
        today = window.until.date().isoformat()
        if window.since is not None and state != today:
            window = replace(window, since=window.since - REFUNDS_SHOW_UP_WITHIN)
        reading, declared = Reading(self, stream, window), self.declared()
        for orders in self.walk(declared["orders"], window):
            refunds = [
                _of(order, refund)
                for order in orders.items
                # What has no id is a reject of the stream of orders.
                if isinstance(order, dict) and order.get("id") and order.get("refunds")
                if MODIFIED.holds(order, window)
                for part in self.walk(declared["refunds"], order=str(order["id"]))
                for refund in part.items
            ]
            yield reading.page(Listed(refunds), state=today if orders.last else None)

    def _guest(self, raw: Raw) -> str | None:
        """The id of a guest: a keyed hash of the normalized address, so that no id tells it."""
        email = (
            unicodedata.normalize("NFC", (raw.get("billing") or {}).get("email", ""))
            .casefold()
            .strip()
        )
        if "@" not in email:
            return None
        key = self.secret.get_secret_value().encode()
        return "guest:" + hmac.new(key, email.encode(), hashlib.sha256).hexdigest()[:32]

    def _brand(self, raw: Raw) -> str | None:
        named = [brand["name"] for brand in raw.get("brands") or ()]
        if self.brand_attribute:
            wanted = self.brand_attribute.casefold()
            for attribute in raw.get("attributes") or ():
                if attribute["name"].casefold() == wanted:
                    named += attribute.get("options") or ()
        return html.unescape(named[0]) if named else None


def _line(raw: Raw, *, taxed: bool, coupons: bool) -> Line:
    total = _sum(raw, "total", taxed and "total_tax")
    # What lies between subtotal and total a coupon took off; else it was somebody in the shop.
    off = max(_sum(raw, "subtotal", taxed and "subtotal_tax") - total, Decimal())
    return Line(
        id=raw["id"],
        product=raw.get("product_id") or None,
        sku=raw.get("sku"),
        title=html.unescape(raw["name"]),
        quantity=raw["quantity"],
        total=total,
        coupon_discount=off if coupons else None,
        discount=off if off and not coupons else None,
        tax=raw.get("total_tax") or 0,
    )


def _of(order: Raw, refund: Any) -> Any:
    # A refund does not say whose it is, nor whether its order's prices include tax.
    known = {"order": order["id"], "prices_include_tax": order.get("prices_include_tax")}
    return {**refund, **known} if isinstance(refund, dict) else refund


def _refund_line(raw: Raw, *, taxed: bool) -> RefundLine:
    named = [each["value"] for each in raw.get("meta_data") or () if each["key"] == REFUNDED_LINE]
    return RefundLine(
        line=named[0] if named else NO_LINE,
        quantity=abs(Decimal(raw["quantity"])),
        total=abs(_sum(raw, "total", taxed and "total_tax")),
        tax=abs(_sum(raw, "total_tax")),
    )


def _sum(raw: Raw, *names: str | bool) -> Decimal:
    # Amounts may be absent or blank; a name may be False, so that it does not count.
    wanted = [raw.get(name) or 0 for name in names if isinstance(name, str)]
    return sum((Decimal(str(amount)) for amount in wanted), Decimal())


def _moment(raw: Raw, name: str) -> datetime | None:
    return utc(raw[name]) if raw.get(name) else None


def _place(billing: Raw) -> dict[str, str | None]:
    return {
        "phone": billing.get("phone"),
        "country": billing.get("country"),
        "region": billing.get("state"),
        "city": billing.get("city"),
        "postcode": billing.get("postcode"),
    }
