"""Values of a vendor's rows, as tables of its facts name them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from operator import itemgetter, methodcaller
from typing import Any

from connectors.kit.facts.money import amount_of, minor_units
from connectors.kit.http.body import dig
from connectors.kit.streams import Raw


@dataclass(frozen=True)
class Taxed:
    """An amount without tax, and the tax that joins it where the order's prices include tax.

    An amount that is absent or blank is zero.
    """

    amount: str
    tax: str

    def of(self, raw: Raw, *, included: bool) -> Decimal:
        """Return the amount as the order states its prices."""
        total = amount_of(raw.get(self.amount))
        return total + amount_of(raw.get(self.tax)) if included else total


@dataclass(frozen=True)
class Minor:
    """An amount in minor units, at a dotted path or by a function; None where there is none."""

    amount: str | Callable[[Raw], Any]
    currency: str = "currency"
    """Path of its currency, in the row or else in the order."""

    def of(self, raw: Raw, order: Raw) -> Decimal | None:
        """Return the amount in units of its currency; raises Unreadable."""
        currency: Any = dig(raw, self.currency) or dig(order, self.currency)
        amount: Any = self.amount(raw) if callable(self.amount) else dig(raw, self.amount)
        return minor_units(amount, currency)


Value = str | tuple[str, ...] | Taxed | Minor | Callable[[Raw], Any] | Callable[[Raw, Raw], Any]
"""Where a field is read: its name, with `?` where it may be absent; a dotted path; several names,
of which the first that holds something is taken, else the last; an amount with its tax or in minor
units; or a function of the row, which may also take the order that the row is part of."""


class Fields:
    """The fields of one noun, each as a function of a row."""

    def __init__(self, table: Mapping[str, Value], *, included: bool = True) -> None:
        """Prepare a table; `included` is whether prices include tax."""
        self._plain: list[tuple[str, Callable[[Raw], Any]]] = []
        self._within: list[tuple[str, Callable[[Raw, Raw], Any]]] = []
        for name, value in table.items():
            read: Any = value.of if isinstance(value, Minor) else _getter(value, included=included)
            takes_order = callable(value) and len(inspect.signature(value).parameters) > 1
            whole = takes_order or isinstance(value, Minor)
            (self._within if whole else self._plain).append((name, read))

    def of(self, raw: Raw, order: Raw) -> dict[str, Any]:
        """Return the fields that a row states; `order` is what the row is part of."""
        stated = {name: get(raw) for name, get in self._plain}
        if self._within:
            stated |= {name: get(raw, order) for name, get in self._within}
        return stated


def _getter(value: Any, *, included: bool) -> Any:
    if isinstance(value, Taxed):
        return partial(value.of, included=included)
    if isinstance(value, tuple):
        *first, last = [_getter(name, included=included) for name in value]
        return lambda raw: next(filter(None, (get(raw) for get in first)), None) or last(raw)
    if not isinstance(value, str):
        return value
    if value.endswith("?"):
        return methodcaller("get", value[:-1])
    return partial(_dug, path=value) if "." in value else itemgetter(value)


def _dug(raw: Raw, path: str) -> Any:
    return dig(raw, path)
