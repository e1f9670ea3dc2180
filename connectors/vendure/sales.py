"""Orders, what was given back of them, and carts: one list, in which a cart was never placed."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from connectors.kit import (
    Buyer,
    Cart,
    CartLine,
    Order,
    OrderTable,
    Raw,
    Refund,
    RefundLine,
    Taxed,
    dig,
)

DEFAULT_CHANNEL = "__default_channel__"
# https://docs.vendure.io/guides/core-concepts/orders/: goods that are partly on their way count as
# paid.
STATUSES = {
    "Draft": "draft",
    "AddingItems": "pending",
    "ArrangingPayment": "pending",
    "PaymentAuthorized": "paid",
    "PaymentSettled": "paid",
    "PartiallyShipped": "paid",
    "PartiallyDelivered": "paid",
    "Modifying": "paid",
    "ArrangingAdditionalPayment": "paid",
    "Shipped": "fulfilled",
    "Delivered": "fulfilled",
    "Cancelled": "cancelled",
}
ADDRESS = "fullName city province postalCode countryCode phoneNumber"
DISCOUNT = "adjustmentSource amount amountWithTax"
REFUND = """id createdAt updatedAt shipping total state reason lines { orderLineId quantity }"""
LINE = f"""id quantity orderPlacedQuantity linePrice linePriceWithTax proratedUnitPrice
  proratedUnitPriceWithTax proratedLinePrice proratedLinePriceWithTax
  discounts {{ {DISCOUNT} }} productVariant {{ id sku name productId }}"""
ORDER = f"""id createdAt updatedAt orderPlacedAt state active currencyCode subTotalWithTax
  shippingWithTax couponCodes channels {{ code pricesIncludeTax }} customer {{ id emailAddress }}
  billingAddress {{ {ADDRESS} }} shippingAddress {{ {ADDRESS} }}
  promotions {{ id couponCode }} discounts {{ {DISCOUNT} }} surcharges {{ priceWithTax }}
  lines {{ {LINE} }} payments {{ id state refunds {{ {REFUND} }} }}"""
REFUNDS = "id orderPlacedAt state payments { refunds { id state total } }"


def address(raw: Raw) -> dict[str, Any]:
    """Return where somebody lives and can be called, as fields of a contact or a buyer."""
    name = str(raw.get("fullName") or "").split(" ", 1)
    return {
        "phone": raw.get("phoneNumber"),
        "country": raw.get("countryCode"),
        "region": raw.get("province"),
        "city": raw.get("city"),
        "postcode": raw.get("postalCode"),
        "first_name": name[0] or None,
        "last_name": name[1] if name[1:] else None,
    }


def sale(raw: Raw, statuses: Mapping[str, str], decimals: int) -> Iterator[Refund | Cart | Order]:
    """Yield the cart that an order was, and once it was placed the order and its refunds."""
    total = Decimal(raw["subTotalWithTax"]).scaleb(-decimals)
    placed = raw.get("orderPlacedAt")
    contact = dig(raw, "customer.id")
    yield Cart(
        id=raw["id"],
        contact=contact,
        at=raw["updatedAt"],
        updated_at=raw["updatedAt"],
        status="ordered" if placed else "open" if raw["active"] else "expired",
        order=raw["id"] if placed else None,
        total=total,
        currency=raw["currencyCode"],
        lines=[CartLine(product=dig(each, "productVariant.productId")) for each in raw["lines"]],
    )
    if not placed:
        return
    shop = _channel(raw)
    codes = {f"PROMOTION:{each['id']}": each.get("couponCode") for each in raw["promotions"]}
    lines = [_line(each, raw, codes, decimals) for each in raw["lines"]]
    yield SALE.build(
        {
            **raw,
            "included": shop["pricesIncludeTax"],
            "lines": lines,
            "taken": _discounts(raw, codes, decimals),
            "shipping": Decimal(raw["shippingWithTax"]).scaleb(-decimals),
            "off": _credit(raw, decimals),
        },
        statuses,
        buyer=_buyer(raw),
    )
    for each in _refunds(raw):
        if each["state"] != "Failed":
            yield _refund(each, raw, lines, decimals)


def _channel(raw: Raw) -> Raw:
    """Return the channel of an order, which beside its own is in the default one."""
    own = [each for each in raw["channels"] if each["code"] != DEFAULT_CHANNEL]
    found: Raw = (own or raw["channels"])[0]
    return found


def _refunds(raw: Raw) -> list[Raw]:
    return [each for payment in raw.get("payments") or () for each in payment["refunds"]]


def _bought(line: Raw, raw: Raw) -> int:
    """Return the units that were bought: a line counts neither returned nor cancelled ones."""
    if raw["state"] == "Cancelled":
        return int(max(line["quantity"], line["orderPlacedQuantity"]))
    returned = sum(
        int(each["quantity"])
        for refund in _refunds(raw)
        if refund["state"] != "Failed"
        for each in refund["lines"]
        if each["orderLineId"] == line["id"]
    )
    left = int(line["quantity"])
    return max(left, min(int(line["orderPlacedQuantity"]), left + returned))


def _line(line: Raw, raw: Raw, codes: Mapping[str, Any], decimals: int) -> dict[str, Any]:
    """Return a line as it was bought: amounts in units, its discounts by coupons and others."""
    bought = _bought(line, raw)
    is_whole = bought == line["quantity"]

    def amount(name: str) -> Decimal:
        each = line[f"proratedLine{name}"] if is_whole else line[f"proratedUnit{name}"] * bought
        return Decimal(each).scaleb(-decimals)

    net, gross = amount("Price"), amount("PriceWithTax")
    shown = "WithTax" if _channel(raw)["pricesIncludeTax"] else ""
    before = Decimal(line[f"linePrice{shown}"]).scaleb(-decimals)
    after = Decimal(line[f"proratedLinePrice{shown}"]).scaleb(-decimals)
    by_coupon = [
        -Decimal(each[f"amount{shown}"]).scaleb(-decimals)
        for each in line["discounts"]
        if codes.get(each["adjustmentSource"])
    ]
    coupon = min(sum(by_coupon, Decimal()), before - after)
    return {
        "id": line["id"],
        "product": dig(line, "productVariant.productId"),
        "variant": dig(line, "productVariant.id"),
        "sku": dig(line, "productVariant.sku"),
        "title": dig(line, "productVariant.name"),
        "quantity": bought,
        "net": net,
        "tax": gross - net,
        "coupon_discount": coupon,
        "discount": before - after - coupon or None,
        "unit": {name: Decimal(line[f"proratedUnit{name}"]).scaleb(-decimals)
                 for name in ("Price", "PriceWithTax")},
    }  # fmt: skip


def _discounts(raw: Raw, codes: Mapping[str, Any], decimals: int) -> list[Raw]:
    """Return the discounts of the whole order; a code that lowered the freight alone is one."""
    found: list[Raw] = [
        {
            "code": (code := codes.get(each["adjustmentSource"])),
            "kind": "coupon" if code else "automatic",
            "amount": -Decimal(each["amountWithTax"]).scaleb(-decimals),
        }
        for each in raw["discounts"]
    ]
    named = {each["code"] for each in found}
    others = (code for code in raw["couponCodes"] if code not in named)
    return [*found, *({"code": code, "kind": "coupon", "amount": None} for code in others)]


def _credit(raw: Raw, decimals: int) -> Decimal:
    """Return negative surcharges, which are discounts that no line carries; others are fees."""
    prices = [Decimal(each["priceWithTax"]).scaleb(-decimals) for each in raw["surcharges"]]
    return -sum((each for each in prices if each < 0), Decimal())


def _buyer(raw: Raw) -> Buyer | None:
    bills = (raw.get("billingAddress") or {}, raw.get("shippingAddress") or {})
    bill = next((each for each in bills if each.get("fullName") or each.get("countryCode")), {})
    stated = {**address(bill), "email": dig(raw, "customer.emailAddress")}
    return Buyer(**stated) if any(stated.values()) else None


def _refund(refund: Raw, raw: Raw, lines: list[dict[str, Any]], decimals: int) -> Refund:
    """Return money that was given back: for lines at their prices, else a sum."""
    own = {each["id"]: each for each in lines}
    included = _channel(raw)["pricesIncludeTax"]
    back, worth = [], Decimal()
    for each in refund["lines"]:
        unit = own[each["orderLineId"]]["unit"]
        net, gross = (unit[name] * each["quantity"] for name in ("Price", "PriceWithTax"))
        worth += gross
        back.append(
            RefundLine(
                line=each["orderLineId"],
                quantity=each["quantity"],
                total=gross if included else net,
                tax=gross - net,
            )
        )
    total, freight = (Decimal(refund[name]).scaleb(-decimals) for name in ("total", "shipping"))
    goods = max(total - freight, Decimal())
    return Refund(
        id=refund["id"],
        order=raw["id"],
        updated_at=refund["updatedAt"],
        at=refund["createdAt"],
        total=total,
        goods=None if back and goods == worth else goods,
        reason=refund.get("reason"),
        lines=tuple(back),
    )


SALE = OrderTable(
    statuses=STATUSES,
    tax_included="included",
    order={
        "id": "id",
        "updated_at": "updatedAt",
        "placed_at": "orderPlacedAt",
        "status": "state",
        "channel": lambda _: "web",
        "contact": "customer.id",
        "ship_country": "shippingAddress.countryCode",
        "currency": "currencyCode",
        "shipping": "shipping",
        "discount": "off",
    },
    lines="lines",
    line={
        "total": Taxed("net", "tax"),
        **{name: name for name in ("id", "product", "variant", "sku", "title", "quantity", "tax")},
        **{name: name for name in ("coupon_discount", "discount")},
    },
    discounts="taken",
    discount={"code": "code", "kind": "kind", "amount": "amount"},
)
