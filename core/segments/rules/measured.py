"""Rules that measure rows: orders, items, messages, visits and the like."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from core.segments.rules.conditions import (
    ComparedNumber,
    LocalDate,
    NumberComparisons,
    Table,
    number_comparisons,
    shares_of,
)
from core.segments.rules.filters import (
    CartsWhere,
    ChildrenWhere,
    DealsWhere,
    ItemsWhere,
    ListsWhere,
    MessagesWhere,
    OrdersWhere,
    RefundsWhere,
    SupportWhere,
    VisitsWhere,
)
from core.segments.rules.values import DurationField, WithinField

DATE_MEASURES = frozenset(
    {"first", "last", "subscribed", "last_delivered", "last_opened", "last_clicked"}
)
"""Measures that are dates: a window holds where the date exists and lies in it."""


class Rule(Table):
    """One rule of a segment."""

    word: ClassVar[str]
    """The key that names this kind of rule in a config."""


class Measured(Rule, ComparedNumber):
    """A subject's measure, counted in a window and compared."""

    measures: ClassVar[Mapping[str, str]]
    """Every measure of the subject, with its meaning."""
    within: WithinField | None = None
    before: DurationField | None = None
    from_: LocalDate | None = Field(default=None, alias="from")
    to: LocalDate | None = None
    baseline_within: WithinField | None = None
    of: Literal["company"] | None = None
    then: Literal["orders"] | None = None
    then_no: Literal["orders"] | None = None

    @property
    def measure(self) -> str:
        """The measure that the rule names: the value of its first word."""
        return str(getattr(self, self.word))

    @property
    def comparisons(self) -> NumberComparisons | None:
        """The rule's comparisons; None where it has none."""
        return number_comparisons(self, NumberComparisons.model_fields)

    @property
    def windowed(self) -> bool:
        """Whether the rule has a window narrower than `ever`."""
        return bool((self.within not in {None, "ever"}) or self.before or self.from_ or self.to)

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if self.comparisons is None and not (
            self.measure in DATE_MEASURES and (self.windowed or self.within)
        ):
            raise ValueError(
                "compares nothing; write at_least, over, at_most, under, between or is"
            )
        if self.from_ and self.to and self.from_ > self.to:
            raise ValueError("`from` lies after `to`; no date is in between")
        if self.then and self.then_no:
            raise ValueError("`then` and `then_no` exclude each other")
        return self


class OrdersRule(Measured):
    """Valid orders."""

    word = "orders"
    measures: ClassVar[Mapping[str, str]] = {
        "count": "number of orders",
        "total": "what the orders amount to",
        "average": "average amount of an order",
        "largest": "amount of the largest order",
        "first": "date of the first order",
        "last": "date of the latest order",
        "days": "number of different purchase days",
        "gap": "typical (median) days between purchase days",
    }
    orders: Literal["count", "total", "average", "largest", "first", "last", "days", "gap"]
    where: OrdersWhere | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.of is not None and self.orders == "gap":
            raise ValueError("`gap` is about one person; leave `of` out")
        return self


class ItemsRule(Measured):
    """Items of valid orders, without returned ones."""

    word = "items"
    measures: ClassVar[Mapping[str, str]] = {
        "count": "units",
        "lines": "order lines",
        "orders": "different orders with such an item",
        "total": "what the lines amount to",
        "first": "date of the first purchase",
        "last": "date of the latest purchase",
        "share": "share of all units that the person bought",
    }
    items: Literal["count", "lines", "orders", "total", "first", "last", "share"]
    where: ItemsWhere | None = None


class RefundsRule(Measured):
    """Refunds."""

    word = "refunds"
    measures: ClassVar[Mapping[str, str]] = {
        "count": "number of refunds",
        "total": "what was refunded",
        "last": "date of the latest refund",
    }
    refunds: Literal["count", "total", "last"]
    where: RefundsWhere | None = None


class MessagesRule(Measured):
    """Deliveries, opens and clicks of emails, or of another channel that `where` names."""

    word = "messages"
    measures: ClassVar[Mapping[str, str]] = {
        "delivered": "messages delivered",
        "opened": "different messages opened",
        "clicked": "different messages with a click",
        "open_rate": "opened messages as a share of the delivered ones",
        "click_rate": "clicked messages as a share of the delivered ones",
        "last_delivered": "date of the latest delivery",
        "last_opened": "date of the latest open",
        "last_clicked": "date of the latest click",
    }
    messages: Literal[
        "delivered", "opened", "clicked", "open_rate", "click_rate",
        "last_delivered", "last_opened", "last_clicked",
    ]  # fmt: skip
    where: MessagesWhere | None = None
    evidence: Literal["human", "probable", "any"] | None = None
    of_last: Annotated[int, Field(ge=1, le=1000)] | None = None
    min_delivered: Annotated[int, Field(ge=1, le=100_000)] = 1

    @property
    def comparisons(self) -> NumberComparisons | None:
        """The rule's comparisons; with `of_last = n` a share as that many of the n."""
        stated = super().comparisons
        if stated is None or self.of_last is None:
            return stated
        return shares_of(stated, self.of_last)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.of_last is not None and self.messages not in {"opened", "clicked"}:
            raise ValueError("`of_last` goes with opened and clicked")
        if self.where and self.where.link and self.messages not in {"clicked", "last_clicked"}:
            raise ValueError("`link` goes with clicked and last_clicked")
        if self.where and self.where.link and self.of_last is not None:
            raise ValueError("`link` does not go with `of_last`")
        channel = self.where and self.where.channel
        if self.messages.endswith("_rate") and channel and channel.model_fields_set != {"is_"}:
            raise ValueError('a rate is about one channel; write it as `channel = "sms"`')
        if self.of is not None and self.of_last is not None:
            raise ValueError("`of_last` is about one person; leave `of` or `of_last` out")
        return self


class VisitsRule(Measured):
    """Pages viewed, searches, products put into a cart, and events."""

    word = "visits"
    measures: ClassVar[Mapping[str, str]] = {
        "count": "number of visits",
        "first": "date of the first visit",
        "last": "date of the latest visit",
    }
    visits: Literal["count", "first", "last"]
    where: VisitsWhere | None = None


class CartsRule(Measured):
    """Carts and checkouts that were begun."""

    word = "carts"
    measures: ClassVar[Mapping[str, str]] = {
        "count": "number of carts",
        "last": "date of the latest cart",
        "total": "what the carts amount to",
    }
    carts: Literal["count", "last", "total"]
    where: CartsWhere | None = None


class ListsRule(Measured):
    """The start of the present unbroken stay on a list."""

    word = "lists"
    measures: ClassVar[Mapping[str, str]] = {
        "subscribed": "start of the present stay on the list",
    }
    lists: Literal["subscribed"]
    where: ListsWhere | None = None


class ChildrenRule(Measured):
    """Declared children."""

    word = "children"
    measures: ClassVar[Mapping[str, str]] = {
        "count": "number of declared children",
    }
    children: Literal["count"]
    where: ChildrenWhere | None = None


class SupportRule(Measured):
    """Cases at the support desk."""

    word = "support"
    measures: ClassVar[Mapping[str, str]] = {
        "count": "number of cases",
        "last": "date of the latest case",
    }
    support: Literal["count", "last"]
    where: SupportWhere | None = None


class DealsRule(Measured):
    """Deals of a CRM."""

    word = "deals"
    measures: ClassVar[Mapping[str, str]] = {
        "count": "number of deals",
        "last": "date of the latest deal",
        "total": "what the deals amount to",
    }
    deals: Literal["count", "last", "total"]
    where: DealsWhere | None = None
