"""The same purchases in the payloads of WooCommerce's REST API, with four decimals.

https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
"""

from decimal import Decimal
from typing import Any

from connectors.woocommerce import WooCommerce
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED = {"date_created": "2024-03-02T00:30:00", "date_created_gmt": "2024-03-01T23:30:00"}
CHANGED = {"date_modified": "2024-03-02T00:40:00", "date_modified_gmt": "2024-03-01T23:40:00"}
REFUNDED = {"date_created": "2024-03-04T13:00:00", "date_created_gmt": "2024-03-04T12:00:00"}
ACCOUNT = 7
JACKET, SOCKS, PLAIN, CARD = 90, 91, 92, 93


def billing(email: str) -> Raw:
    """Address of a buyer."""
    return {
        "first_name": "", "last_name": "", "company": "", "address_1": "", "address_2": "",
        "city": "", "state": "", "postcode": "", "country": "DK", "email": email, "phone": "",
    }  # fmt: skip


def line(
    id_: int,
    quantity: int,
    total: str,
    tax: str,
    product: int = PLAIN,
    *,
    before: tuple[str, str] | None = None,
) -> Raw:
    """A line; totals are without tax, and `before` is its amount and tax before coupons."""
    subtotal, subtotal_tax = before or (total, tax)
    return {
        "id": id_, "name": "A thing", "product_id": product, "variation_id": 0,
        "quantity": quantity, "tax_class": "", "subtotal": subtotal, "subtotal_tax": subtotal_tax,
        "total": total, "total_tax": tax, "taxes": [], "meta_data": [], "sku": "", "price": 0,
    }  # fmt: skip


def coupon(code: str, discount: str, tax: str) -> Raw:
    """A code that was entered, as the shop writes it: in small letters."""
    return {"id": 31, "code": code, "discount": discount, "discount_tax": tax, "meta_data": []}


def fee(id_: int, name: str, total: str, tax: str) -> Raw:
    """A fee; extensions for points and store credit write a negative one."""
    return {
        "id": id_, "name": name, "tax_class": "", "tax_status": "taxable", "total": total,
        "total_tax": tax, "taxes": [], "meta_data": [],
    }  # fmt: skip


def order(id_: int, *lines: Raw, **fields: Any) -> Raw:
    """An order of Ida's with prices that include tax, unless `fields` say otherwise."""
    besides = [*fields.get("shipping_lines", ()), *fields.get("fee_lines", ())]
    tax = sum(Decimal(each["total_tax"]) for each in (*lines, *besides))
    total = sum(Decimal(each["total"]) for each in (*lines, *besides)) + tax
    return {
        "id": id_, "parent_id": 0, "number": f"{id_}", "order_key": f"wc_order_{id_}",
        "created_via": "checkout", "version": "8.6.1", "status": "completed", "currency": "DKK",
        **PLACED, **CHANGED, "discount_total": "0.0000", "discount_tax": "0.0000",
        "shipping_total": "0.0000", "shipping_tax": "0.0000", "cart_tax": f"{tax}",
        "total": f"{total}", "total_tax": f"{tax}", "prices_include_tax": True,
        "customer_id": ACCOUNT, "customer_note": "", "billing": billing(IDA),
        "shipping": {}, "payment_method": "card", "payment_method_title": "Card",
        "transaction_id": "", "line_items": list(lines), "tax_lines": [], "shipping_lines": [],
        "fee_lines": [], "coupon_lines": [], "refunds": [], "meta_data": [], **fields,
    }  # fmt: skip


def refund(id_: int, order_id: int, amount: str, *lines: Raw) -> Raw:
    """A refund; the amount has its tax in it."""
    return {
        "id": id_, "parent_id": order_id, **REFUNDED, "amount": amount, "reason": "",
        "refunded_by": 1, "refunded_payment": True, "meta_data": [], "line_items": list(lines),
    }  # fmt: skip


def returned(id_: int, of: int, quantity: int, total: str, tax: str) -> Raw:
    """A line of a refund; it names the order's line in its meta data."""
    named = {"id": 9, "key": "_refunded_item_id", "value": f"{of}"}
    return {**line(id_, quantity, total, tax), "meta_data": [named]}


def product(id_: int, type_: str, price: str, regular: str) -> Raw:
    """A product at its price of today and its price before any sale."""
    return {
        "id": id_, "name": "A thing", "type": type_, "status": "publish", "sku": "",
        "date_created": "2024-02-01T09:00:00", "date_created_gmt": "2024-02-01T08:00:00",
        "date_modified": "2024-02-01T09:00:00", "date_modified_gmt": "2024-02-01T08:00:00",
        "price": price, "regular_price": regular, "sale_price": "", "categories": [],
        "attributes": [], "meta_data": [],
    }  # fmt: skip


