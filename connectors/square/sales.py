"""Orders of the till: sales with their lines and discounts."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from connectors.kit import Order, OrderTable, Raw
from connectors.square.catalogue import named
from connectors.square.money import amount, or_nothing


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
    discounts = [{**each, "code": _code(each, names)} for each in raw.get("discounts") or ()]
    buyer = _buyer(raw) or owner
    return SALE.build(
        {**raw, "discounts": discounts},
        statuses,
        channel="web" if (raw.get("source") or {}).get("name") in web_sources else "pos",
        # A later change of the order may come without the event that named the buyer.
        **({"contact": buyer} if buyer else {}),
    )


def without_charges(raw: Raw) -> Decimal | None:
    """Amount of a line, sold or returned, without its share of service charges."""
    total = amount(raw.get("total_money"))
    return None if total is None else total - or_nothing(raw.get("total_service_charge_money"))


def _lines(raw: Raw) -> list[Raw]:
    lines = enumerate(raw.get("line_items") or (), start=1)
    return [{**line, "uid": line.get("uid") or f"{place}"} for place, line in lines]


def _includes_tax(raw: Raw) -> bool:
    return all(tax.get("type") != "ADDITIVE" for tax in raw.get("taxes") or ())


def _total(line: Raw, order: Raw) -> Decimal | None:
    total = without_charges(line)
    if total is None or _includes_tax(order):
        return total
    return total - or_nothing(line.get("total_tax_money"))


def _brought(line: Raw, order: Raw) -> Decimal:
    """The part of the discounts that the customer brought: coupons and loyalty rewards."""
    brought = {
        each.get("uid") for each in order["discounts"] if each["code"] or each.get("reward_ids")
    }
    applied = line.get("applied_discounts") or ()
    taken = (each.get("applied_money") for each in applied if each["discount_uid"] in brought)
    return sum(map(or_nothing, taken), Decimal())


def _reduced(line: Raw, order: Raw) -> Decimal:
    return max(or_nothing(line.get("total_discount_money")) - _brought(line, order), Decimal())


def _list_price(line: Raw, order: Raw) -> Decimal | None:
    quantity, gross = Decimal(line["quantity"]), amount(line.get("gross_sales_money"))
    # Of a reduced line the reduction itself tells more exactly what it was reduced from.
    whole = gross is not None and not _reduced(line, order) and quantity > 0
    return gross / quantity if gross is not None and whole else None


def _code(discount: Raw, coupons: Collection[str]) -> str | None:
    """The name of a discount that customers bring a coupon for."""
    name = str(discount.get("name") or "")
    is_coupon = name.casefold() in coupons and not discount.get("reward_ids")
    return name if is_coupon else None


def _buyer(raw: Raw) -> str | None:
    paid_by = (each.get("customer_id") for each in raw.get("tenders") or ())
    return raw.get("customer_id") or next(filter(None, paid_by), None)


def _status(raw: Raw) -> str | None:
    state: str | None = raw.get("state")
    if state != "OPEN":
        return state
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
    """Total of a sale that lists no lines."""
    total = None if raw.get("line_items") else amount(raw.get("total_money"))
    if total is None:
        return None
    outside = ("total_tip_money", "total_service_charge_money")
    return total - sum((or_nothing(raw.get(name)) for name in outside), Decimal())


SALE = OrderTable(
    order={
        "id": "id",
        "updated_at": "updated_at?",
        "placed_at": "created_at",
        "status": _status,
        "store": "location_id",
        "currency": _currency,
        "total": _goods,
    },
    lines=_lines,
    line={
        "id": "uid",
        "product": "catalog_object_id?",
        "title": lambda line: named(line.get("name"), line.get("variation_name")),
        "quantity": "quantity",
        "total": _total,
        "unit_price": lambda line: amount(line.get("base_price_money")),
        "list_price": _list_price,
        "discount": lambda line, order: _reduced(line, order) or None,
        "coupon_discount": lambda line, order: _brought(line, order) or None,
        "tax": lambda line: or_nothing(line.get("total_tax_money")),
        "gift_card": lambda line: line.get("item_type") == "GIFT_CARD",
    },
    discounts="discounts",
    discount={"code": "code", "amount": lambda each: amount(each.get("applied_money"))},
    # A status of a later version stays as it is.
    statuses={"COMPLETED": "fulfilled", "CANCELED": "cancelled", "DRAFT": "draft"},
    tax_included=_includes_tax,
)
