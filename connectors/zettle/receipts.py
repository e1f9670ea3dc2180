"""Receipts as orders and refunds."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypedDict

from connectors.kit import Order, OrderTable, Raw, Refund, RefundLine, minor_units, utc


class RawReceipt(TypedDict, total=False):
    """The parts of a receipt that are read; any may be absent, and of any type."""

    purchaseUUID1: Any
    timestamp: Any
    source: Any
    currency: Any
    amount: Any
    products: Any
    discounts: Any
    serviceCharge: Any
    refund: Any
    refundsPurchaseUUID1: Any


AnyReceipt = Raw | RawReceipt


def _service(raw: AnyReceipt) -> Decimal:
    """Return the service charge, such as a delivery."""
    return abs(_number((raw.get("serviceCharge") or {}).get("amount"))) * _unit(raw)


def _unit(raw: AnyReceipt) -> Decimal:
    return minor_units(1, raw["currency"]) or Decimal()


def _sign(raw: AnyReceipt) -> int:
    return -1 if raw.get("refund") else 1


def _number(value: Any) -> Decimal:
    return Decimal(str(value)) if value is not None else Decimal()


def _whole(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1), ROUND_HALF_UP)


_NAMES = ("name", "variantName")
# A receipt is paid, so there are no statuses.
RECEIPT = OrderTable(
    tax_included=True,
    order={
        "id": "purchaseUUID1",
        "updated_at": lambda raw: utc(raw["timestamp"]),
        "placed_at": lambda raw: utc(raw["timestamp"]),
        "channel": lambda raw: "web" if raw.get("source") == "WEB_SHOP" else "pos",
        "currency": "currency",
        "total": lambda raw: _sign(raw) * _number(raw["amount"]) * _unit(raw) - _service(raw),
        "shipping": _service,
    },
    lines="products",
    line={
        "id": "id",
        "product": lambda row: row.get("variantUuid") or row.get("productUuid"),
        "sku": "sku?",
        # A custom amount has one name in both.
        "title": lambda row: ", ".join(dict.fromkeys(filter(None, map(row.get, _NAMES)))),
        "quantity": "quantity",
        "total": "charged",
        "list_price": "list_price",
        "gift_card": lambda row: row.get("type") == "GIFTCARD",
    },
)
"""The vendor's names, and its meaning of them."""


def sale(raw: AnyReceipt) -> Order:
    """Return a receipt as an order that belongs to nobody; amounts of a refund are positive too."""
    return RECEIPT.build({**raw, "products": _articles(raw)})


def refund(raw: AnyReceipt) -> Refund:
    """Return a receipt of a refund; one that names no sale lowers none."""
    receipt, total = sale(raw), -_number(raw["amount"]) * _unit(raw)
    return Refund(
        id=receipt.id,
        order=raw.get("refundsPurchaseUUID1") or receipt.id,
        updated_at=receipt.updated_at,
        at=receipt.placed_at,
        total=total,
        goods=None if receipt.lines else receipt.total,
        lines=tuple(
            RefundLine(line=each.id, quantity=each.quantity, total=each.total or Decimal())
            for each in receipt.lines
        ),
    )


def _articles(raw: AnyReceipt) -> list[dict[str, Any]]:
    """Return the rows of a receipt, those of one article at one price together.

    `charged` is their price after all discounts. The discount of the whole receipt is distributed
    over its rows by their prices, and so is its rounding.
    """
    rows, unit = raw.get("products") or (), _unit(raw)
    counts = [_sign(raw) * _number(row["quantity"]) for row in rows]
    full = [_whole(n * _number(row["unitPrice"])) for n, row in zip(counts, rows, strict=True)]
    off = [abs(_number(row.get("discountValue"))) for row in rows]
    price = sum(full, Decimal()) - sum(off, Decimal())
    left = price - min(_discount(raw, price), price)
    articles: dict[str, dict[str, Any]] = {}
    priced = given = Decimal()
    for row, quantity, gross, less in zip(rows, counts, full, off, strict=True):
        priced += gross - less
        charged = _whole(priced * left / price) - given if price else Decimal()
        given += charged
        id_ = f"{row.get('variantUuid') or row.get('name') or row['type']}:{row['unitPrice']}"
        so_far = articles.get(id_, {"quantity": 0, "charged": 0})
        articles[id_] = {
            **row,
            "id": id_,
            "list_price": _number(row["unitPrice"]) * unit,
            "quantity": so_far["quantity"] + quantity,
            "charged": so_far["charged"] + charged * unit,
        }
    return list(articles.values())


def _discount(raw: AnyReceipt, price: Decimal) -> Decimal:
    """Return the discounts of the whole receipt, percentages or amounts, in minor units."""
    discounts = raw.get("discounts") or ()
    parts = sum((_number(each.get("percentage")) for each in discounts), Decimal())
    amounts = sum((abs(_number(each.get("amount"))) for each in discounts), Decimal())
    return _whole(price * parts / 100 + amounts)
