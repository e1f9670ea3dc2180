"""Square's JSON for sales and returns; a return is an order of its own that names the sale."""

from sandbox.square.payloads import (
    PROGRAMME,
    Json,
    account_id,
    customer_id,
    location_id,
    moment,
    money,
    variation_id,
)
from sandbox.world.catalogue import VAT_PERCENT
from sandbox.world.people import Person
from sandbox.world.trade import Line, Order, Refund, ReturnedLine, vat_within

STATES = {
    "completed": "COMPLETED",
    "processing": "COMPLETED",
    "refunded": "COMPLETED",
    "cancelled": "CANCELED",
    "failed": "CANCELED",
    "pending": "OPEN",
    "on-hold": "OPEN",
}
SALE, COUPON, VAT = "sale", "coupon", "moms"
"""Uids of the discounts and the tax of every order."""
EVERY_SECOND, BY_POINTS = 2, 7
"""Every so many orders name their customer only with the payment, or only by loyalty points."""


def sale_id(order: Order) -> str:
    """The id of a sale."""
    return f"SALE{order.id}"


def return_id(refund: Refund) -> str:
    """The id of a return."""
    return f"RETURN{refund.id}"


def sale(order: Order) -> Json:
    """A sale at a till."""
    paid = STATES[order.status] == "COMPLETED"
    named = order.person is not None and not is_named_by_points(order)
    known = {"customer_id": customer_id(order.person)} if order.person and named else {}
    payload = {
        "id": sale_id(order),
        "location_id": location_id(order.store or ""),
        "source": {"name": "Kasse"},
        "line_items": [_line(line) for line in order.lines],
        "taxes": [_tax(order.goods)],
        "discounts": _discounts(order),
        "created_at": moment(order.placed_at),
        "updated_at": moment(order.changed_at),
        "state": STATES[order.status],
        "version": 1,
        "total_money": money(order.goods),
        "total_tax_money": money(sum(vat_within(line.total) for line in order.lines)),
        "total_discount_money": money(sum(_reduction(line) for line in order.lines)),
        "total_tip_money": money(0),
        "total_service_charge_money": money(0),
        "net_amount_due_money": money(0 if paid else order.goods),
    }
    if paid:
        payload["closed_at"] = moment(order.placed_at)
        payload["tenders"] = [
            {
                "id": f"TENDER{order.id}",
                "location_id": payload["location_id"],
                "transaction_id": payload["id"],
                "created_at": moment(order.placed_at),
                "amount_money": money(order.goods),
                "type": "CARD",
                **known,
            }
        ]
    # Tills often store the customer with the payment, not with the order.
    return payload | ({} if paid and order.id % EVERY_SECOND else known)


def is_named_by_points(order: Order) -> bool:
    """Whether nothing but the points for an order tells who bought."""
    person = order.person
    return person is not None and bool(person.phone) and order.id % BY_POINTS == 0


def points_for(order: Order, person: Person) -> Json:
    """The loyalty event of a sale."""
    return {
        "id": f"EVENT{order.id}",
        "type": "ACCUMULATE_POINTS",
        "created_at": moment(order.placed_at),
        "loyalty_account_id": account_id(person),
        "location_id": location_id(order.store or ""),
        "source": "SQUARE",
        "accumulate_points": {
            "loyalty_program_id": PROGRAMME,
            "points": points_of(order),
            "order_id": sale_id(order),
        },
    }


def points_of(order: Order) -> int:
    """One point for each hundred kroner, and one for coming."""
    return 1 + order.goods // 10_000


def returned(order: Order, refund: Refund) -> Json:
    """A return with its returned lines."""
    location = location_id(order.store or "")
    return {
        "id": return_id(refund),
        "location_id": location,
        "source": {"name": "Kasse"},
        "returns": [
            {
                "uid": f"r{refund.id}",
                "source_order_id": sale_id(order),
                "return_line_items": [_returned_line(each) for each in refund.lines],
                "return_amounts": {"total_money": money(refund.amount)},
            }
        ],
        "refunds": [
            {
                "id": f"REFUND{refund.id}",
                "location_id": location,
                "transaction_id": sale_id(order),
                "tender_id": f"TENDER{order.id}",
                "created_at": moment(refund.at),
                "reason": refund.reason,
                "amount_money": money(refund.amount),
                "status": "APPROVED",
            }
        ],
        "created_at": moment(refund.at),
        "updated_at": moment(refund.at),
        "closed_at": moment(refund.at),
        "state": "COMPLETED",
        "version": 1,
        "total_money": money(0),
        "net_amounts": {"total_money": money(-refund.amount)},
    }


def _line(line: Line) -> Json:
    reductions = {SALE: _off_regular(line), COUPON: line.coupon_discount}
    return {
        "uid": str(line.id),
        "catalog_object_id": variation_id(line.product),
        "name": line.product.name,
        "variation_name": "Regular",
        "item_type": "ITEM",
        "quantity": str(line.quantity),
        "base_price_money": money(line.regular_price),
        "variation_total_price_money": money(line.regular_price * line.quantity),
        "gross_sales_money": money(line.regular_price * line.quantity),
        "total_tax_money": money(vat_within(line.total)),
        "total_discount_money": money(_reduction(line)),
        "total_money": money(line.total),
        "applied_taxes": [
            {
                "uid": f"{VAT}{line.id}",
                "tax_uid": VAT,
                "applied_money": money(vat_within(line.total)),
            }
        ],
        "applied_discounts": [
            {"uid": f"{uid}{line.id}", "discount_uid": uid, "applied_money": money(reduction)}
            for uid, reduction in reductions.items()
            if reduction
        ],
    }


def _returned_line(each: ReturnedLine) -> Json:
    line = each.line
    return {
        "uid": str(each.id),
        "source_line_item_uid": str(line.id),
        "name": line.product.name,
        "variation_name": "Regular",
        "item_type": "ITEM",
        "catalog_object_id": variation_id(line.product),
        "quantity": str(each.quantity),
        "base_price_money": money(line.regular_price),
        "gross_return_money": money(line.regular_price * each.quantity),
        "total_tax_money": money(vat_within(each.amount)),
        "total_discount_money": money(line.regular_price * each.quantity - each.amount),
        "total_money": money(each.amount),
    }


def _discounts(order: Order) -> list[Json]:
    campaign = sum(_off_regular(line) for line in order.lines)
    found: list[Json] = []
    if campaign:
        found.append(
            {
                "uid": SALE,
                "name": "Tilbud",
                "type": "FIXED_AMOUNT",
                "scope": "LINE_ITEM",
                "pricing_rule_id": "PRICINGRULE1",
                "applied_money": money(campaign),
            }
        )
    if order.coupon:
        found.append(
            {
                "uid": COUPON,
                "catalog_object_id": f"DISCOUNT{order.coupon.id}",
                "name": order.coupon.code,
                "type": "FIXED_PERCENTAGE",
                "percentage": str(order.coupon.percent),
                "scope": "ORDER",
                "applied_money": money(sum(line.coupon_discount for line in order.lines)),
            }
        )
    return found


def _tax(goods: int) -> Json:
    return {
        "uid": VAT,
        "name": "Moms",
        "type": "INCLUSIVE",
        "percentage": str(VAT_PERCENT),
        "scope": "ORDER",
        "applied_money": money(vat_within(goods)),
    }


def _off_regular(line: Line) -> int:
    return line.regular_price * line.quantity - line.subtotal


def _reduction(line: Line) -> int:
    return _off_regular(line) + line.coupon_discount
