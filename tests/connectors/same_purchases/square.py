"""The same purchases in the payloads of Square's Orders API, in whole cents.

https://developer.squareup.com/reference/square/objects/Order
"""

from typing import Any

from connectors.square import Square
from tests.connectors.same_purchases.purchases import GUEST, IDA
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED, CHANGED = "2024-03-01T23:30:00.000Z", "2024-03-01T23:40:00.000Z"
REFUNDED = "2024-03-04T12:00:00.000Z"
WEB, TILL, ABROAD = "LWEB", "LTILL", "LEURO"


def cents(amount: int, currency: str = "DKK") -> Raw:
    """An amount."""
    return {"amount": amount, "currency": currency}


def line(
    uid: str,
    quantity: int,
    each: int,
    total: int,
    tax: int = 0,
    *,
    off: dict[str, int] | None = None,
    currency: str = "DKK",
    **fields: Any,
) -> Raw:
    """A line with its price of one; `off` is what each discount (`uid`) took."""
    taken = off or {}
    return {
        "uid": uid,
        "name": "A thing",
        "item_type": "ITEM",
        "quantity": str(quantity),
        "base_price_money": cents(each, currency),
        "gross_sales_money": cents(each * quantity, currency),
        "total_tax_money": cents(tax, currency),
        "total_discount_money": cents(sum(taken.values()), currency),
        "total_money": cents(total, currency),
        "applied_discounts": [
            {"uid": f"{uid}-{name}", "discount_uid": name, "applied_money": cents(amount)}
            for name, amount in taken.items()
        ],
        **fields,
    }


def discount(uid: str, name: str, amount: int, **fields: Any) -> Raw:
    """A discount of an order, and what it took in all."""
    return {
        "uid": uid, "name": name, "type": "FIXED_AMOUNT", "scope": "ORDER",
        "amount_money": cents(amount), "applied_money": cents(amount), **fields,
    }  # fmt: skip


def tax(kind: str, amount: int) -> Raw:
    """A tax of an order: in its prices, or on top of them."""
    return {
        "uid": "vat", "name": "VAT", "type": kind, "percentage": "25", "scope": "ORDER",
        "applied_money": cents(amount),
    }  # fmt: skip


def order(id_: str, *lines: Raw, total: int | None = None, **fields: Any) -> Raw:
    """An order of Ida's from the web shop, unless `fields` say otherwise."""
    paid = sum(each["total_money"]["amount"] for each in lines) if total is None else total
    currency = lines[0]["total_money"]["currency"]
    return {
        "id": id_,
        "location_id": WEB,
        "source": {"name": "Square Online"},
        "customer_id": "CIDA",
        "line_items": list(lines),
        "created_at": PLACED,
        "updated_at": CHANGED,
        "state": "COMPLETED",
        "version": 4,
        "total_money": cents(paid, currency),
        "net_amount_due_money": cents(0, currency),
        "tenders": [{"id": f"T{id_}", "type": "CARD", "amount_money": cents(paid, currency)}],
        **fields,
    }


def returned(id_: str, of: str, uid: str, total: int, tax_in_it: int) -> Raw:
    """A return of one unit, which is an order of its own that names the sale."""
    amounts = {"total_money": cents(total), "tax_money": cents(tax_in_it)}
    back = {
        "uid": f"{uid}-back", "source_line_item_uid": uid, "name": "A thing", "quantity": "1",
        "total_money": amounts["total_money"], "total_tax_money": amounts["tax_money"],
    }  # fmt: skip
    return {
        "id": id_,
        "location_id": WEB,
        "returns": [
            {"uid": f"R{id_}", "source_order_id": of, "return_line_items": [back],
             "return_amounts": amounts},
        ],
        "refunds": [
            {"id": f"RF{id_}", "location_id": WEB, "transaction_id": of, "tender_id": f"T{of}",
             "created_at": REFUNDED, "reason": "", "amount_money": cents(total),
             "status": "APPROVED"},
        ],
        "created_at": REFUNDED,
        "updated_at": REFUNDED,
        "state": "COMPLETED",
        "version": 2,
        "total_money": cents(0),
    }  # fmt: skip


def customer(id_: str, email: str, source: str) -> Raw:
    """Somebody in the directory."""
    return {
        "id": id_, "created_at": PLACED, "updated_at": PLACED, "email_address": email,
        "preferences": {"email_unsubscribed": False}, "creation_source": source, "version": 0,
    }  # fmt: skip


def location(id_: str, currency: str) -> Raw:
    """A place that sells."""
    return {
        "id": id_, "name": id_, "status": "ACTIVE", "created_at": PLACED, "merchant_id": "M1",
        "country": "DK", "currency": currency, "type": "PHYSICAL",
    }  # fmt: skip


