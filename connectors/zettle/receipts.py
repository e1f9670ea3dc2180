"""Receipts as orders and refunds."""

from decimal import Decimal

from connectors.kit import (
    Minor,
    OrderTable,
    Raw,
    amount_of,
    dig,
    distributed,
    rounded,
)


def _sign(raw: Raw) -> int:
    return -1 if raw.get("refund") else 1


def _service(raw: Raw) -> Decimal:
    """Return the service charge, such as a delivery."""
    return abs(amount_of(dig(raw, "serviceCharge.amount")))


def _articles(raw: Raw) -> list[Raw]:
    """Return the rows of a receipt, those of one article at one price together.

    `charged` is their price after all discounts; those of the whole receipt, percentages and
    amounts, are distributed over its rows by their prices.
    """
    rows, discounts = raw.get("products") or (), raw.get("discounts") or ()
    counts = [_sign(raw) * amount_of(row["quantity"]) for row in rows]
    prices = [
        rounded(count * amount_of(row["unitPrice"])) - abs(amount_of(row.get("discountValue")))
        for row, count in zip(rows, counts, strict=True)
    ]
    price = sum(prices, Decimal())
    percent = sum(amount_of(each.get("percentage")) for each in discounts)
    fixed = sum(abs(amount_of(each.get("amount"))) for each in discounts)
    off = min(rounded(price * percent / 100 + fixed), price)
    articles: dict[str, Raw] = {}
    for row, count, charged in zip(rows, counts, distributed(price - off, prices), strict=True):
        id_ = f"{row.get('variantUuid') or row.get('name') or row['type']}:{row['unitPrice']}"
        alike = articles.get(id_, {"quantity": 0, "charged": 0})
        sums = {"quantity": alike["quantity"] + count, "charged": alike["charged"] + charged}
        articles[id_] = {**row, "id": id_, **sums}
    return list(articles.values())


WEB = "WEB_SHOP"
_NAMES = ("name", "variantName")
RECEIPT = OrderTable(
    order={
        "id": "purchaseUUID1",
        "updated_at": "timestamp",
        "placed_at": "timestamp",
        # Goods are handed over at the till; those of the web shop are known to be paid.
        "status": lambda raw: "paid" if raw.get("source") == WEB else "fulfilled",
        "channel": lambda raw: "web" if raw.get("source") == WEB else "pos",
        "currency": "currency",
        "total": Minor(lambda raw: _sign(raw) * amount_of(raw["amount"]) - _service(raw)),
        "shipping": Minor(_service),
    },
    lines=_articles,
    line={
        "id": "id",
        "product": ("variantUuid?", "productUuid?"),
        "sku": "sku?",
        # A custom amount has one name in both.
        "title": lambda row: ", ".join(dict.fromkeys(filter(None, map(row.get, _NAMES)))),
        "quantity": "quantity",
        "total": Minor("charged"),
        "list_price": Minor("unitPrice"),
        "gift_card": lambda row: row.get("type") == "GIFTCARD",
    },
)
"""Receipts that belong to nobody; amounts of a refund are positive too."""