ONE_AT_100 = ("80.0000", "20.0000")
ORDERS = {
    "tax_included": order(1001, line(1, 2, "200.0000", "50.0000")),
    "tax_on_top": order(1002, line(2, 2, "200.0000", "50.0000"), prices_include_tax=False),
    "coupon_on_order": order(
        1003,
        line(3, 1, "216.0000", "54.0000", before=("240.0000", "60.0000")),
        line(4, 1, "72.0000", "18.0000", before=ONE_AT_100),
        coupon_lines=[coupon("spring10", "32.0000", "8.0000")],
        discount_total="32.0000",
        discount_tax="8.0000",
    ),
    "coupon_on_line": order(
        1004,
        line(5, 1, "200.0000", "50.0000", before=("240.0000", "60.0000")),
        line(6, 1, *ONE_AT_100),
        coupon_lines=[coupon("jacket50", "40.0000", "10.0000")],
        discount_total="40.0000",
        discount_tax="10.0000",
    ),
    "sale_price": order(
        1005,
        line(7, 1, "160.0000", "40.0000", JACKET),
        line(8, 1, *ONE_AT_100, SOCKS),
    ),
    "partial_refund": order(
        1006,
        line(9, 2, "200.0000", "50.0000"),
        prices_include_tax=False,
        refunds=[{"id": 601, "reason": "", "total": "-125.0000"}],
    ),
    "amount_only_refund": order(
        1007,
        line(10, 1, "160.0000", "40.0000"),
        refunds=[{"id": 602, "reason": "", "total": "-30.0000"}],
    ),
    "full_refund": order(
        1008, line(11, 1, *ONE_AT_100), refunds=[{"id": 603, "reason": "", "total": "-100.0000"}]
    ),
    "gift_card": order(
        1009, line(12, 1, *ONE_AT_100), line(13, 1, "500.0000", "0.0000", CARD)
    ),
    "guest": order(1010, line(14, 1, *ONE_AT_100), customer_id=0, billing=billing(GUEST)),
    "nobody": order(
        1011, line(15, 1, *ONE_AT_100), customer_id=0, billing=billing(""),
        created_via="pos-rest-api",
    ),
    "second_currency": order(1012, line(16, 1, "16.0000", "4.0000"), currency="EUR"),
    "free_order": order(
        1013,
        line(17, 1, "0.0000", "0.0000", before=ONE_AT_100),
        coupon_lines=[coupon("gratis", "80.0000", "20.0000")],
        discount_total="80.0000",
        discount_tax="20.0000",
    ),
    # With 19 % of tax in them, so that no amount without tax is exact.
    "odd_cents": order(
        1014, line(18, 3, "84.0252", "15.9648"), line(19, 7, "0.4118", "0.0782")
    ),
    "store_credit": order(
        1017,
        line(22, 1, "160.0000", "40.0000"),
        fee_lines=[fee(52, "Points", "-40.0000", "-10.0000")],
    ),
    "cancelled": order(1015, line(20, 1, *ONE_AT_100), status="cancelled"),
    "shipping_and_fee": order(
        1016,
        line(21, 1, "160.0000", "40.0000"),
        shipping_total="39.2000",
        shipping_tax="9.8000",
        shipping_lines=[
            {"id": 41, "method_title": "Post", "method_id": "flat_rate", "total": "39.2000",
             "total_tax": "9.8000", "taxes": [], "meta_data": []},
        ],
        fee_lines=[fee(51, "Wrapping", "12.0000", "3.0000")],
    ),
}  # fmt: skip
PLATFORM = ServedPlatform(
    orders={name: str(raw["id"]) for name, raw in ORDERS.items()},
    source=WooCommerce(url="https://shop.test", key="ck_made_up", secret="cs_made_up"),
    raws={
        "/customers": [
            {"id": ACCOUNT, **PLACED, **CHANGED, "email": IDA, "first_name": "Ida",
             "last_name": "", "role": "customer", "username": "ida", "billing": billing(IDA),
             "shipping": {}, "is_paying_customer": True, "meta_data": []},
        ],
        "/products": [
            product(JACKET, "simple", "200", "250"),
            product(SOCKS, "simple", "100", "100"),
            product(PLAIN, "variable", "100", ""),
            product(CARD, "gift-card", "500", "500"),
        ],
        "/orders": list(ORDERS.values()),
        "/refunds": [
            refund(601, 1006, "125.00", returned(71, 9, -1, "-100.0000", "-25.0000")),
            refund(602, 1007, "30.00"),
            refund(603, 1008, "100.00", returned(72, 11, -1, "-80.0000", "-20.0000")),
        ],
    },
)  # fmt: skip