SALES = (
    order("tax_included", line("a", 2, 12500, 25000, 5000), taxes=[tax("INCLUSIVE", 5000)]),
    order("tax_on_top", line("b", 2, 10000, 25000, 5000), taxes=[tax("ADDITIVE", 5000)]),
    order(
        "coupon_on_order",
        line("c", 1, 30000, 27000, off={"code": 3000}),
        line("d", 1, 10000, 9000, off={"code": 1000}),
        discounts=[discount("code", "Spring10", 4000)],
    ),
    order(
        "coupon_on_line",
        line("e", 1, 30000, 25000, off={"code": 5000}),
        line("f", 1, 10000, 10000),
        discounts=[discount("code", "Jacket50", 5000, scope="LINE_ITEM")],
    ),
    order(
        "sale_price",
        line("g", 1, 25000, 20000, off={"sale": 5000}),
        line("h", 1, 10000, 10000),
        discounts=[discount("sale", "Sale", 5000, pricing_rule_id="PR1", scope="LINE_ITEM")],
    ),
    order("partial_refund", line("i", 2, 10000, 25000, 5000), taxes=[tax("ADDITIVE", 5000)]),
    order(
        "amount_only_refund",
        line("j", 1, 20000, 20000),
        refunds=[
            {"id": "RFSCRATCH", "location_id": WEB, "transaction_id": "amount_only_refund",
             "tender_id": "Tamount_only_refund", "created_at": REFUNDED, "reason": "A scratch",
             "amount_money": cents(3000), "status": "APPROVED"},
        ],
    ),
    order("full_refund", line("k", 1, 10000, 10000)),
    order(
        "gift_card",
        line("l", 1, 10000, 10000),
        line("m", 1, 50000, 50000, item_type="GIFT_CARD"),
    ),
    # A buyer without an account is an instant profile, which the payment names.
    order(
        "guest",
        line("n", 1, 10000, 10000),
        customer_id=None,
        tenders=[
            {"id": "Tguest", "type": "CARD", "amount_money": cents(10000), "customer_id": "CGUEST"},
        ],
    ),
    order(
        "nobody",
        line("o", 1, 10000, 10000),
        customer_id=None,
        location_id=TILL,
        source={"name": "Square Point of Sale"},
    ),
    order("second_currency", line("p", 1, 2000, 2000, currency="EUR"), location_id=ABROAD),
    order(
        "free_order",
        line("q", 1, 10000, 0, off={"code": 10000}),
        discounts=[discount("code", "gratis", 10000)],
        tenders=[],
    ),
    order(
        "store_credit",
        line("v", 1, 20000, 15000, off={"points": 5000}),
        discounts=[discount("points", "50 off", 5000, reward_ids=["RW1"])],
        rewards=[{"id": "RW1", "reward_tier_id": "TIER1"}],
    ),
    order("odd_cents", line("r", 3, 3333, 9999), line("s", 7, 7, 49)),
    order("cancelled", line("t", 1, 10000, 10000), state="CANCELED", tenders=[]),
    order(
        "shipping_and_fee",
        line("u", 1, 20000, 20000),
        total=26400,
        total_service_charge_money=cents(6400),
        service_charges=[
            {"uid": "post", "name": "Post", "amount_money": cents(4900),
             "applied_money": cents(4900), "total_money": cents(4900),
             "calculation_phase": "SUBTOTAL_PHASE", "type": "CUSTOM"},
            {"uid": "wrap", "name": "Wrapping", "amount_money": cents(1500),
             "applied_money": cents(1500), "total_money": cents(1500),
             "calculation_phase": "SUBTOTAL_PHASE", "type": "CUSTOM"},
        ],
    ),
)  # fmt: skip
RETURNS = (
    returned("OBACK1", "partial_refund", "i", 12500, 2500),
    returned("OBACK2", "full_refund", "k", 10000, 0),
)
PLATFORM = ServedPlatform(
    orders={raw["id"]: raw["id"] for raw in SALES},
    source=Square.model_validate(
        {"token": "EAAA_made_up", "coupons": ["spring10", "jacket50", "gratis"]}
    ),
    raws={
        "/locations": [location(WEB, "DKK"), location(TILL, "DKK"), location(ABROAD, "EUR")],
        "/customers/search": [
            customer("CIDA", IDA, "DIRECTORY"),
            customer("CGUEST", GUEST, "INSTANT_PROFILE"),
        ],
        "/orders/search": [*SALES, *RETURNS],
    },
)
