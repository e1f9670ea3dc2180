"""Orders with their lines and coupons, the guests among the buyers, and refunds."""

import hashlib
import hmac
import html
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from connectors.kit import (
    Contact,
    Line,
    Order,
    OrderDiscount,
    Raw,
    Refund,
    RefundLine,
    RestSource,
    stream,
    utc,
)
from connectors.woocommerce.account import (
    BY_ID,
    IN_UTC,
    MODIFIED,
    WooCommerceShop,
    moment,
    noted,
    place,
)
from connectors.woocommerce.raws import RawLine, RawOrder

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


class Orders(WooCommerceShop, RestSource):
    """Reads orders and refunds."""

    store_meta: str | None = None
    """Key of the order's meta data that names the store where it was bought, like _store."""

    @stream("/orders", cursor=MODIFIED, params={**BY_ID, **IN_UTC, "dp": "4"})
    def orders(self, raw: RawOrder) -> Iterator[Contact | Order]:
        """Orders with their lines and coupons, and the guests among the buyers."""
        contact = str(raw["customer_id"]) if raw["customer_id"] else self._guest(raw)
        changed = moment(raw, "date_modified_gmt")
        billing = raw.get("billing") or {}
        if contact and not raw["customer_id"]:
            yield Contact(
                id=contact,
                updated_at=changed,
                email=billing["email"],
                first_name=billing.get("first_name"),
                last_name=billing.get("last_name"),
                **place(billing),
            )
        taxed = bool(raw.get("prices_include_tax"))
        yield Order(
            id=raw["id"],
            updated_at=changed,
            contact=contact,
            placed_at=utc(raw["date_created_gmt"]),
            status=STATUS.get(raw["status"], raw["status"]),
            channel="pos" if raw.get("created_via") in TILLS else "web",
            store=noted(raw, self.store_meta) if self.store_meta else None,
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

    @stream(
        "/orders/{order}/refunds",
        params={"dp": "4"},
        each="orders",
        when="refunds",
        fill={"order": "id"},
        looks_back=REFUNDS_SHOW_UP_WITHIN,
    )
    def refunds(self, raw: Raw, order: Raw) -> Iterator[Refund]:
        """What was given back; a refund's amounts are negative there and positive here."""
        taxed = bool(order.get("prices_include_tax"))
        lines = tuple(_refund_line(line, taxed=taxed) for line in raw["line_items"])
        total = abs(Decimal(raw["amount"]))
        besides = [*(raw.get("shipping_lines") or ()), *(raw.get("fee_lines") or ())]
        # What was given back without naming lines is for goods, but for shipping and fees.
        goods = total + sum(_sum(each, "total", "total_tax") for each in besides)
        yield Refund(
            id=raw["id"],
            order=order["id"],
            at=utc(raw["date_created_gmt"]),
            total=total,
            goods=None if lines else goods,
            lines=lines,
        )

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


def _line(raw: RawLine, *, taxed: bool, coupons: bool) -> Line:
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


def _refund_line(raw: Raw, *, taxed: bool) -> RefundLine:
    named = noted(raw, REFUNDED_LINE)
    return RefundLine(
        line=NO_LINE if named is None else named,
        quantity=abs(Decimal(raw["quantity"])),
        total=abs(_sum(raw, "total", taxed and "total_tax")),
        tax=abs(_sum(raw, "total_tax")),
    )


def _sum(raw: Raw, *names: str | bool) -> Decimal:
    # Amounts may be absent or blank; a name may be False, so that it does not count.
    total = Decimal()
    for name in names:
        if isinstance(name, str) and (amount := raw.get(name)):
            total += Decimal(str(amount))
    return total
