"""Orders from a table of a vendor's facts: its statuses, its money and its tax.

Every shop writes the same purchase in its own words; the table says which, and one builder
makes the order, so that all of them mean the same by net, tax and discount.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from operator import itemgetter, methodcaller
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from connectors.kit.http.body import dig
from connectors.kit.rejects import Unreadable
from connectors.kit.streams import Raw
from core.contract import Connector
from core.records import Line, Order, OrderDiscount

# Decimals of each currency as ISO 4217 has them (https://www.iso.org/iso-4217-currency-codes.html);
# former currencies that vendors still name stand beside.
_NONE = "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR
LRD LSL LTL LVL MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK
NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP
STD STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN USS UYU UZS VEF VES WST XCD YER
ZAR ZMK ZMW
"""
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
PLACES: Mapping[str, int] = {
    code: places
    for places, codes in ((0, _NONE), (2, _TWO), (3, _THREE), (4, _FOUR))
    for code in codes.split()
}
"""Decimals of each currency. The unit of any other is not guessed."""


def minor_units(amount: int | str | None, currency: str) -> Decimal | None:
    """Return whole minor units (cents) in units of their currency; None where none are stated.

    Raises Unreadable where the currency's decimals are not known.
    """
    if amount is None:
        return None
    units, places = Decimal(int(amount)), PLACES.get(currency)
    if places is None:
        raise Unreadable("is a currency whose decimals are not known; the amount says nothing")
    return units.scaleb(-places)


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


def order_status(
    word: Any, statuses: Mapping[str, str], usual: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """Return what a word means by the setting, else by the vendor's table, else the word itself."""
    said = statuses.get(_folded(word)) if isinstance(word, str) else None
    return said or usual.get(word, word)


ZERO = Decimal()


@dataclass(frozen=True)
class Taxed:
    """An amount without tax, and the tax that joins it where the order's prices include tax.

    An amount that is absent or blank is zero.
    """

    amount: str
    tax: str

    def of(self, raw: Raw, *, included: bool) -> Decimal:
        """Return the amount as the order states its prices."""
        amount, tax = raw.get(self.amount), raw.get(self.tax) if included else None
        total = Decimal(str(amount)) if amount else ZERO
        return total + Decimal(str(tax)) if tax else total


Value = str | Taxed | Callable[[Raw], Any]
"""Where a field is read: its name, with `?` where it may be absent; a dotted path; an amount with
its tax; or a function of the raw."""


Getters = list[tuple[str, Callable[[Raw], Any]]]


@dataclass(frozen=True)
class OrderTable:
    """A vendor's names for the parts of an order, and their meaning."""

    order: Mapping[str, Value]
    """Field of `Order` -> where it is read."""
    lines: str
    """Name of the list of lines."""
    line: Mapping[str, Value]
    """Field of `Line` -> where it is read. `subtotal` is what the line cost before discounts: the
    difference is a coupon's where the order has discounts, else a markdown."""
    discounts: str = ""
    """Name of the list of codes that were entered."""
    discount: Mapping[str, Value] = field(default_factory=dict)
    """Field of `OrderDiscount` -> where it is read."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """The vendor's words -> ours; a word that is not here stays, and counts as a purchase."""
    tax_included: str | bool = True
    """Whether prices include tax, or the field that says so."""

    def build(
        self, raw: Raw, statuses: Mapping[str, str] = MappingProxyType({}), **known: Any
    ) -> Order:
        """Make the order; `known` are fields that the table cannot tell.

        `statuses` is the setting of the connection, which is asked before the table.
        """
        told = self.tax_included
        included = bool(raw.get(told)) if isinstance(told, str) else told
        order, line, discount = self._getters[included]
        coupons = raw[self.discounts] if self.discounts else ()
        stated = {name: get(raw) for name, get in order}
        if "status" in stated:
            stated["status"] = order_status(stated["status"], statuses, self.statuses)
        return Order(
            tax_included=included,
            lines=tuple(
                _line({name: get(each) for name, get in line}, coupons=bool(coupons))
                for each in raw[self.lines]
            ),
            discounts=tuple(
                OrderDiscount(**{name: get(each) for name, get in discount}) for each in coupons
            ),
            **stated,
            **known,
        )

    @cached_property
    def _getters(self) -> tuple[tuple[Getters, ...], tuple[Getters, ...]]:
        """The tables as functions, for prices without tax and with it."""
        tables = (self.order, self.line, self.discount)
        plain, taxed = (
            tuple([(name, _getter(value, included)) for name, value in table.items()]
                  for table in tables)
            for included in (False, True)
        )  # fmt: skip
        return plain, taxed


def _line(stated: dict[str, Any], *, coupons: bool) -> Line:
    if "subtotal" in stated:
        off = max(stated.pop("subtotal") - stated["total"], Decimal())
        stated["coupon_discount"] = off if coupons else None
        stated["discount"] = off if off and not coupons else None
    return Line(**stated)


def _getter(value: Value, included: bool) -> Callable[[Raw], Any]:  # noqa: FBT001 - one of two tables
    if isinstance(value, Taxed):
        return partial(value.of, included=included)
    if not isinstance(value, str):
        return value
    if value.endswith("?"):
        return methodcaller("get", value[:-1])
    return partial(_dug, path=value) if "." in value else itemgetter(value)


def _dug(raw: Raw, path: str) -> Any:
    return dig(raw, path)
