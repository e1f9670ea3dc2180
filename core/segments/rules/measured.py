"""Rules that measure rows: orders, items, messages, visits and the like."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from core.segments.rules.conditions import (
    BirthdayComparisons,
    ComparedNumber,
    CouponCondition,
    LocalDate,
    NumberComparisons,
    NumberCondition,
    Table,
    TextCondition,
    number_comparisons,
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


class Where(Table):
    """Conditions that all hold for the same row."""


class Measured(Rule, ComparedNumber):
    """A subject's measure, counted in a window and compared."""

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


class OrdersWhere(Where):
    """Which orders."""

    total: NumberCondition | None = None
    coupon: CouponCondition | None = None
    store: TextCondition | None = None
    channel: TextCondition | None = None
    currency: TextCondition | None = None
    connection: TextCondition | None = None


class OrdersRule(Measured):
    """Valid orders."""

    word = "orders"
    orders: Literal["count", "total", "average", "largest", "first", "last", "days", "gap"]
    where: OrdersWhere | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.of is not None and self.orders == "gap":
            raise ValueError("`gap` is about one person; leave `of` out")
        return self


class ItemsWhere(Where):
    """Which order lines."""

    category: TextCondition | None = None
    brand: TextCondition | None = None
    product: TextCondition | None = None
    sku: TextCondition | None = None
    on_sale: bool | None = None
    markdown: NumberCondition | None = None
    price: NumberCondition | None = None
    store: TextCondition | None = None
    channel: TextCondition | None = None
    connection: TextCondition | None = None


class ItemsRule(Measured):
    """Items of valid orders, without returned ones."""

    word = "items"
    items: Literal["count", "lines", "orders", "total", "first", "last", "share"]
    where: ItemsWhere | None = None


class RefundsWhere(Where):
    """Which refunds."""

    connection: TextCondition | None = None


class RefundsRule(Measured):
    """Refunds."""

    word = "refunds"
    refunds: Literal["count", "total", "last"]
    where: RefundsWhere | None = None


class MessagesWhere(Where):
    """Which messages."""

    campaign: TextCondition | None = None
    link: TextCondition | None = None
    kind: TextCondition | None = None
    topic: TextCondition | None = None
    connection: TextCondition | None = None


class MessagesRule(Measured):
    """Deliveries, opens and clicks of messages; transactional ones never count."""

    word = "messages"
    messages: Literal[
        "delivered", "opened", "clicked", "open_rate", "click_rate",
        "last_delivered", "last_opened", "last_clicked",
    ]  # fmt: skip
    where: MessagesWhere | None = None
    evidence: Literal["human", "probable", "any"] | None = None
    of_last: Annotated[int, Field(ge=1, le=1000)] | None = None
    min_delivered: Annotated[int, Field(ge=1, le=100_000)] = 1

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.of_last is not None and self.messages not in {"opened", "clicked"}:
            raise ValueError("`of_last` goes with opened and clicked")
        if self.where and self.where.link and self.messages not in {"clicked", "last_clicked"}:
            raise ValueError("`link` goes with clicked and last_clicked")
        if self.where and self.where.link and self.of_last is not None:
            raise ValueError("`link` does not go with `of_last`")
        if self.of is not None and self.of_last is not None:
            raise ValueError("`of_last` is about one person; leave `of` or `of_last` out")
        return self


class VisitsWhere(Where):
    """Which visits."""

    kind: TextCondition | None = None
    url: TextCondition | None = None
    category: TextCondition | None = None
    product: TextCondition | None = None
    query: TextCondition | None = None
    source: TextCondition | None = None
    campaign: TextCondition | None = None
    device: TextCondition | None = None
    connection: TextCondition | None = None


class VisitsRule(Measured):
    """Pages viewed, searches, and products put into a cart."""

    word = "visits"
    visits: Literal["count", "first", "last"]
    where: VisitsWhere | None = None


class ListsWhere(Where):
    """Which lists."""

    list: TextCondition | None = None
    connection: TextCondition | None = None


class ListsRule(Measured):
    """The start of the present unbroken stay on a list."""

    word = "lists"
    lists: Literal["subscribed"]
    where: ListsWhere | None = None


class ChildrenWhere(Where):
    """Which children; all conditions hold for the same child."""

    gender: TextCondition | None = None
    age: NumberCondition | None = None
    birthday: BirthdayComparisons | None = None


class ChildrenRule(Measured):
    """Declared children."""

    word = "children"
    children: Literal["count"]
    where: ChildrenWhere | None = None


class SupportWhere(Where):
    """Which support cases."""

    status: TextCondition | None = None
    topic: TextCondition | None = None
    connection: TextCondition | None = None


class SupportRule(Measured):
    """Cases at the support desk."""

    word = "support"
    support: Literal["count", "last"]
    where: SupportWhere | None = None


class DealsWhere(Where):
    """Which deals."""

    status: TextCondition | None = None
    stage: TextCondition | None = None
    connection: TextCondition | None = None


class DealsRule(Measured):
    """Deals of a CRM."""

    word = "deals"
    deals: Literal["count", "last", "total"]
    where: DealsWhere | None = None
