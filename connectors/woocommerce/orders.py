"""Orders with their lines, coupons and buyers, and refunds."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from connectors.kit import (
    Order,
    OrderStatuses,
    OrderTable,
    Raw,
    Refund,
    RefundLine,
    RestSource,
    Taxed,
    stream,
    unescaped,
    utc,
)
from connectors.woocommerce.account import (
    BY_ID,
    IN_UTC,
    MODIFIED,
    WooCommerceShop,
    moment,
    noted,
)
from connectors.woocommerce.people import buyer
from connectors.woocommerce.raws import RawOrder

REFUNDS_SHOW_UP_WITHIN = timedelta(days=60)

# How the tills that write into WooCommerce sign their orders.
TILLS = {"pos", "pos-rest-api", "woocommerce-pos"}
TOTAL = Taxed("total", "total_tax")
SHIPPING = Taxed("shipping_total", "shipping_tax")


def _credit(raw: Raw) -> Decimal:
    """Points, store credit and trade discounts, which are negative fees, with their tax."""
    fees = (TOTAL.of(fee, included=True) for fee in raw.get("fee_lines") or ())
    return -sum((fee for fee in fees if fee < 0), Decimal())


def _charge(raw: Raw) -> Decimal | None:
    """The total without shipping of an order that has no lines: fees, a course."""
    if raw["line_items"]:
        return None
    return Decimal(str(raw.get("total") or 0)) - SHIPPING.of(raw, included=True)


ORDER = OrderTable(
    statuses={
        "on-hold": "pending",
        "processing": "paid",
        "completed": "fulfilled",
        "checkout-draft": "draft",
        "auto-draft": "draft",
        "trash": "cancelled",
    },
    tax_included="prices_include_tax",
    order={
        "id": "id",
        "parent": lambda raw: raw.get("parent_id") or None,
        "placed_at": lambda raw: utc(raw["date_created_gmt"]),
        "status": "status",
        "channel": lambda raw: "pos" if raw.get("created_via") in TILLS else "web",
        "currency": "currency",
        "total": _charge,
        "shipping": SHIPPING,
        # With tax in either mode: the lines' tax is counted in full.
        "discount": _credit,
    },
    lines="line_items",
    line={
        "id": "id",
        "product": lambda raw: raw.get("product_id") or None,
        "sku": "sku?",
        "title": lambda raw: unescaped(raw["name"]),
        "quantity": "quantity",
        "subtotal": Taxed("subtotal", "subtotal_tax"),
        "total": TOTAL,
        "tax": lambda raw: raw.get("total_tax") or 0,
    },
    discounts="coupon_lines",
    discount={
        "code": lambda raw: unescaped(raw["code"]),
        "amount": Taxed("discount", "discount_tax"),
    },
)
# Where a refund's line names the order's line; no line has the number 0.
REFUNDED_LINE = "_refunded_item_id"
NO_LINE = "0"


class Orders(OrderStatuses, WooCommerceShop, RestSource):
    """Reads orders and refunds."""

    store_meta: str | None = None
    """Key of the order's meta data that names the store where it was bought, like _store."""

    @stream("/orders", cursor=MODIFIED, params={**BY_ID, **IN_UTC, "dp": "4"}, by_ids="include")
    def orders(self, raw: RawOrder) -> Iterator[Order]:
        """Orders with their lines and coupons; guests are told by their bills alone."""
        yield ORDER.build(
            raw,
            self.statuses,
            updated_at=moment(raw, "date_modified_gmt"),
            contact=raw["customer_id"] or None,
            buyer=buyer(raw.get("billing") or {}),
            store=noted(raw, self.store_meta) if self.store_meta else None,
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
        """Refunds; their amounts are negative there and positive here."""
        taxed = bool(order.get("prices_include_tax"))
        lines = tuple(_refund_line(line, taxed=taxed) for line in raw["line_items"])
        total = abs(Decimal(raw["amount"]))
        besides = [*(raw.get("shipping_lines") or ()), *(raw.get("fee_lines") or ())]
        # A refund that names no lines is for goods, apart from shipping and fees.
        goods = total + sum(TOTAL.of(each, included=True) for each in besides)
        yield Refund(
            id=raw["id"],
            order=order["id"],
            at=utc(raw["date_created_gmt"]),
            total=total,
            goods=None if lines else goods,
            lines=lines,
        )


def _refund_line(raw: Raw, *, taxed: bool) -> RefundLine:
    named = noted(raw, REFUNDED_LINE)
    return RefundLine(
        line=NO_LINE if named is None else named,
        quantity=abs(Decimal(raw["quantity"])),
        total=abs(TOTAL.of(raw, included=taxed)),
        tax=abs(Decimal(str(raw.get("total_tax") or 0))),
    )
