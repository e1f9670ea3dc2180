"""The same purchases in the payloads of BigCommerce: orders of version 2 with all their parts.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from typing import Any

from connectors.bigcommerce import BigCommerce
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED = {
    "date_created": "Fri, 01 Mar 2024 23:30:00 +0000",
    "date_modified": "Fri, 01 Mar 2024 23:40:00 +0000",
}
ACCOUNT, JACKET, SOCKS, PLAIN = 7, 90, 91, 92


def discount(amount: str, code: str | None) -> Raw:
    """A discount of a row; one of the whole order is distributed over its rows."""
    return {"id": "coupon", "amount": amount, "name": "Off", "code": code, "target": "order"}


def row(
    id_: int,
    quantity: int,
    total: float,
    tax: float,
    *off: Raw,
    product: int = PLAIN,
    **fields: Any,
) -> Raw:
    """A row: `total` has its tax in it, and is before its discounts."""
    paid = total - sum(float(each["amount"]) for each in off)
    return {
        "id": id_, "order_id": 1, "product_id": product, "name": "A thing", "sku": "",
        "type": "physical", "quantity": quantity, "total_inc_tax": f"{total:.4f}",
        "total_ex_tax": f"{total - tax:.4f}", "total_tax": f"{tax:.4f}",
        "discounted_total_inc_tax": f"{paid:.4f}", "applied_discounts": list(off), **fields,
    }  # fmt: skip


def billing(email: str) -> Raw:
    """Address of a buyer."""
    return {
        "first_name": "", "last_name": "", "company": "", "street_1": "", "street_2": "",
        "city": "", "state": "", "zip": "", "country": "Denmark", "country_iso2": "DK",
        "phone": "", "email": email, "form_fields": [],
    }  # fmt: skip


def order(id_: int, *rows: Raw, email: str = IDA, **fields: Any) -> Raw:
    """An order of Ida's with prices that include tax, unless `fields` say otherwise."""
    return {
        "id": id_, **PLACED, "status": "Completed", "status_id": 10, "customer_id": ACCOUNT,
        "default_currency_code": "DKK", "currency_code": "DKK", "is_tax_inclusive_pricing": True,
        "is_deleted": False, "shipping_cost_inc_tax": "0.0000", "refunded_amount": "0.0000",
        "channel_id": 1, "order_source": "www", "billing_address": billing(email),
        "consignments": {"shipping": [{"id": 1, "line_items": list(rows)}]}, **fields,
    }  # fmt: skip


def refund(id_: int, order_id: int, total: float, *items: Raw) -> Raw:
    """A refund; one of an amount alone names the order."""
    whole = [{"item_type": "ORDER", "item_id": order_id, "quantity": 1, "requested_amount": total}]
    return {
        "id": id_, "order_id": order_id, "created": "2024-03-04T12:00:00Z", "reason": "",
        "total_amount": total, "total_tax": 0, "items": list(items) or whole,
    }  # fmt: skip


def returned(of: int, quantity: int, amount: float) -> Raw:
    """A row that came back."""
    return {"item_type": "PRODUCT", "item_id": of, "quantity": quantity, "requested_amount": amount}


def product(id_: int, price: float, sale: float) -> Raw:
    """A product; one without a sale has the sale price 0."""
    return {
        "id": id_, "name": "A thing", "type": "physical", "sku": f"S{id_}", "price": price,
        "sale_price": sale, "retail_price": 0, "categories": [],
        "date_modified": "2024-02-01T08:00:00Z",
    }  # fmt: skip


CARD = row(13, 1, 500, 0, type="giftcertificate", product=0)
ORDERS = {
    "tax_included": order(1001, row(1, 2, 250, 50)),
    "tax_on_top": order(1002, row(2, 2, 250, 50), is_tax_inclusive_pricing=False),
    "coupon_on_order": order(
        1003,
        row(3, 1, 300, 54, discount("30.0000", "Spring10")),
        row(4, 1, 100, 18, discount("10.0000", "Spring10")),
    ),
    "coupon_on_line": order(
        1004, row(5, 1, 300, 50, discount("50.0000", "Jacket50")), row(6, 1, 100, 20)
    ),
    "sale_price": order(
        1005, row(7, 1, 200, 40, product=JACKET), row(8, 1, 100, 20, product=SOCKS)
    ),
    "partial_refund": order(1006, row(9, 2, 250, 50), is_tax_inclusive_pricing=False),
    "amount_only_refund": order(1007, row(10, 1, 200, 40)),
    "full_refund": order(
        1008, row(11, 1, 100, 20), status="Refunded", status_id=4, refunded_amount="100.0000"
    ),
    "gift_card": order(
        1009,
        consignments={
            "shipping": [{"id": 1, "line_items": [row(12, 1, 100, 20)]}],
            "email": {"gift_certificates": [{"recipient_email": IDA, "line_items": [CARD]}]},
        },
    ),
    "guest": order(1010, row(14, 1, 100, 20), customer_id=0, email=GUEST),
    "nobody": order(
        1011, row(15, 1, 100, 20), customer_id=0, email="", external_source="POS"
    ),
    "second_currency": order(
        1012, row(16, 1, 20, 4), default_currency_code="EUR", currency_code="EUR"
    ),
    "free_order": order(1013, row(17, 1, 100, 0, discount("100.0000", "gratis"))),
    # With 19 % of tax in them, so that no amount without tax is exact.
    "odd_cents": order(1014, row(18, 3, 99.99, 15.9648), row(19, 7, 0.49, 0.0782)),
    "cancelled": order(1015, row(20, 1, 100, 20), status="Cancelled", status_id=5),
    "shipping_and_fee": order(
        1016, row(21, 1, 200, 40), shipping_cost_inc_tax="49.0000", wrapping_cost_inc_tax="15.0000"
    ),
}  # fmt: skip
PLATFORM = ServedPlatform(
    orders={name: str(raw["id"]) for name, raw in ORDERS.items()},
    cannot={"store_credit": "Store credit pays for an order and takes nothing off its price."},
    source=BigCommerce.model_validate({"store_hash": "abc123", "token": "made-up"}),
    raws={
        "/v3/customers": [
            {"id": ACCOUNT, "email": IDA, "first_name": "Ida", "last_name": "-", "addresses": [],
             "customer_group_id": 0, "date_created": "2024-02-01T08:00:00Z",
             "date_modified": "2024-02-01T08:00:00Z"},
        ],
        "/v3/catalog/products": [
            product(JACKET, 250, 200), product(SOCKS, 100, 0), product(PLAIN, 0, 0),
        ],
        "/v2/orders": list(ORDERS.values()),
        "/v3/orders/payment_actions/refunds": [
            refund(601, 1006, 125, returned(9, 1, 125)),
            refund(602, 1007, 30),
            refund(603, 1008, 100, returned(11, 1, 100)),
        ],
    },
)  # fmt: skip
