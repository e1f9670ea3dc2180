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

Source = Callable[[str, Wording], FieldValue]


@dataclass(frozen=True)
class Value:
    """A value that is no field of the profile."""

    meaning: str
    noun: str
    """The noun whose facts it is made of."""
    source: Source


VALUES: Mapping[str, Value] = {
    "orders.count": Value("number of orders", "Order", of_orders),
    "orders.total": Value("what all orders amount to", "Order", of_orders),
    "orders.largest": Value("amount of the largest order", "Order", of_orders),
    "orders.first": Value("date of the first order", "Order", of_orders),
    "orders.last": Value("date of the latest order", "Order", of_orders),
    "cart.total": Value("amount of the latest open cart", "Cart", of_cart),
    "cart.url": Value("address that leads back to the latest open cart", "Cart", of_cart),
    "loyalty.points": Value("the largest balance of a loyalty account", "Loyalty", of_loyalty),
    "loyalty.tier": Value("the tier of that account", "Loyalty", of_loyalty),
    "groups": Value("titles of the person's groups, sorted", "GroupMember", groups),
    "children.next_birthday": Value("the next birthday of a child", "Child", next_birthday),
    **{name: Value(meaning, "Company", company) for name, meaning in COMPANY_FIELDS.items()},
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
