"""The same purchases in the receipts of Loyverse's API, in crowns with 25 % of tax in them.

https://developer.loyverse.com/docs/
"""

from typing import Any

from connectors.loyverse import Loyverse
from tests.connectors.same_purchases.purchases import IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED, REFUNDED = "2024-03-01T23:30:00.000Z", "2024-03-04T12:00:00.000Z"


def row(article: int, quantity: int, price: float, *, off: float = 0) -> Raw:
    """An article at its price of one; `off` is the discount of the row."""
    total = round(quantity * price - off, 2)
    discounts = [{"id": "off", "type": "FIXED_AMOUNT", "name": "Sale", "money_amount": off}]
    return {
        "id": f"row-{article}", "item_id": f"item-{article}", "variant_id": f"variant-{article}",
        "item_name": "A thing", "variant_name": None, "sku": f"A-{article}", "quantity": quantity,
        "price": price, "gross_total_money": round(quantity * price, 2), "total_money": total,
        "line_taxes": [{"id": "vat", "type": "INCLUDED", "name": "VAT", "rate": 25,
                        "money_amount": round(total / 5, 2)}],
        "total_discount": off, "line_discounts": discounts if off else [],
    }  # fmt: skip


def receipt(number: str, *rows: Raw, **fields: Any) -> Raw:
    """A sale to nobody, unless `fields` say otherwise."""
    total = round(sum(each["total_money"] for each in rows), 2)
    return {
        "receipt_number": number, "receipt_type": "SALE", "refund_for": None,
        "created_at": PLACED, "updated_at": PLACED, "receipt_date": PLACED, "cancelled_at": None,
        "store_id": "store", "customer_id": None, "total_money": total,
        "total_tax": round(total / 5, 2), "line_items": list(rows),
        "payments": [{"payment_type_id": "card", "name": "Card", "money_amount": total}], **fields,
    }  # fmt: skip


def refund(number: str, of: str, *rows: Raw) -> Raw:
    """A refund: a receipt that names the sale."""
    at = dict.fromkeys(("created_at", "updated_at", "receipt_date"), REFUNDED)
    return receipt(number, *rows, receipt_type="REFUND", refund_for=of, **at)


def served(*receipts: Raw, **sales: Raw) -> ServedPlatform:
    """An account with these receipts."""
    return ServedPlatform(
        orders={name: sale["receipt_number"] for name, sale in sales.items()},
        cannot=CANNOT,
        source=Loyverse.model_validate({"token": "made up", "currency": "DKK"}),
        raws={
            "/stores": [], "/categories": [], "/items": [],
            "/receipts": [*sales.values(), *receipts],
            "/customers": [
                {"id": "ida", "name": "Ida", "email": IDA, "created_at": PLACED,
                 "updated_at": PLACED},
            ],
        },
    )  # fmt: skip


AT_A_TILL = "It is sold at a till, never in a webshop: `ANONYMOUS` has it there."
NO_CODE = "A discount is a lower price: nothing tells that a code was entered."
CANNOT = {
    **dict.fromkeys(
        ("tax_included", "sale_price", "full_refund", "odd_cents", "cancelled"), AT_A_TILL
    ),
    **dict.fromkeys(("coupon_on_order", "coupon_on_line", "free_order"), NO_CODE),
    "tax_on_top": "A line's total has its taxes in it.",
    "partial_refund": "A line's total has its taxes in it.",
    "amount_only_refund": "A refund is of articles.",
    "gift_card": "A gift card is an item as any.",
    "guest": "A receipt names a customer or nobody.",
    "second_currency": "An account has one currency.",
    "store_credit": "Points are a discount, which is a lower price.",
    "shipping_and_fee": "A till has no freight.",
}
ANONYMOUS = served(
    refund("21", "3", row(4, 1, 125)),
    refund("22", "4", row(5, 1, 100)),
    tax_included=receipt("1", row(1, 2, 125)),
    sale_price=receipt("2", row(2, 1, 250, off=50), row(3, 1, 100)),
    partial_refund=receipt("3", row(4, 2, 125)),
    full_refund=receipt("4", row(5, 1, 100)),
    odd_cents=receipt("5", row(8, 3, 33.33), row(9, 7, 0.07)),
    cancelled=receipt("6", row(10, 1, 100), cancelled_at=PLACED),
)
PLATFORM = served(nobody=receipt("8", row(11, 1, 100)))
