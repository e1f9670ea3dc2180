"""The same purchases in the payloads of Lightspeed X-Series, where no amount includes tax.

https://x-series-api.lightspeedhq.com/docs/sales_states_and_attributes
"""

from itertools import count
from typing import Any

from connectors.lightspeed import Lightspeed
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED, CHANGED = "2024-03-01T23:30:00+00:00", "2024-03-01T23:40:00+00:00"
RETURNED = "2024-03-04T12:00:00+00:00"
JOINED = "2024-02-01T08:00:00+00:00"
VERSIONS = count(5_000_000_001)


def uuid(number: int) -> str:
    """An id as the vendor makes them."""
    return f"06bf537b-c783-11e6-f6b9-{number:012}"


SHOP, EXCLUSIVE, ABROAD = uuid(1), uuid(2), uuid(3)
IDA_ID, GUEST_ID, WALK_IN = uuid(11), uuid(12), uuid(13)
VAT, THING, REGISTER, CARD = uuid(21), uuid(22), uuid(23), uuid(24)


def line(
    number: int,
    quantity: int,
    total: float,
    tax: float,
    *,
    discount: float = 0,
    is_return: bool = False,
) -> Raw:
    """A line with its amounts of all units, which are negative where it comes back."""
    each = {"price": total / quantity, "tax": tax / quantity, "discount": discount / quantity}
    return {
        "id": uuid(number), "product_id": THING, "tax_id": VAT, "quantity": quantity,
        **each, "price_total": total, "tax_total": tax, "discount_total": discount,
        "cost": 10, "cost_total": 10 * quantity, "loyalty_value": 0, "price_set": bool(discount),
        "sequence": 0, "status": "CONFIRMED", "is_return": is_return,
        "tax_components": [{"rate_id": VAT, "total_tax": tax}],
    }  # fmt: skip


def sale(number: int, *lines: Raw, at: str = PLACED, **fields: Any) -> Raw:
    """A sale to Ida in the web shop, paid by card, unless `fields` say otherwise."""
    price = sum(each["price_total"] for each in lines)
    tax = sum(each["tax_total"] for each in lines)
    return {
        "id": uuid(number), "outlet_id": SHOP, "register_id": REGISTER, "user_id": uuid(25),
        "customer_id": IDA_ID, "invoice_number": f"{number}", "source": "ECOMMERCE",
        "status": "CLOSED", "note": "", "short_code": f"s{number}", "total_price": price,
        "total_tax": tax, "total_loyalty": 0, "created_at": at,
        "updated_at": max(at, CHANGED), "sale_date": at, "line_items": list(lines),
        "payments": [
            {"name": "Card", "register_id": REGISTER, "retailer_payment_type_id": CARD,
             "payment_type_id": "5", "amount": price + tax, "payment_date": at},
        ],
        "taxes": [{"id": VAT, "amount": tax}], "adjustments": [], "version": next(VERSIONS),
        **fields,
    }  # fmt: skip


def charge(name: str, total: float, tax: float) -> Raw:
    """A charge of the web shop."""
    return {
        "name": name, "source_id": name, "total": total, "total_tax": tax,
        "total_incl": total + tax, "tax_components": [{"rate_id": VAT, "total_tax": tax}],
    }  # fmt: skip


def customer(id_: str, code: str, email: str | None) -> Raw:
    """A customer; a guest is one too, as a till has no accounts."""
    return {
        "id": id_, "customer_code": code, "first_name": None, "last_name": None, "email": email,
        "do_not_email": False, "enable_loyalty": False, "created_at": JOINED,
        "updated_at": JOINED, "version": next(VERSIONS),
    }  # fmt: skip


def outlet(id_: str, currency: str, shown: str) -> Raw:
    """A store, and whether it shows prices with tax."""
    return {
        "id": id_, "name": "A store", "currency": currency, "display_prices": shown,
        "time_zone": "Europe/Copenhagen", "version": next(VERSIONS), "attributes": [],
    }  # fmt: skip


NOBODY = customer(WALK_IN, "WALKIN", None)
SALES = {
    "tax_included": sale(1001, line(101, 2, 200, 50)),
    "tax_on_top": sale(1002, line(102, 2, 200, 50), outlet_id=EXCLUSIVE),
    "sale_price": sale(1003, line(103, 1, 160, 40, discount=40), line(104, 1, 80, 20)),
    "full_refund": sale(1004, line(105, 1, 80, 20)),
    "guest": sale(1005, line(106, 1, 80, 20), customer_id=GUEST_ID),
    "nobody": sale(1006, line(107, 1, 80, 20), customer_id=WALK_IN, source="USER"),
    "second_currency": sale(1007, line(108, 1, 16, 4), outlet_id=ABROAD),
    # With 19 % of tax in them, so that no amount without tax is exact.
    "odd_cents": sale(1008, line(109, 3, 84.02521, 15.96479), line(110, 7, 0.41176, 0.07824)),
    "cancelled": sale(1009, line(111, 1, 80, 20), status="VOIDED", payments=[]),
    "shipping_and_fee": sale(
        1010,
        line(112, 1, 160, 40),
        ecom_custom_charges={
            "total": 51.2, "total_tax": 12.8, "total_incl": 64,
            "charges": [charge("Post", 39.2, 9.8), charge("Wrapping", 12, 3)],
        },
    ),
}  # fmt: skip
RETURN = sale(
    2004, line(205, -1, -80, -20, is_return=True), at=RETURNED, return_for=uuid(1004), source="USER"
)
NO_CODE = "A sale does not name the promo codes that were entered, only lower prices."
PLATFORM = ServedPlatform(
    orders={name: raw["id"] for name, raw in SALES.items()},
    cannot={
        "coupon_on_order": NO_CODE,
        "coupon_on_line": NO_CODE,
        "free_order": NO_CODE,
        # https://x-series-api.lightspeedhq.com/docs/sales_returns
        "partial_refund": "A return names its sale and products, but not the line that came back.",
        "amount_only_refund": "A return is made of products: no money goes back without them.",
        "gift_card": "A gift card is a line like any other: nothing tells it from goods.",
        "store_credit": "Points and store credit are payments and take nothing off the price.",
    },
    source=Lightspeed.model_validate(
        {
            "url": "https://example.retail.lightspeed.app",
            "client_id": "made-up-client",
            "client_secret": "made-up-secret",
        }
    ),
    raws={
        "/outlets": [
            outlet(SHOP, "DKK", "inclusive"),
            outlet(EXCLUSIVE, "DKK", "exclusive"),
            outlet(ABROAD, "EUR", "inclusive"),
        ],
        "/customers": [
            NOBODY,
            customer(IDA_ID, "Ida-4KZA", IDA),
            customer(GUEST_ID, "Guest-7MPQ", GUEST),
        ],
        "/search": [NOBODY],
        "/sales": [*SALES.values(), RETURN],
    },
)
