"""Orders from a table of a vendor's facts: its statuses, its money and its tax.

Every shop writes the same purchase in its own words; the table says which, and one builder
makes the order, so that all of them mean the same by net, tax and discount.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from connectors.kit.facts.money import ZERO
from connectors.kit.facts.values import Fields, Value
from connectors.kit.streams import Raw
from core.contract import Connector
from core.records import Deleted, Line, Order, OrderDiscount, Refund, RefundLine

OrderStatus = Literal[
    "pending", "paid", "fulfilled", "cancelled", "failed", "refunded", "draft", "test"
]


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())


def _by_folded(statuses: Mapping[str, OrderStatus]) -> Mapping[str, OrderStatus]:
    return {_folded(word): status for word, status in statuses.items()}


class OrderStatuses(Connector):
    """The setting of every source that yields orders."""

    statuses: Annotated[Mapping[str, OrderStatus], AfterValidator(_by_folded)] = {}
    """Words of an order's status, in any case, and what they mean: { afsendt = "fulfilled" }. A
    word that is not known counts as a purchase."""

    def order_statuses(self) -> Mapping[str, str]:
        """Return the words of the setting and what they mean."""
        return self.statuses


def order_status(
    word: Any, statuses: Mapping[str, str], usual: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """Return what a word means by the setting, else by the vendor's table, else the word itself."""
    said = statuses.get(_folded(word)) if isinstance(word, str) else None
    return said or usual.get(word, word)


Role = Literal["sold", "returned", "deducted", "void"]


@dataclass(frozen=True)
class OrderTable:
    """A vendor's names for the parts of an order, and their meaning."""

    order: Mapping[str, Value]
    """Field of `Order` -> where it is read."""
    lines: str | Callable[[Raw], Sequence[Raw]] = ""
    """Name of the list of lines, or a function that makes them of the order; blank: it has none."""
    line: Mapping[str, Value] = field(default_factory=dict)
    """Field of `Line` -> where it is read. `subtotal` is what the line cost before discounts: the
    difference is a coupon's where the order has discounts, else a markdown."""
    discounts: str = ""
    """Name of the list of codes that were entered."""
    discount: Mapping[str, Value] = field(default_factory=dict)
    """Field of `OrderDiscount` -> where it is read."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """The vendor's words -> ours; a word that is not here stays, and counts as a purchase."""
    role: Callable[[Raw, Raw], Role] | None = None
    """Role of a row in its order, for tills that list returns and discounts among the goods; their
    totals are negative. Absent: all are sold."""
    returned_of: str = ""
    """Name of the sale that returned rows belong to; blank: they lower none."""
    tax_included: str | bool | Callable[[Raw], bool] = True
    """Whether prices include tax, or the field or the function that says so."""

    def build(
        self, raw: Raw, statuses: Mapping[str, str] = MappingProxyType({}), **known: Any
    ) -> Order:
        """Make the order; `known` are fields that the table cannot tell.

        `statuses` is the setting of the connection, which is asked before the table.
        """
        return self._order(raw, self._by_role(raw), statuses, known)

    def records(
        self, raw: Raw, statuses: Mapping[str, str] = MappingProxyType({}), **known: Any
    ) -> Iterator[Refund | Deleted | Order]:
        """Yield the order of what was sold, and the refund of what came back once it is paid."""
        rows = self._by_role(raw)
        order, returned = self._order(raw, rows, statuses, known), rows.get("returned")
        if order.lines or not returned:
            yield order
        if returned and order.status == "cancelled":
            yield Deleted(noun="Refund", id=order.id)
        elif returned and order.status in {"fulfilled", "paid"}:
            yield Refund(
                id=order.id,
                order=raw.get(self.returned_of) or order.id,
                updated_at=order.updated_at,
                at=order.placed_at,
                total=self._given(returned, raw),
            )

    def _order(
        self,
        raw: Raw,
        rows: Mapping[Role, Sequence[Raw]],
        statuses: Mapping[str, str],
        known: Mapping[str, Any],
    ) -> Order:
        included = self._includes_tax(raw)
        order, line, discount = self._fields[included]
        coupons = raw[self.discounts] if self.discounts else ()
        stated = order.of(raw, raw)
        if "status" in stated:
            stated["status"] = order_status(stated["status"], statuses, self.statuses)
        if deducted := rows.get("deducted"):
            stated["discount"] = self._given(deducted, raw)
        sold = rows.get("sold", ())
        return Order(
            tax_included=included,
            lines=tuple(_line(line.of(each, raw), coupons=bool(coupons)) for each in sold),
            discounts=tuple(OrderDiscount(**discount.of(each, raw)) for each in coupons),
            **stated,
            **known,
        )

    def _by_role(self, raw: Raw) -> Mapping[Role, Sequence[Raw]]:
        rows = self.lines(raw) if callable(self.lines) else raw[self.lines] if self.lines else ()
        if self.role is None:
            return {"sold": rows}
        found: dict[Role, list[Raw]] = {}
        for row in rows:
            found.setdefault(self.role(row, raw), []).append(row)
        return found

    def _given(self, rows: Sequence[Raw], raw: Raw) -> Decimal:
        """Sum of what rows give back, with its tax."""
        _, line, _ = self._fields[True]
        return -sum((line.of(each, raw)["total"] for each in rows), ZERO)

    def _includes_tax(self, raw: Raw) -> bool:
        told = self.tax_included
        if isinstance(told, str):
            return bool(raw.get(told))
        return told(raw) if callable(told) else told

    @cached_property
    def _fields(self) -> tuple[tuple[Fields, ...], ...]:
        """The tables of order, line and discount, for prices without tax and with it."""
        tables = (self.order, self.line, self.discount)
        return tuple(
            tuple(Fields(table, included=included) for table in tables)
            for included in (False, True)
        )


def _line(stated: dict[str, Any], *, coupons: bool) -> Line:
    if "subtotal" in stated:
        off = max(stated.pop("subtotal") - stated["total"], ZERO)
        stated["coupon_discount"] = off if coupons else None
        stated["discount"] = off if off and not coupons else None
    return Line(**stated)


def refund_of(receipt: Order, sale: str | None) -> Refund:
    """Return a receipt of goods that came back, its amounts positive, as a refund of a sale.

    Without a sale it names itself, and lowers none.
    """
    goods = receipt.total if receipt.total is not None else sum(_totals(receipt), ZERO)
    return Refund(
        id=receipt.id,
        order=sale or receipt.id,
        updated_at=receipt.updated_at,
        at=receipt.placed_at,
        total=goods + (receipt.shipping or ZERO),
        goods=None if receipt.lines else goods,
        lines=tuple(
            RefundLine(line=line.id, quantity=line.quantity, total=total)
            for line, total in zip(receipt.lines, _totals(receipt), strict=True)
        ),
    )


def _totals(receipt: Order) -> list[Decimal]:
    return [line.total or ZERO for line in receipt.lines]
