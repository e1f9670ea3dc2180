"""Receipts as orders and refunds."""

from connectors.kit import OrderTable, Raw, amount_of

SUMS = ("quantity", "total_money", "total_discount")


def _articles(raw: Raw) -> list[Raw]:
    """Return the rows of a receipt, those of one article at one price together."""
    articles: dict[str, Raw] = {}
    for row in raw.get("line_items") or ():
        id_ = f"{row.get('variant_id') or row.get('item_id') or row['item_name']}:{row['price']}"
        alike = articles.get(id_, {})
        sums = {name: abs(amount_of(row.get(name))) + alike.get(name, 0) for name in SUMS}
        articles[id_] = {**row, "id": id_, **sums}
    return list(articles.values())


def _title(row: Raw) -> str:
    return ", ".join(filter(None, (row.get("item_name"), row.get("variant_name"))))


RECEIPT = OrderTable(
    # Goods are handed over at the till.
    statuses={"SALE": "fulfilled", "REFUND": "fulfilled"},
    order={
        "id": "receipt_number",
        "updated_at": ("updated_at?", "created_at?"),
        "placed_at": ("receipt_date?", "created_at"),
        "status": lambda raw: "cancelled" if raw.get("cancelled_at") else raw["receipt_type"],
        "channel": lambda _: "pos",
        "store": "store_id?",
        "contact": "customer_id?",
    },
    lines=_articles,
    line={
        "id": "id",
        "product": ("item_id?", "variant_id?"),
        "variant": "variant_id?",
        "sku": "sku?",
        "title": _title,
        "quantity": "quantity",
        "total": "total_money",
        "discount": lambda row: row["total_discount"] or None,
    },
)
"""Receipts with tax in every amount; those of a refund are positive too."""
