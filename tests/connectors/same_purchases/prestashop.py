"""The same purchases in the payloads of PrestaShop's webservice, with six decimals.

https://devdocs.prestashop-project.org/9/webservice/resources/orders/
"""

from decimal import Decimal
from typing import Any

from connectors.prestashop import PrestaShop
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED, CHANGED = "2024-03-02 00:30:00", "2024-03-02 00:40:00"
REFUNDED = "2024-03-04 13:00:00"
ACCOUNT, VISITOR = "7", "8"


def money(amount: str | Decimal) -> str:
    """An amount as the shop writes it."""
    return f"{Decimal(amount):.6f}"


def line(id_: int, quantity: int, each: str) -> Raw:
    """A line by the price of one with its tax of 25 % in it."""
    return {
        "id": f"{id_}", "product_id": "90", "product_attribute_id": "0",
        "product_quantity": f"{quantity}", "product_name": "A thing", "product_reference": "T-1",
        "unit_price_tax_incl": money(each),
        "unit_price_tax_excl": money(Decimal(each) / Decimal("1.25")),
    }  # fmt: skip


def order(id_: int, *lines: Raw, off: str = "0", **fields: Any) -> Raw:
    """An order of Ida's that was sent, unless `fields` say otherwise."""
    return {
        "id": f"{id_}", "id_cart": f"{id_}", "id_currency": "1", "id_customer": ACCOUNT,
        "current_state": "4", "module": "ps_wirepayment", "valid": "1", "date_add": PLACED,
        "date_upd": CHANGED, "total_discounts_tax_incl": money(off),
        "total_shipping_tax_incl": money("0"), "conversion_rate": "1.000000",
        "associations": {"order_rows": {"order_row": list(lines)}}, **fields,
    }  # fmt: skip


def rule(id_: int, of: int, value: str) -> Raw:
    """A code of an order, by the number of the rule that it stands for."""
    return {
        "id": f"{id_}", "id_order": f"{of}", "id_cart_rule": f"{id_}", "name": "A rule",
        "value": money(value), "free_shipping": "0", "deleted": "0",
    }  # fmt: skip


def slip(id_: int, of: int, goods: str, *rows: Raw) -> Raw:
    """A credit slip."""
    return {
        "id": f"{id_}", "id_customer": ACCOUNT, "id_order": f"{of}",
        "total_products_tax_incl": money(goods), "total_shipping_tax_incl": money("0"),
        "date_add": REFUNDED, "date_upd": REFUNDED,
        "associations": {"order_slip_details": {"order_slip_detail": list(rows)}},
    }  # fmt: skip


def customer(id_: str, email: str, guest: str) -> Raw:
    """An account, or the row that the shop makes of a guest."""
    return {
        "id": id_, "email": email, "firstname": "A", "lastname": "Buyer", "is_guest": guest,
        "newsletter": "0", "newsletter_date_add": "0000-00-00 00:00:00", "deleted": "0",
        "birthday": "0000-00-00", "id_gender": "0", "date_add": PLACED, "date_upd": PLACED,
        "associations": {"groups": {"group": {"id": "3"}}},
    }  # fmt: skip


ORDERS = {
    "tax_included": order(1001, line(1, 2, "125")),
    "coupon_on_order": order(1003, line(3, 1, "300"), line(4, 1, "100"), off="40"),
    "amount_only_refund": order(1007, line(10, 1, "200")),
    "full_refund": order(1008, line(11, 1, "100")),
    "guest": order(1010, line(14, 1, "100"), id_customer=VISITOR),
    "second_currency": order(1012, line(16, 1, "20"), id_currency="2"),
    "free_order": order(1013, line(17, 1, "100"), off="100"),
    "odd_cents": order(1014, line(18, 3, "33.33"), line(19, 7, "0.07")),
    "cancelled": order(1015, line(20, 1, "100"), current_state="6", valid="0"),
    "shipping_and_fee": order(
        1016, line(21, 1, "200"), total_shipping_tax_incl=money("49"),
        total_wrapping_tax_incl=money("15"),
    ),
}  # fmt: skip
WITH_TAX = "Every amount is read with its tax in it."
PLATFORM = ServedPlatform(
    orders={name: raw["id"] for name, raw in ORDERS.items()},
    cannot={
        "tax_on_top": WITH_TAX,
        "partial_refund": f"{WITH_TAX} The purchase has it on top.",
        "coupon_on_line": "Discounts are told of the order, and of no line.",
        "sale_price": "A line tells the price of the day alone.",
        "gift_card": "There are no gift cards.",
        "nobody": "Guests are customers, and there is no till.",
        "store_credit": "Store credit is a code.",
    },
    source=PrestaShop.model_validate({
        "url": "https://shop.test", "key": "made up", "timezone": "Europe/Copenhagen",
        "statuses": {"Annulleret": "cancelled"},
    }),
    raws={
        "/customers": [customer(ACCOUNT, IDA, "0"), customer(VISITOR, GUEST, "1")],
        "/groups": [{"id": "3", "name": {"language": {"@id": "1", "#text": "Kunder"}}}],
        "/currencies": [{"id": "1", "iso_code": "DKK"}, {"id": "2", "iso_code": "EUR"}],
        "/order_states": [
            {"id": "4", "name": {"language": "Afsendt"}, "shipped": "1", "paid": "1"},
            {"id": "6", "name": {"language": "Annulleret"}, "shipped": "0", "paid": "0"},
        ],
        "/cart_rules": [{"id": "31", "code": "SPRING10"}, {"id": "32", "code": "GRATIS"}],
        "/order_cart_rules": [rule(31, 1003, "40"), rule(32, 1013, "100")],
        "/orders": list(ORDERS.values()),
        "/order_slip": [
            slip(602, 1007, "30"),
            slip(603, 1008, "100", {"id": "1", "id_order_detail": "11", "product_quantity": "1",
                                    "amount_tax_incl": money("100")}),
        ],
    },
)  # fmt: skip
