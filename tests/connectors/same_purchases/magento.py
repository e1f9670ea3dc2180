"""The same purchases in the payloads of Magento: rows without tax, with the tax beside them.

https://developer.adobe.com/commerce/webapi/rest/quick-reference/
"""

from typing import Any

from connectors.magento import Magento
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED = {"created_at": "2024-03-01 23:30:00", "updated_at": "2024-03-01 23:40:00"}
GIVEN_BACK = {"created_at": "2024-03-04 12:00:00", "updated_at": "2024-03-04 12:00:00"}
ACCOUNT, THING = 7, 90
TAXED, UNTAXED = 1, 2


def row(
    id_: int,
    quantity: int,
    total: float,
    tax: float,
    *,
    before: float | None = None,
    discount: float = 0,
    **fields: Any,
) -> Raw:
    """A row: `total` and `tax` are after its discount, `before` is its price with tax."""
    with_tax = total + tax if before is None else before
    compensation = round(with_tax * 0.2 - tax, 4) if discount else 0
    without = round(total + discount - compensation, 4)
    return {
        "item_id": id_, "order_id": 1, "sku": "THING", "name": "A thing", "product_id": THING,
        "product_type": "simple", "qty_ordered": quantity, "row_total": without,
        "row_total_incl_tax": with_tax, "price": without / quantity,
        "price_incl_tax": with_tax / quantity, "original_price": with_tax / quantity,
        "tax_amount": tax, "discount_amount": discount,
        "discount_tax_compensation_amount": compensation, **fields,
    }  # fmt: skip


def order(id_: int, *rows: Raw, **fields: Any) -> Raw:
    """An order of Ida's in a shop with prices that include tax, unless `fields` say otherwise."""
    told = ("row_total", "tax_amount", "discount_tax_compensation_amount")
    total = sum(each[name] for each in rows for name in told)
    total -= sum(each["discount_amount"] for each in rows)
    return {
        "entity_id": id_, "increment_id": f"00000{id_}", **PLACED, "state": "complete",
        "status": "complete", "store_id": TAXED, "order_currency_code": "DKK",
        "base_currency_code": "DKK", "customer_id": ACCOUNT, "customer_email": IDA,
        "customer_is_guest": 0, "grand_total": total, "base_grand_total": total,
        "shipping_incl_tax": 0, "items": list(rows), "extension_attributes": {}, **fields,
    }  # fmt: skip


def memo(id_: int, order_id: int, total: float, *rows: Raw, store: int = TAXED) -> Raw:
    """A credit memo, refunded."""
    return {
        "entity_id": id_, "order_id": order_id, **GIVEN_BACK, "state": 2, "store_id": store,
        "grand_total": total, "shipping_incl_tax": 0, "items": list(rows),
    }  # fmt: skip


def returned(id_: int, of: int, quantity: int, total: float, tax: float) -> Raw:
    """A row of a credit memo, which names the row of the order."""
    return {
        "entity_id": id_, "order_item_id": of, "qty": quantity, "row_total": total,
        "row_total_incl_tax": total + tax, "tax_amount": tax, "discount_amount": 0,
        "base_cost": 10, "base_price": total / quantity,
    }  # fmt: skip


ORDERS = {
    "tax_included": order(1001, row(1, 2, 200, 50)),
    "tax_on_top": order(1002, row(2, 2, 200, 50, original_price=100), store_id=UNTAXED),
    "coupon_on_order": order(
        1003,
        row(3, 1, 216, 54, before=300, discount=30),
        row(4, 1, 72, 18, before=100, discount=10),
        coupon_code="Spring10",
        discount_amount=-40,
    ),
    "coupon_on_line": order(
        1004,
        row(5, 1, 200, 50, before=300, discount=50),
        row(6, 1, 80, 20),
        coupon_code="Jacket50",
        extension_attributes={"coupon_codes": ["Jacket50"]},
    ),
    "sale_price": order(1005, row(7, 1, 160, 40, original_price=250), row(8, 1, 80, 20)),
    "partial_refund": order(1006, row(9, 2, 200, 50, original_price=100), store_id=UNTAXED),
    "amount_only_refund": order(1007, row(10, 1, 160, 40)),
    "full_refund": order(1008, row(11, 1, 80, 20), state="closed", status="closed"),
    "gift_card": order(
        1009, row(12, 1, 80, 20), row(13, 1, 500, 0, product_type="giftcard", sku="CARD")
    ),
    "guest": order(
        1010, row(14, 1, 80, 20), customer_id=None, customer_is_guest=1, customer_email=GUEST
    ),
    "second_currency": order(1012, row(16, 1, 16, 4), order_currency_code="EUR"),
    "free_order": order(
        1013, row(17, 1, 0, 0, before=100, discount=100), coupon_code="gratis"
    ),
    # With 19 % of tax in them, so that no amount without tax is exact.
    "odd_cents": order(1014, row(18, 3, 84.02, 15.97), row(19, 7, 0.41, 0.08)),
    "store_credit": order(
        1017, row(22, 1, 160, 40), extension_attributes={"reward_currency_amount": 50}
    ),
    "cancelled": order(1015, row(20, 1, 80, 20), state="canceled", status="canceled"),
    "shipping_and_fee": order(
        1016, row(21, 1, 160, 40), shipping_incl_tax=49, extension_attributes={"gw_price": "12"}
    ),
}  # fmt: skip
for _raw in ORDERS.values():
    # Null stands nowhere in an answer: Magento leaves it out.
    for _name in [name for name, value in _raw.items() if value is None]:
        del _raw[_name]
PLATFORM = ServedPlatform(
    orders={name: str(raw["entity_id"]) for name, raw in ORDERS.items()},
    cannot={"nobody": "Every order has an address of mail: Magento is no till."},
    source=Magento.model_validate(
        {"url": "https://shop.test", "token": "made-up", "stores_without_tax": [UNTAXED]}
    ),
    raws={
        "/customers/search": [
            {"id": ACCOUNT, "email": IDA, "firstname": "Ida", "lastname": "-", "group_id": 1,
             **PLACED, "extension_attributes": {"is_subscribed": False}},
        ],
        "/orders": list(ORDERS.values()),
        "/creditmemos": [
            memo(601, 1006, 125, returned(71, 9, 1, 100, 25), store=UNTAXED),
            memo(602, 1007, 30),
            memo(603, 1008, 100, returned(72, 11, 1, 80, 20)),
        ],
    },
)  # fmt: skip
