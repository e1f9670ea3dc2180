"""Orders of the till: sales with their lines and discounts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.kit import Line, Order, OrderDiscount, Raw, order_status, utc
from connectors.square.catalogue import named
from connectors.square.money import amount, or_nothing

# A status of a later version stays as it is.
STATUS: Mapping[str, str] = {
    "COMPLETED": "fulfilled",
    "CANCELED": "cancelled",
    "DRAFT": "draft",
}


@dataclass(frozen=True)
class _Way:
    """How an order is to be read."""

    tax_beside: bool
    """Whether tax comes on top of what the lines cost."""
    not_sale: Collection[str | None]
    """Discounts (`uid`) that a customer brought: a coupon or a loyalty reward."""


def sale(
    raw: Raw,
    *,
    web_sources: Collection[str],
    coupons: Collection[str],
    statuses: Mapping[str, str],
    owner: str | None = None,
) -> Order:
    """A sale. Service charges, tips and the rounding of cash stay outside.

    `owner` is the contact whose loyalty account got points for it.
    """
    names = {name.casefold() for name in coupons}
    brought = {each.get("uid") for each in _discounts(raw) if _code(each, names)}
    rewards = {each.get("uid") for each in _discounts(raw) if each.get("reward_ids")}
    beside = any(tax.get("type") == "ADDITIVE" for tax in raw.get("taxes") or ())
    way = _Way(beside, brought | rewards)
    lines = raw.get("line_items") or ()
    buyer = _buyer(raw) or owner
    # A later change of the order may come without the event that named the buyer.
    known = {"contact": buyer} if buyer else {}
    return Order(
        id=raw["id"],
        updated_at=utc(raw["updated_at"]) if raw.get("updated_at") else None,
        **known,
        placed_at=utc(raw["created_at"]),
        status=_status(raw, statuses),
        channel="web" if (raw.get("source") or {}).get("name") in web_sources else "pos",
        store=raw["location_id"],
        currency=_currency(raw),
        total=None if lines else _goods(raw),
        tax_included=not beside,
        lines=tuple(_line(line, f"{place}", way) for place, line in enumerate(lines, start=1)),
        discounts=tuple(
            OrderDiscount(code=_code(each, names), amount=amount(each.get("applied_money")))
            for each in _discounts(raw)
        ),
    )


def without_charges(raw: Raw) -> Decimal | None:
    """Amount of a line, sold or returned, without its share of service charges."""
    total = amount(raw.get("total_money"))
    return None if total is None else total - or_nothing(raw.get("total_service_charge_money"))


def _line(raw: Raw, place: str, way: _Way) -> Line:
    quantity, tax = Decimal(raw["quantity"]), or_nothing(raw.get("total_tax_money"))
    total, gross = without_charges(raw), amount(raw.get("gross_sales_money"))
    brought = sum(
        (
            or_nothing(each.get("applied_money"))
            for each in raw.get("applied_discounts") or ()
            if each["discount_uid"] in way.not_sale
        ),
        Decimal(),
    )
    reduced = max(or_nothing(raw.get("total_discount_money")) - brought, Decimal())
    # Of a reduced line the reduction itself tells more exactly what it was reduced from.
    whole = gross is not None and not reduced and quantity > 0
    return Line(
        id=raw.get("uid") or place,
        product=raw.get("catalog_object_id"),
        title=named(raw.get("name"), raw.get("variation_name")),
        quantity=quantity,
        total=total - tax if total is not None and way.tax_beside else total,
        unit_price=amount(raw.get("base_price_money")),
        list_price=gross / quantity if gross is not None and whole else None,
        discount=reduced or None,
        coupon_discount=brought or None,
        tax=tax,
        gift_card=raw.get("item_type") == "GIFT_CARD",
    )


def _discounts(raw: Raw) -> Collection[Raw]:
    return raw.get("discounts") or ()


def _code(discount: Raw, coupons: Collection[str]) -> str | None:
    """The name of a discount that customers bring a coupon for."""
    name = str(discount.get("name") or "")
    is_coupon = name.casefold() in coupons and not discount.get("reward_ids")
    return name if is_coupon else None


def _buyer(raw: Raw) -> str | None:
    paid_by = (each.get("customer_id") for each in raw.get("tenders") or ())
    return raw.get("customer_id") or next(filter(None, paid_by), None)


def _status(raw: Raw, statuses: Mapping[str, str]) -> str | None:
    state = raw.get("state")
    if state != "OPEN":
        return order_status(state, statuses, STATUS) if state else None
    # An online order is open until it is handed over, paid or not.
    due = amount(raw.get("net_amount_due_money"))
    return "paid" if raw.get("tenders") and due == 0 else "pending"


def _currency(raw: Raw) -> str | None:
    lines = raw.get("line_items") or ()
    for money in (raw.get("total_money"), *(line.get("total_money") for line in lines)):
        if money and money.get("currency"):
            return str(money["currency"])
    return None


def _goods(raw: Raw) -> Decimal | None:
    total = amount(raw.get("total_money"))
    if total is None:
        return None
    outside = ("total_tip_money", "total_service_charge_money")
    return total - sum((or_nothing(raw.get(name)) for name in outside), Decimal())
