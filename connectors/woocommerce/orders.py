"""Orders with their lines, coupons and buyers, and refunds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from connectors.kit import (
    Declared,
    LookBack,
    Order,
    OrderStatuses,
    OrderTable,
    Parents,
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
    AS_SAVED,
    BY_ID,
    BY_MODIFIED,
    CREATED,
    IN_UTC,
    MODIFIED,
    SAVED_ORDERS,
    WooCommerceShop,
    moment,
    noted,
    own_fields,
)
from connectors.woocommerce.people import buyer
from connectors.woocommerce.raws import RawOrder, RawRefund, RawRefunded

PAST = timedelta(days=60)
"""Trash, deletion and, on the older storage of orders, line edits and refunds are told by no
date (https://github.com/woocommerce/woocommerce/issues/28969): so much is looked through daily."""
NOTHING: Raw = MappingProxyType({})
REFUNDED = Declared("/orders", params={"status": "any"}, shape=RawRefunded)
CHANGED = replace(SAVED_ORDERS, shape=RawRefunded)

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


def _attributed(raw: Raw) -> dict[str, Any]:
    """Where the visit came from that led to an order.

    https://woocommerce.com/document/order-attribution-tracking/; the keys are those of
    https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/src/Internal/Traits/OrderAttributionMeta.php,
    where a visit without a source is `(direct)` and nothing is `(none)`.
    """
    noted_as = {"source": "utm_source", "campaign": "utm_campaign"}
    found = {name: noted(raw, f"_wc_order_attribution_{key}") for name, key in noted_as.items()}
    return {
        name: None if value == "(none)" else value.strip("()") if value == "(direct)" else value
        for name, value in found.items()
    }


def _kit(raw: Raw) -> Any:
    """The line of the bundle that a component without a charge of its own belongs to.

    One with a charge is paid for beside the bundle:
    https://woocommerce.com/document/bundles/bundles-rest-api-reference/
    """
    if TOTAL.of(raw, included=False):
        return None
    return raw.get("bundled_by") or raw.get("composite_parent") or None


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
        "ship_country": lambda raw: (raw.get("shipping") or {}).get("country"),
        "total": _charge,
        "shipping": SHIPPING,
        # With tax in either mode: the lines' tax is counted in full.
        "discount": _credit,
    },
    lines="line_items",
    line={
        "id": "id",
        "parent": _kit,
        "product": lambda raw: raw.get("product_id") or None,
        "variant": lambda raw: raw.get("variation_id") or None,
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
    order_fields: tuple[str, ...] = ()
    """Keys of the order's meta data that are read as fields of its own, like gift; rules name them
    `custom.gift`."""
    attribution: bool = False
    """Whether the source and the campaign of orders are read, which WooCommerce notes since 8.5."""

    def fields_of(self, shape: type) -> Sequence[str]:
        """Without meta data where no setting reads any: extensions write most of an order."""
        reads = self.store_meta or self.order_fields or self.attribution
        unread = shape is RawOrder and not reads
        return [each for each in super().fields_of(shape) if not (unread and each == "meta_data")]

    @stream(
        "/orders",
        cursor=MODIFIED,
        pages=AS_SAVED,
        ordered=True,
        params={**BY_MODIFIED, "dp": "4"},
        daily=LookBack(
            "Order",
            PAST,
            CREATED,
            fields=("date_modified_gmt", "status", "total", "refunds", "billing"),
            params=({**BY_ID, "status": "any"}, {**BY_ID, "status": "trash"}),
            ask="_fields",
        ),
    )
    def orders(self, raw: RawOrder) -> Iterator[Order]:
        """Orders with their lines and coupons; guests are told by their bills alone."""
        yield ORDER.build(
            raw,
            self.statuses,
            updated_at=moment(raw, "date_modified_gmt"),
            contact=raw["customer_id"] or None,
            buyer=buyer(raw.get("billing") or {}),
            store=noted(raw, self.store_meta) if self.store_meta else None,
            **(_attributed(raw) if self.attribution else {}),
            **own_fields(raw, self.order_fields),
        )

    @stream(
        "/refunds",
        cursor=CREATED,
        pages=replace(AS_SAVED, key=CREATED),
        ordered=True,
        params={"orderby": "date", "order": "asc", **IN_UTC, "dp": "4"},
        parents=Parents(REFUNDED, named="parent_id"),
        daily=LookBack("Refund", PAST, CREATED, fields=("amount",), params=(BY_ID,), ask="_fields"),
        instead=Declared(
            "/orders/{order}/refunds",
            params={"dp": "4"},
            each=CHANGED,
            when="refunds",
            fill={"order": "id"},
            looks_back=PAST,
        ),
    )
    def refunds(self, raw: RawRefund, order: Raw = NOTHING) -> Iterator[Refund]:
        """Refunds; their amounts are negative there and positive here."""
        taxed = bool(order.get("prices_include_tax"))
        lines = tuple(_refund_line(line, taxed=taxed) for line in raw["line_items"])
        total = abs(Decimal(raw["amount"]))
        besides = [*(raw.get("shipping_lines") or ()), *(raw.get("fee_lines") or ())]
        # A refund that names no lines is for goods, apart from shipping and fees.
        goods = total + sum(TOTAL.of(each, included=True) for each in besides)
        yield Refund(
            id=raw["id"],
            order=raw.get("parent_id") or order["id"],
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
