"""Orders and refunds with their arithmetic. Amounts are in øre, VAT included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.world.catalogue import VAT_PERCENT, Coupon, Product
from sandbox.world.people import Person

Item = tuple[Product, int]
"""A product and its quantity."""
PAID = frozenset({"processing", "completed"})
"""Statuses of orders that count as purchases."""
SHIPPING = 3900
FREE_SHIPPING_FROM = 49900


def vat_within(amount: int) -> int:
    """The VAT within an amount, rounded half away from zero."""
    size = (2 * abs(amount) * VAT_PERCENT + 100 + VAT_PERCENT) // (2 * (100 + VAT_PERCENT))
    return size if amount >= 0 else -size


@dataclass(eq=False)
class Customer:
    """A customer account; `meta` is the meta data of the shop's plugins."""

    id: int
    person: Person
    role: str
    created_at: datetime
    changed_at: datetime
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Line:
    """One product of an order, at the prices of that moment."""

    id: int
    product: Product
    quantity: int
    unit_price: int
    regular_price: int
    coupon_discount: int
    returned: int = 0
    refunded: int = 0

    @property
    def subtotal(self) -> int:
        """Before the coupon."""
        return self.unit_price * self.quantity

    @property
    def total(self) -> int:
        """After the coupon."""
        return self.subtotal - self.coupon_discount

    @property
    def kept(self) -> int:
        """Units that were not refunded."""
        return self.quantity - self.returned

    @property
    def on_sale(self) -> bool:
        """Whether it was sold at least one percent below its regular price."""
        return (self.regular_price - self.unit_price) * 100 >= self.regular_price


@dataclass(frozen=True)
class ReturnedLine:
    """Refunded units of one line, and the money for them."""

    id: int
    line: Line
    quantity: int
    amount: int


@dataclass(frozen=True)
class Refund:
    """A refund; `amount` includes shipping where that was refunded too."""

    id: int
    at: datetime
    amount: int
    reason: str
    lines: tuple[ReturnedLine, ...]


@dataclass(eq=False)
class Order:
    """A purchase in the webshop or at a till."""

    id: int
    key: str
    person: Person | None
    """None: an unidentified buyer at a till."""
    customer_id: int
    """0: bought as a guest."""
    placed_at: datetime
    changed_at: datetime
    status: str
    store: str | None
    """None: in the webshop."""
    coupon: Coupon | None
    shipping: int
    lines: Sequence[Line]
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    refunds: list[Refund] = field(default_factory=list)

    @property
    def goods(self) -> int:
        """Total of the lines."""
        return sum(line.total for line in self.lines)

    @property
    def total(self) -> int:
        """Goods and shipping."""
        return self.goods + self.shipping

    @property
    def net(self) -> int:
        """Goods that were not refunded."""
        return self.goods - sum(line.refunded for line in self.lines)

    @property
    def valid(self) -> bool:
        """Whether it counts as a purchase: paid, not cancelled, not fully refunded."""
        return self.status in PAID

    @property
    def used_coupon(self) -> bool:
        """Whether the customer entered a code."""
        return self.coupon is not None


def make_lines(items: Sequence[Item], coupon: Coupon | None, first_id: int) -> Sequence[Line]:
    """The lines of an order, priced now."""
    lines = []
    for number, (product, quantity) in enumerate(items):
        subtotal = product.price * quantity
        lines.append(
            Line(
                id=first_id + number,
                product=product,
                quantity=quantity,
                unit_price=product.price,
                regular_price=product.regular_price,
                coupon_discount=subtotal * coupon.percent // 100 if coupon else 0,
            )
        )
    return lines


def shipping_for(goods: int, coupon: Coupon | None, store: str | None) -> int:
    """Price of shipping; 0 at a till, for large baskets and with some codes."""
    free = store is not None or goods >= FREE_SHIPPING_FROM
    return 0 if free or (coupon is not None and coupon.free_shipping) else SHIPPING


def make_refund(
    order: Order,
    quantities: Mapping[int, int],
    at: datetime,
    refund_id: int,
    first_line_id: int,
    reason: str,
) -> Refund:
    """Refund units by line id; the order gets status `refunded` when nothing is left."""
    returned = []
    for number, line in enumerate(order.lines):
        quantity = quantities.get(line.id, 0)
        if not 0 <= quantity <= line.kept:
            raise ValueError(
                f"line {line.id} has {line.kept} units left, {quantity} cannot be given back"
            )
        if quantity:
            left = line.total - line.refunded
            amount = left if quantity == line.kept else line.total * quantity // line.quantity
            line.returned += quantity
            line.refunded += amount
            returned.append(ReturnedLine(first_line_id + number, line, quantity, amount))
    everything = all(line.kept == 0 for line in order.lines)
    amount = sum(each.amount for each in returned) + (order.shipping if everything else 0)
    refund = Refund(refund_id, at, amount, reason, tuple(returned))
    order.refunds.append(refund)
    order.changed_at = at
    if everything:
        order.status = "refunded"
    return refund
