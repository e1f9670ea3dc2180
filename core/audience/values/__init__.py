"""The values that fill fields: of the profile, its company, orders, carts, groups and so on.

Facts after the present count in none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.audience.values.facts import (
    groups,
    next_birthday,
    of_cart,
    of_loyalty,
    of_orders,
)
from core.audience.values.profile import company, profile_field
from core.audience.values.wording import FieldValue, Wording
from core.errors import Misconfigured
from core.segments.compile.profile_fields import COMPANY_FIELDS


@dataclass(frozen=True)
class Value:
    """A value that is no field of the profile."""

    noun: str
    """The noun whose facts it is made of."""
    source: Callable[[str, Wording], FieldValue]


_OF_ORDERS, _OF_COMPANY = Value("Order", of_orders), Value("Company", company)
_OF_CART, _OF_LOYALTY = Value("Cart", of_cart), Value("Loyalty", of_loyalty)
VALUES: Mapping[str, Value] = {
    "orders.count": _OF_ORDERS,
    "orders.total": _OF_ORDERS,
    "orders.largest": _OF_ORDERS,
    "orders.first": _OF_ORDERS,
    "orders.last": _OF_ORDERS,
    "cart.total": _OF_CART,
    "cart.url": _OF_CART,
    "loyalty.points": _OF_LOYALTY,
    "loyalty.tier": _OF_LOYALTY,
    "groups": Value("GroupMember", groups),
    "children.next_birthday": Value("Child", next_birthday),
    **dict.fromkeys(COMPANY_FIELDS, _OF_COMPANY),
}
"""Every value beside the fields of the profile, by the name that a config has for it."""


def field_value(expression: str, wording: Wording) -> FieldValue:
    """The source of a value; raises Misconfigured where nothing has that name.

    Amounts are in the hub's currency with two decimals or more.
    """
    if expression in VALUES:
        return VALUES[expression].source(expression, wording)
    if "." in expression and not expression.startswith("custom."):
        raise Misconfigured(f"{expression!r} cannot fill a field; known are {', '.join(VALUES)}")
    return profile_field(expression, wording)
