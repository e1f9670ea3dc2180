"""Filters: what `where` may say of the rows of each subject."""

import re
from collections.abc import Mapping
from typing import Final

from pydantic import ConfigDict, model_validator

from core.segments.rules.conditions import (
    BirthdayComparisons,
    CouponCondition,
    CustomCondition,
    NumberCondition,
    Table,
    TextCondition,
)

CUSTOM: Final = "custom."
"""Prefix of a field of the source's own."""


class Where(Table):
    """Conditions that all hold for the same row; the docstrings are their meaning in the docs."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class CustomWhere(Where):
    """Conditions that may name fields of the source's own, each as `custom.<name>`."""

    model_config = ConfigDict(
        json_schema_extra={"patternProperties": {f"^{re.escape(CUSTOM)}.": {}}}
    )
    custom: Mapping[str, CustomCondition] | None = None
    """A field of the source's own."""

    @model_validator(mode="before")
    @classmethod
    def _gather_custom(cls, table: object) -> object:
        if not isinstance(table, Mapping):
            return table
        own = {name: each for name, each in table.items() if name.startswith(CUSTOM)}
        if not own:
            return table
        others = {name: each for name, each in table.items() if name not in own}
        return {**others, "custom": {name.removeprefix(CUSTOM): own[name] for name in own}}


class OrdersWhere(CustomWhere):
    """Which orders."""

    total: NumberCondition | None = None
    """The order's amount, also relative to the population's orders."""
    coupon: CouponCondition | None = None
    """`true`, `false`, or a code."""
    store: TextCondition | None = None
    """The store of the sale, by id or title."""
    channel: TextCondition | None = None
    """`web` or `pos`."""
    currency: TextCondition | None = None
    """The currency of the order."""
    ship_country: TextCondition | None = None
    """Where it was sent, in two letters."""
    source: TextCondition | None = None
    """Where the visit came from that led to it."""
    campaign: TextCondition | None = None
    """The campaign that led to it."""
    subscription: TextCondition | None = None
    """`first` or `renewal`, of an order of a subscription."""
    gift_card: bool | None = None
    """Whether gift cards paid a part of it."""
    connection: TextCondition | None = None
    """The connection that the order came from."""


class ItemsWhere(CustomWhere):
    """Which order lines."""

    category: TextCondition | None = None
    """The product's category, or one above it."""
    brand: TextCondition | None = None
    """The product's brand, or one of its brands, in any spelling of `[aliases]`."""
    product: TextCondition | None = None
    """The product, by its id."""
    variant: TextCondition | None = None
    """The size, colour or the like, by its id."""
    sku: TextCondition | None = None
    """The article number."""
    on_sale: bool | None = None
    """Whether the item was sold at least 1 % below its list price."""
    markdown: NumberCondition | None = None
    """The share off the list price."""
    price: NumberCondition | None = None
    """The price of one unit."""
    store: TextCondition | None = None
    """The store of the sale, by id or title."""
    channel: TextCondition | None = None
    """`web` or `pos`."""
    connection: TextCondition | None = None
    """The connection that the order came from."""


class RefundsWhere(Where):
    """Which refunds."""

    reason: TextCondition | None = None
    """Why it was given, as the source states it."""
    store: TextCondition | None = None
    """The store that gave it, else the store of the sale, by id or title."""
    channel: TextCondition | None = None
    """`web` or `pos`: of the refund, else of the sale."""
    connection: TextCondition | None = None
    """The connection that the refund came from."""


class MessagesWhere(Where):
    """Which messages."""

    campaign: TextCondition | None = None
    """The campaign, by id or title."""
    link: TextCondition | None = None
    """The address that was clicked."""
    kind: TextCondition | None = None
    """`campaign` or `automation`."""
    channel: TextCondition | None = None
    """`email`, `sms` or `push`; without it, email alone counts."""
    variant: TextCondition | None = None
    """The version of a message that is tested against others."""
    topic: TextCondition | None = None
    """The campaign's topic."""
    connection: TextCondition | None = None
    """The connection that sent it."""


class VisitsWhere(Where):
    """Which visits."""

    kind: TextCondition | None = None
    """`view`, `search`, `cart`, `checkout` or `event`."""
    event: TextCondition | None = None
    """The name of an event."""
    value: NumberCondition | None = None
    """The worth of an event, as its source states it."""
    url: TextCondition | None = None
    """The page's address."""
    category: TextCondition | None = None
    """The category that was looked at."""
    product: TextCondition | None = None
    """The product that was looked at."""
    query: TextCondition | None = None
    """The words that were searched for."""
    source: TextCondition | None = None
    """Where the visit came from."""
    campaign: TextCondition | None = None
    """The campaign that led to it."""
    device: TextCondition | None = None
    """The kind of device."""
    connection: TextCondition | None = None
    """The connection that reported it."""


class CartsWhere(Where):
    """Which carts."""

    status: TextCondition | None = None
    """`open`, `ordered` or `expired`."""
    category: TextCondition | None = None
    """The category of something in the cart, as its source states it."""
    brand: TextCondition | None = None
    """The brand of something in the cart, in any spelling of `[aliases]`."""
    product: TextCondition | None = None
    """The id of a product in the cart."""
    url: TextCondition | None = None
    """The address that leads back to the cart."""
    connection: TextCondition | None = None
    """The connection that reported it."""


class ListsWhere(Where):
    """Which lists."""

    list: TextCondition | None = None
    """The list, by id or title."""
    connection: TextCondition | None = None
    """The connection that the list belongs to."""


class ChildrenWhere(Where):
    """Which children; all conditions hold for the same child."""

    gender: TextCondition | None = None
    """The child's gender."""
    age: NumberCondition | None = None
    """Completed years."""
    birthday: BirthdayComparisons | None = None
    """How soon the birthday is: `{ within_next = "14 days" }`."""


class SupportWhere(Where):
    """Which support cases."""

    status: TextCondition | None = None
    """The case's status."""
    topic: TextCondition | None = None
    """The case's topic."""
    connection: TextCondition | None = None
    """The connection that the case came from."""


class DealsWhere(Where):
    """Which deals."""

    status: TextCondition | None = None
    """`open`, `won` or `lost`."""
    stage: TextCondition | None = None
    """The stage in the pipeline."""
    owner: TextCondition | None = None
    """The seller who works on it."""
    closed: NumberCondition | None = None
    """The date on which it was won or lost: `{ at_least = 2026-01-01 }`."""
    expected: NumberCondition | None = None
    """The date on which it is expected to close."""
    connection: TextCondition | None = None
    """The connection that the deal came from."""
